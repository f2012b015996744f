//! Passwords: what a good one is, and their hashes (argon2id, on two threads of its own).

use std::sync::mpsc::SyncSender;
use std::time::Duration;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret, SecretString};
use zxcvbn::{Score, zxcvbn};

use crate::base::error::{Error, FieldRule, Refusal, Result, Wrong};
use crate::base::ids::random_letters;

/// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Who comes when so many wait, of one kind of caller, is answered 503.
const WAITING_MAX: usize = 30;
/// A hash takes some 30 ms: nobody waits so long unless the machine stands still.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// Of a new password, in characters.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;
/// `aaaaaaaaaaaa` is as long as a good one.
const DISTINCT_MIN: usize = 5;
/// 100 random bits, as four words of five letters.
const ONE_TIME_LETTERS: usize = 20;
/// Nobody's hash, with the parameters of everybody's: a name that is unknown takes as long as one that is known.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$6lTBFpowSDjdcePnyE0duA$742m/L8Rp4wPcnZEKA1u/HSKw3yez0OALnTKitfX8pk";

/// Who wants a password hashed. Strangers who flood the door hold up each other, and nobody who has been inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Anybody.
    Stranger,
    /// A live session, or a device from which this operator has logged in before.
    Known,
}

/// Hashes and compares, on a thread for each kind of caller, which keeps the memory of a hash for the next one. Taken anew each time, it stays
/// behind in the allocator's heaps (measured: 900 MB after 350 wrong passwords; 19 MiB each).
pub(super) struct Hasher {
    argon2: Argon2<'static>,
    strangers: HashThread,
    known: HashThread,
}

impl Hasher {
    pub(super) fn new() -> Result<Self> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
            .map_err(|error| Error::internal(format!("argon2 can't be used: {error}")))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self { argon2, strangers: HashThread::start("hash-strangers")?, known: HashThread::start("hash-known")? })
    }

    /// Whether the password is the one behind the hash; without a hash the work is done all the same. [`Error::Unavailable`]: nothing was
    /// compared.
    pub(super) async fn matches(&self, caller: Caller, password: SecretString, hash: Option<String>) -> Result<bool> {
        let argon2 = self.argon2.clone();
        let compare = move |memory: &mut Memory| {
            let known = hash.and_then(|hash| PasswordHash::new(&hash).ok());
            let compared = known.clone().map_or_else(|| PasswordHash::new(NOBODY), Ok).map_err(unusable)?;
            let (Some(salt), Some(right)) = (compared.salt, compared.hash) else { return Ok(false) };
            let found = memory.hash(&argon2, password.expose_secret().as_bytes(), salt)?;
            Ok(found == right && known.is_some())
        };
        match caller {
            Caller::Stranger => self.strangers.run(compare).await?,
            Caller::Known => self.known.run(compare).await?,
        }
    }

    /// A hash with a salt of its own, in the PHC string format. Only who is known chooses a password.
    pub(super) async fn hash(&self, password: SecretString) -> Result<String> {
        let argon2 = self.argon2.clone();
        let hash = move |memory: &mut Memory| {
            let salt = Salt::generate();
            let hash = memory.hash(&argon2, password.expose_secret().as_bytes(), salt)?;
            let (version, params) = (Some(Version::V0x13.into()), argon2.params().try_into().map_err(unusable)?);
            let (salt, hash) = (Some(salt), Some(hash));
            Ok(PasswordHash { algorithm: ARGON2ID_IDENT, version, params, salt, hash }.to_string())
        };
        self.known.run(hash).await?
    }
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("argon2 can't be used: {error}"))
}

/// What one hash needs; wiped after each.
struct Memory(Vec<Block>);

impl Memory {
    fn hash(&mut self, argon2: &Argon2<'_>, password: &[u8], salt: Salt) -> Result<Output> {
        // A shop without operators at work needs none.
        self.0.resize(MEMORY_KIB as usize, Block::default());
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        let hashed = argon2.hash_password_into_with_memory(password, salt.as_ref(), &mut out, &mut self.0);
        self.0.zeroize();
        hashed.map_err(unusable)?;
        Output::new(&out).map_err(unusable)
    }
}

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// Runs one piece of work after the other; ends when dropped.
struct HashThread(SyncSender<Work>);

impl HashThread {
    fn start(name: &str) -> Result<Self> {
        let (sender, receiver) = std::sync::mpsc::sync_channel::<Work>(WAITING_MAX);
        let run = move || {
            let mut memory = Memory(Vec::new());
            while let Ok(work) = receiver.recv() {
                // Whoever waits for work that panicked sees its answer dropped; the next must be served all the same.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut memory)));
            }
        };
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        started.map_err(|error| Error::internal(format!("a hashing thread did not start: {error}")))?;
        Ok(Self(sender))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Memory) -> T + Send + 'static) -> Result<T> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let work = Box::new(move |memory: &mut Memory| {
            // Nobody waits any more: the next one's turn.
            if !reply.is_closed() {
                let _ = reply.send(work(memory));
            }
        });
        self.0.try_send(work).map_err(|_| Error::busy("too many passwords wait to be hashed"))?;
        match tokio::time::timeout(WAIT_MAX, answer).await {
            Ok(answered) => answered.map_err(|_| Error::internal("hashing was cut off")),
            Err(_) => Err(Error::busy("a password waited too long to be hashed")),
        }
    }
}

const WEAK: FieldRule = FieldRule::new(
    "weak",
    [
        "密码太弱：至少 12 个字符、5 种不同字符，不含账号名，且不易被猜到（避免常见密码、日期、键盘顺序）。",
        "약한 비밀번호입니다. 12자 이상, 서로 다른 문자 5개 이상이고 아이디를 포함하지 않으며 추측하기 어려워야 합니다.",
        "Too weak: at least 12 characters, 5 different ones, without the account's name, and none that is guessed early.",
    ],
);
const _: () = assert!(*LENGTH.start() == 12 && DISTINCT_MIN == 5, "the texts above say 12 and 5");

/// Refuses, naming `field`, what is too short, too long, of few letters, holds the account's name, or would be guessed early (zxcvbn: lists of
/// common passwords, names and words, keyboard rows, dates; below 10^8 guesses).
pub(super) fn check_new(field: &str, password: &SecretString, name: &str) -> Result<()> {
    let text = password.expose_secret();
    let length = text.chars().count();
    if length > *LENGTH.end() {
        return Err(Refusal::field(field, Wrong::TooLong(*LENGTH.end() as u64)).into());
    }
    let distinct = text.chars().collect::<std::collections::HashSet<_>>().len();
    let short = length < *LENGTH.start() || distinct < DISTINCT_MIN || text.to_lowercase().contains(name);
    let weak = short || zxcvbn(text, &[name, "gunpo", "军浦", "admin"]).score() < Score::Three;
    if weak { Err(Refusal::field(field, WEAK).into()) } else { Ok(()) }
}

/// A first password, to be read out once: `k3v9x-0a7b2-c5d8e-fghjk`.
pub(super) fn one_time() -> Result<SecretString> {
    let letters = random_letters(ONE_TIME_LETTERS)?;
    let words: Vec<&str> = (0..ONE_TIME_LETTERS).step_by(5).filter_map(|at| letters.get(at..at + 5)).collect();
    Ok(SecretString::from(words.join("-")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::time::Instant;

    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[actix_web::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = Hasher::new().unwrap();
        let hash = hasher.hash(secret("correct horse battery")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.matches(Caller::Known, secret("correct horse battery"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.matches(Caller::Known, secret("correct horse batterz"), Some(hash.clone())).await.unwrap());
        assert_ne!(hasher.hash(secret("correct horse battery")).await.unwrap(), hash, "the salt is random");
        assert!(!hasher.matches(Caller::Known, secret("x"), Some("not a hash".to_owned())).await.unwrap());
    }

    #[actix_web::test]
    async fn nobody_s_hash_can_be_read_and_costs_what_a_real_one_costs() {
        assert!(NOBODY.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$")));
        let hasher = Hasher::new().unwrap();
        let hash = hasher.hash(secret("correct horse battery")).await.unwrap();
        let mut took = [Vec::new(), Vec::new()];
        for _ in 0..5 {
            for (at, hash) in [Some(hash.clone()), None].into_iter().enumerate() {
                let began = Instant::now();
                assert!(!hasher.matches(Caller::Known, secret("wrong"), hash).await.unwrap());
                took[at].push(began.elapsed());
            }
        }
        let [known, unknown] = took.map(|mut times| {
            times.sort_unstable();
            times[0]
        });
        assert!(unknown * 2 > known && known * 2 > unknown, "known {known:?}, unknown {unknown:?}");
    }

    #[actix_web::test]
    async fn a_flood_of_strangers_is_refused_and_holds_up_nobody_who_is_known() {
        let hasher = Hasher::new().unwrap();
        let flood = (0..WAITING_MAX + 50).map(|_| hasher.matches(Caller::Stranger, secret("x"), None));
        let flood = futures_util::future::join_all(flood);
        let known = async {
            let began = Instant::now();
            hasher.matches(Caller::Known, secret("x"), None).await.unwrap();
            began.elapsed()
        };
        let began = Instant::now();
        let (ran, known) = futures_util::future::join(async { (flood.await, began.elapsed()) }, known).await;
        let refused = ran.0.iter().filter(|ran| matches!(ran, Err(Error::Unavailable { .. }))).count();
        assert!((49..=50).contains(&refused), "{refused}");
        assert!(known * 3 < ran.1, "{known:?} beside a flood of {:?}", ran.1);
        assert!(hasher.matches(Caller::Stranger, secret("x"), None).await.is_ok(), "it goes on after the flood");
    }

    #[test]
    fn a_password_that_is_guessed_first_is_refused() {
        for bad in [
            "short",
            "aaaaaaaaaaaaaaaa",
            "elevenchars",
            "KIM-is-my-name-1",
            "abababababababab",
            "password1234",
            "qwertyuiop12",
            "admin20261201",
        ] {
            assert!(check_new("new_password", &secret(bad), "kim").is_err(), "{bad}");
        }
        assert!(check_new("new_password", &secret(&"é1x-".repeat(33)), "kim").is_err());
        for good in ["correct horse battery", "沂蒙路一号军浦馆的密码很长", one_time().unwrap().expose_secret()]
        {
            assert!(check_new("new_password", &secret(good), "kim").is_ok(), "{good}");
        }
    }
}
