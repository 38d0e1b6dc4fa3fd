pub mod attempt;
pub mod chain;
pub mod connection;
pub mod connection_event;
pub mod generation;
pub mod refresh_attempt;
pub mod security_event;
pub mod token_endpoint;
