//! Look-ahead joins without links between entities.
//!
//! A feature that can be nested under another's rows implements [`Joined`] in its store: how its
//! table joins under an alias, and how its model is read back. The list's owner decides whether to
//! join; nested resolvers only ever see the request's loaders, which the list has filled.

use sea_orm::{DbErr, EntityTrait, QueryResult, Select};

/// A to-one neighbour that a list may fetch in the same statement.
pub trait Joined {
    /// What is read back.
    type Model;

    /// Adds the join, on the foreign key *and* the same owner, and selects the columns.
    fn join<E: EntityTrait>(select: Select<E>) -> Select<E>;

    /// Reads the joined columns of one row.
    fn read(row: &QueryResult) -> Result<Self::Model, DbErr>;
}
