//! Refresh tokens that rotate: each use gives a new one, the old one is good for a grace of one minute, and any
//! later use of it ends the connection. Requests are delayed, answers are lost, processes stop.
//!
//! This crate decides, and does nothing else: [`step`] reads a [`Chain`] as the database knows it and an [`Event`],
//! and says in a [`Step`] what is to be written down, under [`Constants`] whose inequalities are checked. It reads no
//! clock, no database and no network, so that the model in `tests/model` checks the very code that runs.
//!
//! A send is recorded before it leaves and stays open until its outcome is known. What is not known is sent again
//! only after a quiet time in which everything of the send before has died, and only inside a window that is counted
//! from the oldest open send and never moves. After it nobody claims to know.
//!
//! ```
//! use chrono::{Duration, Utc};
//! use rotation::{Chain, Constants, Event, Send, Standing, Step, step};
//!
//! let constants = Constants::PROTOCOL;
//! constants.check().expect("the protocol's own numbers hold");
//! let recorded_at = Utc::now();
//! let chain = Chain {
//!     generation: 7,
//!     standing: Standing::Connected,
//!     last_number: 1,
//!     sends: vec![Send { number: 1, owner: "replica-a", recorded_at, outcome: None, resolved_at: None }],
//!     lease: None,
//! };
//! let ask = |seconds| {
//!     let now = recorded_at + Duration::seconds(seconds);
//!     step(&chain, &Event::Asked { by: &"replica-a", now, lease_now: now }, &constants)
//! };
//! assert_eq!(ask(5), Step::Wait(Duration::seconds(10)));
//! assert_eq!(ask(15), Step::Record { number: 2 });
//! assert_eq!(ask(41), Step::GiveUp);
//! ```
//!
//! Marks in comments: D documented by Airwallex, C seen in clients, A assumed.

mod chain;
mod constants;

pub use chain::{Answer, Chain, Event, Instant, Lease, Outcome, Send, Standing, Step, step};
pub use constants::{Broken, Constants};
