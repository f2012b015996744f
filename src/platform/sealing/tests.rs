#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use secrecy::SecretBox;

use super::*;

const PLACE: AadContext = AadContext { table: "identities", column: "name_sealed", row: "7" };

fn key(seed: u8) -> SecretBox<[u8; 32]> {
    SecretBox::new(Box::new(std::array::from_fn(|at| seed.wrapping_add(u8::try_from(at).unwrap()))))
}

fn sealer(ids: &[(&str, u8)]) -> Sealer {
    let sealing = ids.iter().map(|(id, seed)| ((*id).to_owned(), key(*seed))).collect();
    Sealer::new(&DataKeys { sealing, index: key(200) }).unwrap()
}

#[test]
fn what_was_sealed_opens_again_also_when_empty() {
    let sealer = sealer(&[("k1", 1)]);
    for text in ["", "x", "11010519491231002X", "张三"] {
        let bytes = sealer.seal(&PLACE, text.as_bytes()).unwrap();
        assert_eq!(sealer.open_text(&PLACE, &bytes).unwrap(), text);
        assert_eq!(bytes.len(), 2 + 2 + 12 + text.len() + 16);
    }
}

#[test]
fn a_ciphertext_moved_to_another_place_does_not_open() {
    let sealer = sealer(&[("k1", 1)]);
    let bytes = sealer.seal(&PLACE, b"secret").unwrap();
    let moved = [
        AadContext { row: "8", ..PLACE },
        AadContext { column: "id_number_sealed", ..PLACE },
        AadContext { table: "addresses", ..PLACE },
        // The same letters, cut elsewhere.
        AadContext { column: "name_sealed7", row: "", ..PLACE },
        AadContext { table: "identitiesname_sealed", column: "", ..PLACE },
    ];
    for place in moved {
        assert!(sealer.open(&place, &bytes).is_err(), "{place:?}");
    }
}

#[test]
fn no_flipped_bit_and_no_cut_goes_unseen() {
    let sealer = sealer(&[("k1", 1)]);
    let bytes = sealer.seal(&PLACE, b"secret").unwrap();
    for at in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        assert!(sealer.open(&PLACE, &flipped).is_err(), "bit {at}");
    }
    for length in 0..bytes.len() {
        assert!(sealer.open(&PLACE, &bytes[..length]).is_err(), "first {length} bytes");
    }
}

#[test]
fn two_seals_of_one_value_differ() {
    let sealer = sealer(&[("k1", 1)]);
    assert_ne!(sealer.seal(&PLACE, b"secret").unwrap(), sealer.seal(&PLACE, b"secret").unwrap());
}

#[test]
fn an_old_key_still_opens_after_a_rotation_and_the_new_one_seals() {
    let old = sealer(&[("k1", 1)]).seal(&PLACE, b"secret").unwrap();
    let rotated = sealer(&[("k2", 2), ("k1", 1)]);
    assert_eq!(rotated.open(&PLACE, &old).unwrap().as_slice(), b"secret");
    assert!(rotated.seal(&PLACE, b"secret").unwrap().starts_with(b"\x01\x02k2"));
}

#[test]
fn an_unknown_key_id_does_not_open_nor_does_another_key_of_that_id() {
    let bytes = sealer(&[("k1", 1)]).seal(&PLACE, b"secret").unwrap();
    assert!(sealer(&[("k2", 1)]).open(&PLACE, &bytes).is_err());
    assert!(sealer(&[("k1", 2)]).open(&PLACE, &bytes).is_err());
}

#[test]
fn no_key_at_all_is_refused() {
    assert!(Sealer::new(&DataKeys { sealing: Vec::new(), index: key(200) }).is_err());
}

#[test]
fn a_blind_index_is_equal_for_equal_text_of_one_purpose_only() {
    let sealer = sealer(&[("k1", 1)]);
    let index = sealer.blind_index("id_number", "11010519491231002X");
    assert_eq!(index.len(), 32);
    assert_eq!(index, sealer.blind_index("id_number", "11010519491231002X"));
    assert_ne!(index, sealer.blind_index("phone", "11010519491231002X"));
    assert_ne!(index, sealer.blind_index("id_number1", "1010519491231002X"));
}

#[test]
fn an_error_tells_the_column_and_nothing_of_the_content() {
    let error = sealer(&[("k1", 1)]).open(&PLACE, b"secret").unwrap_err().to_string();
    assert!(error.contains("identities.name_sealed") && !error.contains("secret"), "{error}");
}

#[test]
fn masks_show_what_the_rules_allow() {
    assert_eq!(mask_phone("13800000000"), "138****0000");
    assert_eq!(mask_name("张三"), "张*");
    assert_eq!(mask_name("王小明"), "王**");
    assert_eq!(mask_name("阿卜杜拉·买买提"), "阿**");
    assert_eq!(mask_id_number("11010519491231002X"), "110105********002X");
}

#[test]
fn masks_never_show_the_whole_of_anything() {
    for length in 0..40 {
        for letter in ['7', '王', '😀'] {
            let value: String = std::iter::repeat_n(letter, length).collect();
            for mask in [mask_phone, mask_name, mask_id_number] {
                let shown = mask(&value);
                assert!(shown.contains('*'), "{value}: {shown}");
                assert!(shown.matches(letter).count() < length.max(1), "{value}: {shown}");
            }
        }
    }
}
