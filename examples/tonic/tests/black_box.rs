//! This API is the one of every framework, in gRPC.

requires_auth_tests::black_box!("weather-tonic", "client");
