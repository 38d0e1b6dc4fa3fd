pub mod api_token;
pub mod email_link;
pub mod membership;
pub mod person;
pub mod throttle;
pub mod web_session;
