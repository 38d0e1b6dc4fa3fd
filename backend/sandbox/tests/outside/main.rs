//! The sandbox from the outside: what testers can order, what garbage does, what a kill leaves.

mod console;
mod durability;
mod people;
mod reports;
mod robustness;
mod rotation;
mod steering;
mod subscriptions;
mod support;
