//! What every GraphQL type stands on, and the HTTP and WebSocket sides of the endpoint.

pub mod batches;
pub mod context;
pub mod credential;
pub mod http;
pub mod limits;
pub mod money;
pub mod page;
pub mod problem;
pub mod scalars;
pub mod ws;

pub use context::{actor, platform};
pub use money::{MoneyInput, MoneyType};
pub use page::{Connection, connection, request};
pub use problem::{ProblemType, fail, settle};
pub use scalars::{CountryCode, CurrencyCode, DateTime, Decimal};
