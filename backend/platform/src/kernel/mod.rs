//! The words every other module is written in. Knows no feature, no table of a feature, no HTML.

pub mod actor;
pub mod cache;
pub mod checkpoint;
pub mod clock;
pub mod counters;
pub mod digest;
pub mod entrance;
pub mod failure;
pub mod id;
pub mod kind;
pub mod money;
pub mod random;
pub mod refusal;
pub mod seal;
pub mod secret;
pub mod words;

pub use actor::{Actor, ProgramScope, Staff, StaffRole, System, Who};
pub use checkpoint::checkpoint;
pub use clock::{Clock, Instant};
pub use failure::Failure;
pub use kind::Kind;
pub use money::{Currency, Money};
pub use random::Random;
pub use refusal::{Error, Problem, Refusal};
pub use seal::{LocalKeys, Resealed, Sealed, SealingKeys};
pub use secret::Secret;
pub(crate) use words::words;
