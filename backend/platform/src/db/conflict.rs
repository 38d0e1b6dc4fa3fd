//! Unique violations: how "what must happen once" is noticed.

use sea_orm::{DbErr, SqlErr};

/// Whether a write met a row that already holds the same unique value.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
