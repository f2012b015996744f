//! The masking rule of `contact`: the last 4 digits stay visible, as in `+86-177****1234`.

/// Longest contact, in bytes.
const LIMIT_BYTES: usize = 1024;
/// Digits that stay visible at the end.
const VISIBLE: usize = 4;
/// Stars that stand for the hidden ones.
const STARS: &str = "****";

/// A phone number that shows its last 4 digits and hides at least 4. There is no way to make an unmasked one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedPhone(String);

impl MaskedPhone {
    /// Masks a number such as `17712341234`, `+86-17712341234` or `+86-0766-66888866`: country code and first digits (3 at
    /// most) stay, four stars stand for what follows, the last 4 digits stay. `None` for what is no number of 7 to 20
    /// digits.
    pub fn mask(number: &str) -> Option<Self> {
        let (country, local) = match number.strip_prefix('+').and_then(|rest| rest.split_once('-')) {
            Some((code, local)) => (format!("+{code}-"), local),
            None => (String::new(), number),
        };
        let is_code = country.bytes().all(|byte| byte.is_ascii_digit() || b"+-".contains(&byte)) && country.len() <= 6;
        let is_number = local.bytes().all(|byte| byte.is_ascii_digit() || b"- ".contains(&byte));
        let digits: String = local.chars().filter(char::is_ascii_digit).collect();
        if !is_code || !is_number || !(7..=20).contains(&digits.len()) {
            return None;
        }
        let shown = digits.len().saturating_sub(2 * VISIBLE).min(3);
        let last = digits.len() - VISIBLE;
        Some(Self(format!("{country}{}{STARS}{}", &digits[..shown], &digits[last..])))
    }

    /// Takes a number that is masked already: at most 1,024 visible ASCII characters, 4 digits at the end, 4 stars before
    /// them, and no more than 7 digits in a row left open.
    pub fn masked(text: &str) -> Option<Self> {
        let (open, last) = text.split_at_checked(text.len().checked_sub(VISIBLE)?)?;
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let ends_open = last.bytes().all(|byte| byte.is_ascii_digit());
        let fits = text.len() <= LIMIT_BYTES && is_visible && ends_open && open.ends_with(STARS);
        let shown = open.bytes().filter(u8::is_ascii_digit).count();
        (fits && shown <= 7).then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
