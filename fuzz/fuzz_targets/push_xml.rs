#![no_main]

gunpo_mall_fuzz::fuzz!(push_xml);
