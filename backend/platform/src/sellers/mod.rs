//! Who is paid: the tenant of the marketplace. People belong to sellers; all else hangs on them.

mod entity;
mod error;
pub mod graphql;
pub mod model;
pub mod pages;
pub mod service;
mod store;

pub use error::SellerRefusal;
pub use model::Seller;
pub use store::JoinedSeller;
