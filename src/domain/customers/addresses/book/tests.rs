#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use secrecy::SecretBox;

use super::*;
use crate::base::config::DataKeys;
use crate::base::db::testing::TestDb;
use crate::domain::customers::addresses::regions;

fn sealer() -> Sealer {
    let key =
        |seed: u8| SecretBox::new(Box::new(std::array::from_fn(|at| seed.wrapping_add(u8::try_from(at).unwrap()))));
    Sealer::new(&DataKeys { sealing: vec![("k1".into(), key(1))], index: key(99) }).unwrap()
}

fn typed(phone: &str) -> Typed {
    Typed {
        name: " 张三 ".into(),
        phone: TypedPhone::parse(phone, true).unwrap(),
        region: regions::region("371302").unwrap(),
        detail: "金雀山路1号".into(),
        region_code: "371302".into(),
        is_default: false,
    }
}

fn insert(test: &TestDb, customer: CustomerId, id: &'static str, wanted: bool) -> Result<Address> {
    test.write(move |tx, now| {
        let typed = Typed { is_default: wanted, ..typed("13800000000") };
        add(tx, &sealer(), customer, id, &typed, now)
    })
}

/// Without a phone, the mask of the stored one is given back.
fn put(test: &TestDb, customer: CustomerId, id: &'static str, phone: Option<&str>, wanted: bool) -> Result<Address> {
    let phone = phone.unwrap_or("138****0000").to_owned();
    test.write(move |tx, now| {
        let typed = Typed { is_default: wanted, ..typed(&phone) };
        replace(tx, &sealer(), customer, id, &typed, now)
    })
}

/// Ids in the order shown; the default with a star.
fn shown(test: &TestDb, customer: CustomerId) -> Vec<String> {
    let listed = test.wait(test.db.read(move |rx| list(rx, &sealer(), customer))).unwrap();
    listed.iter().map(|one| format!("{}{}", one.public_id, if one.is_default { "*" } else { "" })).collect()
}

#[test]
fn there_is_exactly_one_default_while_there_are_any_addresses() {
    let test = TestDb::new();
    let alice = test.consenting_customer("alice");
    insert(&test, alice, "a1", false).unwrap();
    assert_eq!(shown(&test, alice), ["a1*"], "the first one is it");
    insert(&test, alice, "a2", false).unwrap();
    insert(&test, alice, "a3", true).unwrap();
    assert_eq!(shown(&test, alice), ["a3*", "a2", "a1"]);
    assert!(put(&test, alice, "a1", None, true).unwrap().is_default);
    assert_eq!(shown(&test, alice), ["a1*", "a3", "a2"]);
    assert!(put(&test, alice, "a1", None, false).unwrap().is_default, "a default can't be unset");
    test.write(move |tx, _| remove(tx, alice, "a1")).unwrap();
    assert_eq!(shown(&test, alice), ["a3*", "a2"], "the newest one follows");
    test.write(move |tx, _| remove(tx, alice, "a2")).unwrap();
    test.write(move |tx, _| remove(tx, alice, "a3")).unwrap();
    assert_eq!(shown(&test, alice), Vec::<String>::new());
}

#[test]
fn somebody_elses_address_looks_like_one_that_is_not_there() {
    let test = TestDb::new();
    let (alice, bob) = (test.consenting_customer("alice"), test.consenting_customer("bob"));
    insert(&test, alice, "a1", false).unwrap();
    let not_found = Some(Code::NotFound);
    assert_eq!(put(&test, bob, "a1", Some("13900000000"), true).err().unwrap().code(), not_found);
    assert_eq!(test.write(move |tx, _| remove(tx, bob, "a1")).unwrap_err().code(), not_found);
    for id in ["a1", "missing"] {
        let order = test.wait(test.db.read(move |rx| for_order(rx, &sealer(), bob, id))).unwrap_err();
        let quote = test.wait(test.db.read(move |rx| for_quote(rx, bob, id))).unwrap_err();
        for error in [order, quote] {
            let Error::Refused(refusal) = error else { panic!("{error}") };
            assert_eq!((refusal.code, refusal.fields[0].field.as_str()), (Code::NotFound, "address_id"));
        }
    }
    let kept = test.wait(test.db.read(move |rx| for_order(rx, &sealer(), alice, "a1"))).unwrap();
    assert_eq!((kept.name.as_str(), kept.phone.as_str(), kept.city.as_str()), ("张三", "13800000000", "临沂市"));
}

#[test]
fn a_twenty_first_address_is_refused() {
    let test = TestDb::new();
    let alice = test.consenting_customer("alice");
    for number in 0..ADDRESSES_MAX {
        insert(&test, alice, Box::leak(format!("a{number}").into_boxed_str()), false).unwrap();
    }
    assert_eq!(insert(&test, alice, "one more", true).err().unwrap().code(), Some(Code::LimitReached));
    assert_eq!(shown(&test, alice)[0], "a0*", "a refused one does not take the default away");
    insert(&test, test.consenting_customer("bob"), "b0", false).unwrap();
}

#[test]
fn the_mask_of_the_stored_phone_leaves_it_as_it_is_and_no_other_mask_does() {
    let test = TestDb::new();
    let alice = test.consenting_customer("alice");
    insert(&test, alice, "a1", false).unwrap();
    assert_eq!(typed("138****0000").phone.to_store(Some("13800000000")).unwrap(), None);
    assert!(typed("138****0001").phone.to_store(Some("13800000000")).is_err());
    assert!(typed("138****0000").phone.to_store(None).is_err(), "a new address has no phone that could stay");
    assert_eq!(put(&test, alice, "a1", None, false).unwrap().ship_to.phone, "13800000000");
    assert_eq!(put(&test, alice, "a1", Some("13900001111"), false).unwrap().ship_to.phone, "13900001111");
}

#[test]
fn nothing_personal_is_readable_in_the_row_and_no_debug_shows_it() {
    let test = TestDb::new();
    let alice = test.consenting_customer("alice");
    let address = insert(&test, alice, "a1", false).unwrap();
    let row = test.wait(test.db.read(move |rx| store::find(rx, alice, "a1"))).unwrap().unwrap();
    for (sealed, text) in
        [(row.name_sealed, "张三"), (row.phone_sealed, "13800000000"), (row.detail_sealed, "金雀山路")]
    {
        assert!(!sealed.windows(text.len()).any(|part| part == text.as_bytes()));
    }
    assert_eq!(format!("{:?}", address.ship_to), "ShipTo(371302)");
}
