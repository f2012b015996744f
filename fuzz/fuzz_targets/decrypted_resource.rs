#![no_main]

gunpo_mall_fuzz::fuzz!(decrypted_resource);
