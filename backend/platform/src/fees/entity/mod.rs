pub mod fixed;
pub mod plan;
