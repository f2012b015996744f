//! To be written.
pub struct Sealer;
