pub mod account;
pub mod balance;
