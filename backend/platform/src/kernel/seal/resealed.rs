//! How moving to another sealing key went.

use crate::kernel::Failure;

/// What was moved, and what could not be. One row that cannot be read keeps no other from moving.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that are under the first key now and were not before.
    pub moved: u64,
    /// Rows with values that could not be moved, as `table/id`.
    pub left: Vec<String>,
}

impl Resealed {
    /// Counts one row's values.
    pub fn note(&mut self, row: &str, moved: Result<u64, Failure>) {
        match moved {
            Ok(count) => self.moved += count,
            Err(failure) => {
                tracing::error!(row, %failure, "a sealed value could not be moved to the first key");
                self.left.push(row.to_owned());
            }
        }
    }

    pub fn and(mut self, other: Self) -> Self {
        self.moved += other.moved;
        self.left.extend(other.left);
        self
    }
}
