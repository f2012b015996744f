#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

fn number(typed: &str) -> Result<String, &'static str> {
    IdNumber::parse(typed, now()).map(|number| number.0).map_err(|wrong| wrong.reason())
}

/// With the check character that belongs to it.
fn with_check(digits: &str) -> String {
    format!("{digits}{}", char::from(check_character(digits).unwrap()))
}

#[test]
fn the_vectors_of_the_standard_and_the_reference_hold() {
    assert_eq!(number("11010519491231002X").unwrap(), "11010519491231002X");
    assert_eq!(check_character("44052418800101001"), Some(b'4'));
    assert_eq!(check_character("33082119880908521"), Some(b'2'));
    assert_eq!(number("330821198809085211").unwrap_err(), "check_digit");
    assert!(number("330821198809085212").is_ok());
    // Well formed, but born in 1880.
    assert_eq!(number("440524188001010014").unwrap_err(), "birth_date");
}

#[test]
fn what_people_type_is_understood() {
    for typed in
        ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002ｘ"]
    {
        assert_eq!(number(typed).unwrap(), "11010519491231002X", "{typed}");
    }
}

#[test]
fn what_is_no_number_is_refused_without_a_panic() {
    let mut bad: Vec<String> = [
        "",
        "X",
        "110105491231002",
        "11010519491231002XX",
        "1101051949123100XX",
        "110105194912310021",
        "110105********002X",
    ]
    .map(str::to_owned)
    .to_vec();
    for date in ["19490229", "19491301", "19490431", "19490000", "18991231", "20261124", "20991231"] {
        bad.push(with_check(&format!("110105{date}002")));
    }
    bad.extend(["张三张三张三张三张三张三张三张三张三", "٣٣٠٨٢١١٩٨٨٠٩٠٨٥٢١٢"].map(str::to_owned));
    bad.push("1".repeat(10_000));
    for typed in bad {
        let reason = number(&typed).unwrap_err();
        assert!(["invalid", "birth_date", "check_digit"].contains(&reason), "{typed}: {reason}");
    }
}

#[test]
fn any_single_wrong_digit_is_found() {
    let good = "11010519491231002X";
    for at in 0..17 {
        for digit in '0'..='9' {
            let mut typed: Vec<char> = good.chars().collect();
            if typed[at] != digit {
                typed[at] = digit;
                assert!(number(&typed.iter().collect::<String>()).is_err(), "{at} {digit}");
            }
        }
    }
}

#[test]
fn a_minor_is_refused_until_the_day_of_coming_of_age_in_shanghai() {
    let typed = with_check("11010520081124002");
    let at = |time: &str| IdNumber::parse(&typed, time.parse().unwrap());
    assert_eq!(at("2026-11-23T15:59:59Z").err().unwrap().reason(), "under_age");
    assert!(at("2026-11-23T16:00:00Z").is_ok());
    let leap = with_check("11010520080229002");
    assert!(IdNumber::parse(&leap, "2026-02-28T04:00:00Z".parse().unwrap()).is_err());
    assert!(IdNumber::parse(&leap, "2026-03-01T04:00:00Z".parse().unwrap()).is_ok());
}

#[test]
fn names_are_those_of_cards() {
    for (typed, name) in [
        ("张三", "张三"),
        (" 欧阳娜娜 ", "欧阳娜娜"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("𠮷野", "𠮷野"),
        ("Kim", "Kim"),
    ] {
        assert_eq!(parse_name(typed).unwrap(), name);
    }
    for bad in [
        "",
        "张",
        "张*",
        "张 三",
        "张三1",
        "=张三",
        "·张三",
        "张··三",
        "张\u{0}三",
        "张\u{202e}三",
        "<b>张三</b>",
        "😀😀",
    ] {
        assert!(parse_name(bad).is_err(), "{bad:?}");
    }
    assert!(parse_name(&"张".repeat(30)).is_ok());
    assert!(parse_name(&"张".repeat(31)).is_err());
}

#[test]
fn the_scene_of_the_first_login_is_kept_and_a_known_buyer_is_found_again() {
    let test = crate::base::db::testing::TestDb::new();
    let (first, again) = (test.sign_in("alice"), test.sign_in("alice"));
    assert!(first.is_new && !again.is_new);
    let openid = test.wait(test.db.read(move |rx| crate::domain::customers::openid(rx, again.customer_id))).unwrap();
    assert_eq!(openid, "alice");
}
