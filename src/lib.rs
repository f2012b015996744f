//! Gunpo Mall: the back end of a WeChat mini program that sells the goods of Gunpo's small firms to consumers in China.
//!
//! The districts, from the outside in; a test computes the graph of imports and fails on an edge that is not drawn here, or a circle:
//!
//! ```text
//! boot, cli -> http -> storefront, console, portal, flows -> domain -> platform -> base
//!                      all of these and a domain's api.rs -> web
//! ```
//!
//! | district | what it has |
//! | --- | --- |
//! | `boot` | the composition root: builds, starts and stops everything; the list of jobs |
//! | `cli` | the command line, one file a subcommand |
//! | `http` | listeners, what happens to every request, the one table of routes |
//! | `storefront`, `console`, `portal` | what buyers, operators and firms read across domains |
//! | `flows` | the stories that cross domains, each with its transaction, jobs and handler |
//! | `domain` | tables and rules of one thing each |
//! | `platform` | jobs, idempotency keys, audit log, sealing, limits |
//! | `web` | extractors, problem documents, pages, languages |
//! | `base` | database, configuration, logs, clock, money, ids, texts, errors |

pub mod base;
pub mod boot;
pub mod cli;
mod console;
pub mod domain;
mod flows;
pub mod http;
pub mod platform;
mod portal;
pub mod storefront;
pub mod web;
