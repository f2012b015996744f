//! Limits on what is let in. The table of rates itself, with its reasons, is in `platform::limits::rules`.

use super::reader::Reader;

/// Limits on what is let in.
#[derive(Clone, Debug)]
pub struct LimitSettings {
    /// Requests of buyers that are worked on at once: two hundred who want the same piece in the same moment, all of whom get an answer.
    /// More would only wait longer for the database.
    pub in_flight: usize,
    /// Bodies of buyers' requests that come slowly, at once.
    pub slow_bodies: usize,
    /// Rates in place of the built-in ones.
    pub rates: Vec<RateSetting>,
}

/// One rate in place of a built-in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateSetting {
    /// Name of the rule.
    pub rule: String,
    /// Requests that may come at once.
    pub burst: u32,
    /// Requests a minute in the long run.
    pub per_minute: u32,
}

pub(super) fn limits(reader: &mut Reader) -> LimitSettings {
    let in_flight = reader.number("MAX_IN_FLIGHT", 208, 1..=100_000);
    let slow_bodies = reader.number("MAX_SLOW_BODIES", 512, 1..=100_000);
    let list = reader.text("RATE_LIMITS", "");
    let mut rates = Vec::new();
    for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        match rate(entry) {
            Some(rate) => rates.push(rate),
            None => {
                reader.fault(format!("RATE_LIMITS: '{entry}' is not rule=AT_ONCE/A_MINUTE with two numbers from 1 on"));
            }
        }
    }
    LimitSettings { in_flight, slow_bodies, rates }
}

fn rate(entry: &str) -> Option<RateSetting> {
    let (rule, numbers) = entry.split_once('=')?;
    let (burst, per_minute) = numbers.split_once('/')?;
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| (1..=10_000_000).contains(number));
    Some(RateSetting { rule: rule.trim().to_owned(), burst: number(burst)?, per_minute: number(per_minute)? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashMap;

    use super::*;

    fn read(value: &str) -> (LimitSettings, Vec<String>) {
        let map = HashMap::from([("RATE_LIMITS".to_owned(), value.to_owned())]);
        let mut reader = Reader::new(&map);
        let settings = limits(&mut reader);
        (settings, reader.into_faults())
    }

    #[test]
    fn a_rate_that_can_not_be_read_is_a_fault_and_not_no_limit() {
        for wrong in ["order", "order=5", "order=0/5", "order=5/0", "order=-1/5", "order=5/x"] {
            assert_eq!(read(wrong).1.len(), 1, "{wrong}");
        }
        let (settings, faults) = read(" order = 5/30, pay=6/60 ,");
        assert!(faults.is_empty());
        let rule = |name: &str, burst, per_minute| RateSetting { rule: name.to_owned(), burst, per_minute };
        assert_eq!(settings.rates, [rule("order", 5, 30), rule("pay", 6, 60)]);
    }
}
