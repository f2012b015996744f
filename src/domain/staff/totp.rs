//! The second factor: time-based codes (RFC 6238: HMAC-SHA-1, 6 digits, 30 s), as every authenticator app knows them.

use secrecy::zeroize::Zeroizing;
use totp_rs::{Algorithm, Builder, Totp};

use super::store;
use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Error, Result};
use crate::platform::sealing::{AadContext, Sealer};

/// 160 bits, as RFC 4226 recommends.
const SECRET_LEN: usize = 20;
const DIGITS: u8 = 6;
const STEP_S: u64 = 30;
/// Steps before and after our clock's that are taken (RFC 6238, 5.2).
const SKEW: u16 = 1;
/// What an authenticator app shows above the code.
const ISSUER: &str = "Gunpo Mall";

/// A new secret: sealed for its row, and as it is shown, once.
pub(crate) struct Enrolment {
    pub(crate) sealed: Vec<u8>,
    /// `otpauth://totp/...`, for a QR code.
    pub(crate) uri: String,
    /// Base 32, for typing.
    pub(crate) secret: String,
}

/// Makes a secret for an account.
pub(super) fn enrol(sealer: &Sealer, name: &str) -> Result<Enrolment> {
    let mut secret = Zeroizing::new([0_u8; SECRET_LEN]);
    aws_lc_rs::rand::fill(&mut *secret).map_err(|_| Error::internal("the random generator failed"))?;
    let totp = totp(&secret[..], name)?;
    let uri = totp.to_url().map_err(|error| Error::internal(format!("a TOTP address can't be written: {error}")))?;
    Ok(Enrolment { sealed: sealer.seal(&place(name), &secret[..])?, uri, secret: totp.secret().to_base32() })
}

/// The step that a code belongs to, if it is one of now by our clock, a step before or after. Whether it was used before
/// is decided where the step is booked.
pub(super) fn step_of(sealer: &Sealer, name: &str, sealed: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>> {
    let secret = sealer.open(&place(name), sealed)?;
    let Ok(seconds) = u64::try_from(now.utc().timestamp()) else { return Ok(None) };
    let step = totp(&secret, name)?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// How many secrets an older epoch key seals.
pub(crate) fn older_secrets(conn: &mut DbConn, sealer: &Sealer) -> Result<usize> {
    let secrets = store::secrets(conn)?;
    Ok(secrets.iter().filter(|(.., sealed)| sealer.is_of_an_older_epoch(sealed)).count())
}

/// Seals these anew under the newest; gives how many.
pub(crate) fn reseal_secrets(tx: &mut Tx, sealer: &Sealer) -> Result<usize> {
    let mut secrets = store::secrets(tx)?;
    secrets.retain(|(.., sealed)| sealer.is_of_an_older_epoch(sealed));
    let mut resealed = 0;
    for (id, name, sealed) in &secrets {
        // One that is lost is reset by a manager.
        if let Some(anew) = sealer.seal_anew(&place(name), sealed)? {
            store::reseal_secret(tx, *id, sealed, &anew)?;
            resealed += 1;
        }
    }
    Ok(resealed)
}

fn totp(secret: &[u8], name: &str) -> Result<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(SKEW)
        .with_step_duration(STEP_S)
        .with_secret(secret.to_vec())
        .with_issuer(Some(ISSUER))
        .with_account_name(name)
        .build()
        .map_err(|error| Error::internal(format!("a TOTP secret can't be used: {error}")))
}

fn place(name: &str) -> AadContext<'_> {
    AadContext { table: "operators", column: "totp_sealed", row: name }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::time::Duration;

    use secrecy::SecretBox;

    use super::*;
    use crate::base::clock::Clock;
    use crate::base::config::DataKeys;

    fn sealer() -> Sealer {
        let key = || SecretBox::new(Box::new([7_u8; 32]));
        Sealer::new(&DataKeys { sealing: vec![("k".to_owned(), key())], index: key() }).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let totp = totp(b"12345678901234567890", "kim").unwrap();
        // Appendix B, SHA-1, the last six of eight digits.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.generate(seconds).to_string(), code);
        }
    }

    #[test]
    fn a_code_is_taken_one_step_around_our_clock_and_no_further() {
        let (sealer, clock) = (sealer(), Clock::system());
        let enrolment = enrol(&sealer, "kim").unwrap();
        assert!(enrolment.uri.starts_with("otpauth://totp/Gunpo%20Mall:kim?secret="), "{}", enrolment.uri);
        let secret = totp_rs::Secret::try_from_base32(&enrolment.secret).unwrap();
        let app = totp(secret.as_bytes(), "kim").unwrap();
        let now = clock.timestamp();
        let at = |moment: Timestamp| {
            let code = app.generate(u64::try_from(moment.utc().timestamp()).unwrap()).to_string();
            step_of(&sealer, "kim", &enrolment.sealed, &code, now).unwrap()
        };
        let step = now.utc().timestamp() / 30;
        let by = Duration::from_secs;
        assert_eq!(at(now), Some(step));
        assert_eq!((at(now.minus(by(30))), at(now.plus(by(30)))), (Some(step - 1), Some(step + 1)));
        assert_eq!((at(now.minus(by(60))), at(now.plus(by(60)))), (None, None));
        for bad in ["", "12345", "1234567", "+12345", "１２３４５６", "abcdef"] {
            assert_eq!(step_of(&sealer, "kim", &enrolment.sealed, bad, now).unwrap(), None, "{bad}");
        }
    }

    #[test]
    fn a_secret_moved_to_another_account_does_not_open() {
        let sealer = sealer();
        let sealed = enrol(&sealer, "kim").unwrap().sealed;
        assert!(step_of(&sealer, "lee", &sealed, "000000", Clock::system().timestamp()).is_err());
    }
}
