pub mod draft;
pub mod hosted_flow;
