//! The reader of XML, and the signature over what it reads.

use proptest::prelude::*;
use secrecy::SecretString;

use super::{API_V2_KEY, values};
use crate::customs::sign::SignMethod;
use crate::customs::xml::{read, written};

#[test]
fn the_documented_example_is_signed_as_the_page_says() {
    // "Signature algorithm" page of v2.
    let sample = values(&[
        ("appid", "wxd930ea5d5a258f4f"),
        ("mch_id", "10000100"),
        ("device_info", "1000"),
        ("body", "test"),
        ("nonce_str", "ibuaiVcKdpRxkhJA"),
        ("empty", ""),
        ("sign", "not part of what is signed"),
    ]);
    let key = SecretString::from(API_V2_KEY);
    let md5 = "9A0A8659F005D6984697E2CA0A9CF3B7";
    let hmac = "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6";
    assert_eq!(SignMethod::Md5.sign(&sample, &key), md5);
    assert_eq!(SignMethod::HmacSha256.sign(&sample, &key), hmac);
    assert!(SignMethod::Md5.is_signed(&sample, &md5.to_ascii_lowercase(), &key));
    assert!(!SignMethod::Md5.is_signed(&sample, hmac, &key) && !SignMethod::Md5.is_signed(&sample, "", &key));
}

#[test]
fn a_value_comes_back_as_it_was_written_whatever_is_in_it() {
    let odd = values(&[("a", "1]]>2"), ("b", "<x>&amp;</x>"), ("c", ""), ("d", "张三 \" '"), ("e", " spaced ")]);
    assert_eq!(read(&written(&odd).unwrap()).unwrap(), odd);
}

#[test]
fn what_wechat_writes_is_read() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n  <return_code><![CDATA[SUCCESS]]></return_code>\n\
        <b>\n<![CDATA[x]]>\n</b><n>12</n><e/><m>a&amp;b&#x4e2d;</m><!-- c -->\n</xml>\n";
    let wanted = values(&[("return_code", "SUCCESS"), ("b", "x"), ("n", "12"), ("e", ""), ("m", "a&b中")]);
    assert_eq!(read(text.as_bytes()).unwrap(), wanted);
    assert_eq!(read(format!("\u{feff}{text}").as_bytes()).unwrap(), wanted);
}

#[test]
fn doctypes_entities_depth_and_doubles_are_refused() {
    let long = format!("<xml><a>{}</a></xml>", "x".repeat(65 * 1024));
    let many: Vec<_> = (0..1_001).map(|at| format!("<a{at}/>")).collect();
    let many = format!("<xml>{}</xml>", many.concat());
    let cases = [
        ("<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><a>&a;</a></xml>", "DOCTYPE"),
        ("<!DOCTYPE xml SYSTEM \"file:///etc/passwd\"><xml/>", "DOCTYPE"),
        ("<xml><a>&lol;</a></xml>", "entity"),
        ("<xml><a>&#0;</a></xml>", "entity"),
        ("<xml><a><b>1</b></a></xml>", "deeper"),
        ("<xml><a>1</a><a>2</a></xml>", "repeated"),
        ("<xml><a>1</a>loose</xml>", "outside"),
        ("<xml><a>1<![CDATA[2]]></a></xml>", "beside"),
        ("<xml><a><![CDATA[2]]>1</a></xml>", "outside"),
        ("<xml><a>1</a></xml><xml><sign>x</sign></xml>", "root"),
        ("<html><a>1</a></html>", "root"),
        ("<?php x ?><xml/>", "instruction"),
        ("<xml><a>1</a>", "cut"),
        ("<xml><a>1</b></xml>", "well-formed"),
        ("", "cut"),
        ("text", "outside"),
        (long.as_str(), "64 KiB"),
        (many.as_str(), "too many"),
    ];
    for (text, wanted) in cases {
        let fault = read(text.as_bytes()).unwrap_err();
        assert!(fault.contains(wanted), "{fault}, not {wanted}: {}", &text[..text.len().min(60)]);
    }
    assert!(read(&[b'<', 0xff, 0xfe]).unwrap_err().contains("UTF-8"));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(read(&bytes));
    }

    #[test]
    fn every_text_survives(text in "[^\u{0}-\u{1f}\u{fffe}\u{ffff}]{0,40}") {
        let one = values(&[("a", text.as_str())]);
        prop_assert_eq!(read(&written(&one).unwrap()).unwrap(), one);
    }
}
