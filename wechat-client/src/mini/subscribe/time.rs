//! Dates and times as a template's fields take them: `15:01`, `2019年10月1日 15:01`, `2019-10-01`, and ranges of two.

use chrono::{NaiveDate, NaiveTime};

/// A 24-hour time with or without a date before it, or two joined by `~`.
pub(super) fn is_time(text: &str) -> bool {
    is_one_or_range(text, |part| match part.rsplit_once(' ') {
        Some((date, time)) => is_day(date) && is_hour(time),
        None => is_hour(part),
    })
}

/// A date with or without a time after it, or two joined by `~`.
pub(super) fn is_date(text: &str) -> bool {
    is_one_or_range(text, |part| match part.rsplit_once(' ') {
        Some((date, time)) => is_day(date) && is_hour(time),
        None => is_day(part),
    })
}

fn is_one_or_range(text: &str, fits: impl Fn(&str) -> bool) -> bool {
    match text.split_once('~') {
        Some((from, to)) => fits(from.trim_end()) && fits(to.trim_start()),
        None => fits(text),
    }
}

/// `HH:MM` or `HH:MM:SS`.
fn is_hour(text: &str) -> bool {
    let parts: Option<Vec<u32>> = text.split(':').map(|part| number(part, 2)).collect();
    match parts.as_deref() {
        Some([hour, minute]) => NaiveTime::from_hms_opt(*hour, *minute, 0).is_some(),
        Some([hour, minute, second]) => NaiveTime::from_hms_opt(*hour, *minute, *second).is_some(),
        _ => false,
    }
}

/// Year, month and day with 年月日, `-`, `/` or `.` between them.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = if let Some(text) = text.strip_suffix('日') {
        text.split(['年', '月']).collect()
    } else {
        let separator = text.chars().find(|letter| "-/.".contains(*letter));
        separator.map(|separator| text.split(separator).collect()).unwrap_or_default()
    };
    let [year, month, day] = parts[..] else { return false };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let is_real = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day)).is_some();
    year >= 1000 && is_real
}

fn number(text: &str, digits_max: usize) -> Option<u32> {
    let fits = (1..=digits_max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}
