//! To be written.
pub struct Catalogue;
