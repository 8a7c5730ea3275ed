//! This API is the one of every framework.

requires_auth_tests::black_box!("weather-axum");
