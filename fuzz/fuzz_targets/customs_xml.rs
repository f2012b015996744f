#![no_main]

gunpo_mall_fuzz::fuzz!(customs_xml);
