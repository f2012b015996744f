//! What is fed: random bytes, and valid documents that were cut, doubled, bent, and mixed with what parsers stumble over.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::prop_oneof;
use proptest::strategy::Strategy;

/// Longest input. Just above the longest limit of what is read, 256 KiB.
const LENGTH_MAX: usize = 300_000;
/// Longest piece of a document that is taken out, moved or doubled by one change.
const PIECE_MAX: usize = 512;
/// Changes of one document.
const CHANGES_MAX: usize = 8;
/// More than any parser should follow.
const DEEP: usize = 200;

/// What is put into documents, and what is made of nothing else.
const TOKENS: &[&[u8]] = &[
    // XML
    b"<!DOCTYPE x [<!ENTITY a \"aaaa\">]>",
    b"&a;",
    b"&lt;",
    b"&#0;",
    b"&#x4e2d;",
    b"&#xFFFFFFFFFF;",
    b"&#xD800;",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"-->",
    b"<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
    b"<?x?>",
    b"<xml>",
    b"</xml>",
    b"<a>",
    b"</a>",
    b"<List/>",
    b"<",
    b">",
    // JSON
    b"{",
    b"}",
    b"[",
    b"]",
    &[b'['; DEEP],
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b":",
    b"null",
    b"true",
    b"\"amount\":{\"total\":-1},",
    // Numbers
    b"-",
    b"0",
    b"1.0",
    b"0.001",
    b"1e999",
    b"2147483648",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"99999999999999999999999999999999999999999999",
    "１２３".as_bytes(),
    // Bills, queries, base64
    b"`",
    b"``",
    b",",
    b",,,,,,,,",
    "，".as_bytes(),
    "（元）".as_bytes(),
    "总交易单数".as_bytes(),
    b"9999-12-31 23:59:60",
    b"=",
    b"%",
    b"%00",
    b"%zz",
    b"%E5%B1",
    b"+",
    b"AAAA",
    // Text
    b"\0",
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\t",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    "\u{202e}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{0085}".as_bytes(),
    "𠀀👨\u{200d}👩".as_bytes(),
    // Words that decide
    b"SUCCESS",
    b"FAIL",
    b"REFUND",
    b"WECHATPAY/SIGNTEST/",
    b"wx0123456789abcdef",
];

/// One input: bytes to be read, and the chances that a target takes with them.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) bytes: Vec<u8>,
    dice: u64,
}

impl Input {
    pub(crate) fn new(bytes: Vec<u8>, dice: u64) -> Self {
        Self { bytes, dice }
    }

    pub(crate) fn dice(&self) -> Dice {
        Dice(self.dice)
    }

    /// The bytes as text; what is no UTF-8 becomes U+FFFD.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "dice {}, {} bytes {}", self.dice, self.bytes.len(), hex::encode(&self.bytes))
    }
}

/// Throws that are the same whenever the input is.
pub(crate) struct Dice(u64);

impl Dice {
    /// From 0 to `sides` - 1.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        let sides = sides as u64;
        let thrown = self.0 % sides;
        self.0 /= sides;
        usize::try_from(thrown).unwrap()
    }

    /// Any number.
    pub(crate) fn number(&self) -> i64 {
        i64::from_le_bytes(self.0.to_le_bytes())
    }

    /// The bytes with one bit turned; never the same bytes.
    pub(crate) fn flipped(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if bytes.is_empty() {
            return vec![0];
        }
        let at = self.below(bytes.len());
        bytes[at] ^= 1_u8 << self.below(8);
        bytes
    }
}

/// All inputs of a target that should understand these documents.
pub(crate) fn inputs(documents: Vec<Vec<u8>>) -> impl Strategy<Value = Input> {
    let raw = vec(any::<u8>(), 0..300);
    let soup = vec(0..TOKENS.len(), 0..40).prop_map(|tokens| {
        let bytes: Vec<u8> = tokens.into_iter().flat_map(|token| TOKENS[token]).copied().collect();
        bytes
    });
    let spoiled = (0..documents.len(), vec(change(), 0..CHANGES_MAX)).prop_map(move |(which, changes)| {
        let mut bytes = documents[which].clone();
        for change in &changes {
            change.apply(&mut bytes, &documents);
            bytes.truncate(LENGTH_MAX);
        }
        bytes
    });
    (prop_oneof![8 => spoiled, 1 => raw, 1 => soup], any::<u64>()).prop_map(|(bytes, dice)| Input::new(bytes, dice))
}

/// One change of a document. All of it are numbers, so that proptest can make it smaller.
#[derive(Clone, Debug)]
struct Change {
    kind: u8,
    at: u16,
    length: u16,
    token: usize,
    byte: u8,
}

fn change() -> impl Strategy<Value = Change> {
    (0..32_u8, any::<u16>(), any::<u16>(), 0..TOKENS.len(), any::<u8>())
        .prop_map(|(kind, at, length, token, byte)| Change { kind, at, length, token, byte })
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>, documents: &[Vec<u8>]) {
        let (at, end) = self.piece(bytes.len());
        let token = TOKENS[self.token];
        match self.kind {
            0..=4 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1_u8 << (self.byte % 8);
                }
            }
            5..=7 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = self.byte;
                }
            }
            8..=9 => bytes.truncate(at),
            10..=12 => drop(bytes.drain(at..end)),
            13..=15 => {
                let piece = bytes[at..end].to_vec();
                let place = usize::from(self.byte) * bytes.len() / 256;
                drop(bytes.splice(place..place, piece));
            }
            16..=23 => drop(bytes.splice(at..at, token.iter().copied())),
            24..=27 => drop(bytes.splice(at..end, token.iter().copied())),
            28..=30 => {
                let other = &documents[self.token % documents.len()];
                let (from, to) = self.piece(other.len());
                drop(bytes.splice(at..at, other[from..to].iter().copied()));
            }
            // So long that limits are met.
            _ => {
                let many = bytes[at..end].repeat(self.byte.into());
                drop(bytes.splice(at..at, many));
            }
        }
    }

    /// From where to where, within `length` bytes.
    fn piece(&self, length: usize) -> (usize, usize) {
        let at = usize::from(self.at) % (length + 1);
        (at, length.min(at + 1 + usize::from(self.length) % PIECE_MAX))
    }
}
