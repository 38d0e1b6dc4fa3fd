//! Everything put together: schema, router, worker, reactions, seed. Nobody uses the app but the
//! process; GraphQL types alone reach for its loaders.

pub mod command;
mod graphiql;
pub mod health;
pub mod home;
pub mod loaders;
pub mod node;
mod reactions;
pub mod reference;
pub mod router;
pub mod schema;
pub mod seed;
mod walker;
pub mod worker;

pub(crate) use walker::{Customer, Walker};

#[cfg(test)]
mod statements;
#[cfg(test)]
mod tests;
