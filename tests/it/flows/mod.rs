//! Purchases as stories, each named after the loss that it excludes.

mod cancelling;
mod notifies;
mod paying;
mod purchase;
