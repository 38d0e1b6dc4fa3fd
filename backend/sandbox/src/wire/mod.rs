//! The words of the wire: error bodies, pages, versions, timestamps, numbers.

mod envelope;
mod input;
mod paging;
mod version;

pub use envelope::{ApiError, FieldFault, Reply, created, number, ok, stamp};
pub use input::{Input, text_at};
pub use paging::{cursor_page, numbered_page};
pub use version::check as check_version;
