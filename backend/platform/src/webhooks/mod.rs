//! Airwallex's events: verified, stored once, understood later.
//!
//! Receiving only checks the signature and stores, so it is fast and loses nothing; a job does the rest
//! and may run twice. An event that matches nothing is tried again, since it may have come before our
//! own commit, and then stays visible as unmatched.

mod dispatch;
mod entity;
pub mod jobs;
pub mod pages;
pub mod service;
mod store;
pub mod web;
