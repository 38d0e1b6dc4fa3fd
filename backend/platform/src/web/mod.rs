//! Server-rendered pages: templates, typed contexts, forms, cookies, errors in words.

pub mod address;
pub mod browser;
pub mod csrf;
pub mod error_page;
pub mod form;
pub mod page;
pub mod path;
pub mod purse;
pub mod templates;
pub mod when;

pub use browser::{Browser, Cookies};
pub use error_page::{WebError, WebResult};
pub use form::{FieldProblem, Fields, Summary};
pub use page::{Frame, Page, show, show_with};
pub use path::own_path;
