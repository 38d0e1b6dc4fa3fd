//! Telling people: a mail is a row written in the transaction of its cause, and a job delivers it.
//!
//! A mail is keyed by its cause, so a cause that is seen twice is told once. Delivery may repeat after
//! a crash between sending and noting it; the Message-ID then is the same.

mod entity;
pub mod jobs;
pub mod service;
