//! The domains: each names only its own tables and calls no other but by the edges below, which a test reads. What crosses domains is told in
//! `flows` (writes), `storefront` and `console` (reads).
//!
//! | from | to | for |
//! | --- | --- | --- |
//! | `pricing` | `catalogue`, `content`, `orders` | a quote prices sellable SKUs, names the notice in force, and gives the sums that an order freezes |
//! | `orders` | `catalogue` | an order freezes how customs sees its goods |
//! | `catalogue` | `stock` (its table, read) | what is left of a sellable SKU is read in the same row |
//! | `customers` | `content`, `sessions` | a consent is to a published text; handlers take the buyer who is logged in |

pub(crate) mod cart;
pub mod cases;
pub mod catalogue;
pub mod content;
pub mod customers;
pub mod orders;
pub mod payments;
pub(crate) mod pricing;
pub(crate) mod push_events;
pub mod refunds;
pub(crate) mod search;
pub mod sessions;
pub mod staff;
pub mod stock;
