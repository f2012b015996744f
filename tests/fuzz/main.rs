//! Random and spoiled input for everything that reads what others wrote, for as long as it is told. Run by `scripts/deep` where there is
//! no nightly compiler; where there is one, `fuzz/` feeds the same targets by libFuzzer. Each target ends by itself and prints one line.
//! Most inputs are properly signed and sealed, so that they get behind the signature.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `FUZZ_SECONDS` | 60 | of each target |
//! | `FUZZ_SEED` | random | of the inputs; printed |
//!
//! What must hold of every input: no panic, an answer within a second, `Ok` or a typed error, and what each target says of it. A finding
//! panics with the smallest input that shows it, in hex: mend the fault, and keep the input as a unit test beside the code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod bill;
mod customs;
mod harness;
mod inputs;
mod notify;
mod open_data;
mod push;
mod scene;
mod shop;
mod wechat;

macro_rules! targets {
    ($($name:ident = $target:expr;)+) => {$(
        #[test]
        fn $name() {
            crate::harness::fuzz(stringify!($name), &$target);
        }
    )+};
}

targets! {
    notify_envelope = crate::notify::Envelope::new();
    decrypted_resource = crate::notify::Resource::new();
    bill_csv = crate::bill::Bills::new();
    push_xml = crate::push::Xml::new();
    push_aes = crate::push::Aes::new();
    customs_xml = crate::customs::Customs::new();
    scene = crate::scene::Scenes::new();
    encrypted_data = crate::open_data::OpenData::new();
}
