//! The words of the wire: requests and answers, error bodies, pages, versions, timestamps, amounts.

mod amount;
mod answer;
mod document;
mod error;
mod input;
mod paging;
mod query;
mod strict;
mod version;

pub use amount::{amount_in, is_currency, minor_units, number, round};
pub use answer::{Answer, Body, Reply, created, ok};
pub use document::{each_at, merge, put};
pub use error::{ApiError, FieldFault};
pub use input::{Kind, check_kinds, flag_at, instant_in, json_in, list_at, text_at};
pub use paging::{Sizes, cursor_page, numbered_page};
pub use query::Query;
pub use strict::unknown_members;
pub use version::{NEWEST, Version, stamp, stamp_millis};
