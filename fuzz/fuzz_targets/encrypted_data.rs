#![no_main]

gunpo_mall_fuzz::fuzz!(encrypted_data);
