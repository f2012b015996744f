//! What buyers read across domains, one file an action or a folder where it takes more. The catalogue is served from memory.

pub(crate) mod cart;
pub mod catalogue;
pub(crate) mod orders;
pub(crate) mod quote;
pub(crate) mod suggest;
