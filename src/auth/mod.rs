//! To be written.
pub struct Auth;
