//! x

pub mod oauth_error;
