//! The targets of `tests/fuzz`, fed by libFuzzer, which sees what an input reaches and keeps what reaches more. For a machine with a
//! nightly compiler; without one `tests/fuzz` feeds them by itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(dead_code, reason = "the harness of tests/fuzz stays unused here")]

#[path = "../../tests/fuzz/bill.rs"]
mod bill;
#[path = "../../tests/fuzz/customs.rs"]
mod customs;
#[path = "../../tests/fuzz/harness.rs"]
mod harness;
#[path = "../../tests/fuzz/inputs.rs"]
mod inputs;
#[path = "../../tests/fuzz/notify.rs"]
mod notify;
#[path = "../../tests/fuzz/open_data.rs"]
mod open_data;
#[path = "../../tests/fuzz/push.rs"]
mod push;
#[path = "../../tests/fuzz/scene.rs"]
mod scene;
#[path = "../../tests/fuzz/shop.rs"]
mod shop;
#[path = "../../tests/fuzz/wechat.rs"]
mod wechat;

use std::fs;
use std::path::Path;

use harness::Target;
use inputs::Input;

pub use libfuzzer_sys;

/// Bytes of an input that are its dice; what a target reads comes after them.
const DICE: usize = 8;

/// The whole of a file in `fuzz_targets`.
#[macro_export]
macro_rules! fuzz {
    ($name:ident) => {
        thread_local! {
            static TARGET: $crate::Fed = $crate::$name();
        }
        // Made before libFuzzer reads its corpus: the first documents are put there by it.
        $crate::libfuzzer_sys::fuzz_target!(init: TARGET.with(|_| ()), |bytes: &[u8]| TARGET.with(|target| target.feed(bytes)));
    };
}

/// One target.
pub struct Fed(Box<dyn Target>);

impl Fed {
    fn new(name: &str, target: impl Target + 'static) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        fs::create_dir_all(&folder).unwrap();
        // What it should understand is where libFuzzer begins.
        for (number, document) in target.documents().into_iter().enumerate() {
            fs::write(folder.join(format!("document-{number}")), [&[0; DICE][..], &document].concat()).unwrap();
        }
        Self(Box::new(target))
    }

    pub fn feed(&self, bytes: &[u8]) {
        if let Some((dice, bytes)) = bytes.split_first_chunk::<DICE>() {
            self.0.check(&Input::new(bytes.to_vec(), u64::from_le_bytes(*dice)));
        }
    }
}

macro_rules! targets {
    ($($name:ident = $target:expr;)+) => {$(
        #[must_use]
        pub fn $name() -> Fed {
            Fed::new(stringify!($name), $target)
        }
    )+};
}

targets! {
    notify_envelope = notify::Envelope::new();
    decrypted_resource = notify::Resource::new();
    bill_csv = bill::Bills::new();
    push_xml = push::Xml::new();
    push_aes = push::Aes::new();
    customs_xml = customs::Customs::new();
    scene = scene::Scenes::new();
    encrypted_data = open_data::OpenData::new();
}
