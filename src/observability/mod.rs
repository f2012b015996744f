//! To be written.
pub struct Metrics;
