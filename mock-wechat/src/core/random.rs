//! Seeded randomness: the same seed and the same requests give the same answers.

/// Identifiers and nonces of the stand-in. No secret hangs on it.
pub(crate) struct Random(fastrand::Rng);

const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LOWER_HEX: &[u8] = b"0123456789abcdef";
const UPPER_HEX: &[u8] = b"0123456789ABCDEF";
const DIGITS: &[u8] = b"0123456789";

impl Random {
    /// `opening` counts the starts on one data folder, so that a restart does not repeat numbers.
    pub(crate) fn seeded(seed: u64, opening: u64) -> Self {
        // The odd constant spreads neighbouring openings over all seeds.
        Self(fastrand::Rng::with_seed(seed ^ opening.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    fn draw(&mut self, alphabet: &[u8], length: usize) -> String {
        let bytes = (0..length).filter_map(|_| self.0.choice(alphabet));
        bytes.map(|byte| char::from(*byte)).collect()
    }

    pub(crate) fn alphanumeric(&mut self, length: usize) -> String {
        self.draw(ALPHANUMERIC, length)
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.draw(LOWER_HEX, length)
    }

    pub(crate) fn upper_hex(&mut self, length: usize) -> String {
        self.draw(UPPER_HEX, length)
    }

    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.draw(DIGITS, length)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// 36 characters in the form of a UUID.
    pub(crate) fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|length| self.hex(length)).join("-")
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: u8) -> bool {
        self.0.u8(0..100) < percent
    }
}
