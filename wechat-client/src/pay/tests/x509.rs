//! A self-made certificate of a test key: just enough DER (X.690) for a reader of X.509.

use chrono::{DateTime, Utc};

use crate::testing::{Party, pem};

const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let mut whole = vec![tag, 0x82, length[0], length[1]];
    if content.len() < 0x80 {
        whole = vec![tag, length[1]];
    } else if content.len() < 0x100 {
        whole = vec![tag, 0x81, length[1]];
    }
    whole.extend(content);
    whole
}

fn time(at: DateTime<Utc>) -> Vec<u8> {
    der(0x18, &[at.format("%Y%m%d%H%M%SZ").to_string().as_bytes()])
}

/// A certificate of `party` with this serial (hexadecimal), as PEM.
pub(super) fn certificate_pem(party: &Party, serial: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> String {
    let algorithm = der(0x30, &[&der(0x06, &[SHA256_WITH_RSA]), &der(0x05, &[])]);
    let attribute = der(0x30, &[&der(0x06, &[COMMON_NAME]), &der(0x0c, &[b"Tenpay.com test"])]);
    let name = der(0x30, &[&der(0x31, &[&attribute])]);
    let body = der(
        0x30,
        &[
            &der(0xa0, &[&der(0x02, &[&[2]])]),
            &der(0x02, &[&hex::decode(serial).unwrap()]),
            &algorithm,
            &name,
            &der(0x30, &[&time(from), &time(until)]),
            &name,
            &party.spki(),
        ],
    );
    let signature = der(0x03, &[&[0], &[0x5a; 256]]);
    pem("CERTIFICATE", &der(0x30, &[&body, &algorithm, &signature]))
}
