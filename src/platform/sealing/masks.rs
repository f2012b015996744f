//! What a person may see of personal data on a screen.

const HIDDEN: &str = "****";

/// `138****0000`. Anything shorter than a mainland number is hidden whole.
pub fn mask_phone(phone: &str) -> String {
    let chars: Vec<char> = phone.chars().collect();
    if chars.len() < 11 {
        return HIDDEN.to_owned();
    }
    chars[..3].iter().chain(&['*'; 4]).chain(&chars[chars.len() - 4..]).collect()
}

/// `张*`, `王**`: the first character, and at most two stars, so that the length of a long name is not told.
pub fn mask_name(name: &str) -> String {
    let mut chars = name.chars();
    match (chars.next(), chars.count()) {
        (Some(first), rest @ 1..) => format!("{first}{}", "*".repeat(rest.min(2))),
        _ => "*".to_owned(),
    }
}

/// `110105********002X`: region and tail, without the date of birth. Anything that is not 18 characters is hidden
/// whole.
pub fn mask_id_number(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    if chars.len() != 18 {
        return HIDDEN.to_owned();
    }
    chars[..6].iter().chain(&['*'; 8]).chain(&chars[14..]).collect()
}
