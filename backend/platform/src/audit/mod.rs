//! Who did what: an append-only log, written in the transaction of the change it describes.

mod entity;
mod service;

pub use service::{Entry, recent, record};
