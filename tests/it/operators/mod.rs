//! The people who run the shop: logins, sessions, rights and the audit log.

mod audit;
mod console;
mod login;
mod pages;
mod permissions;
mod sessions;

pub(crate) use crate::support::clerks::{Clerk, PASSWORD, hire, login, token};
