//! Warnings of ours would be errors here.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, unused)]
#![deny(missing_debug_implementations, missing_copy_implementations, unnameable_types, non_camel_case_types)]
#![forbid(unsafe_code, non_snake_case, unused_qualifications)]

mod api {
    use requires_auth::requires_auth;

    /// Reads.
    #[requires_auth(scope = "weather.read", not(guest))]
    pub(crate) async fn weather() {}

    #[requires_auth]
    async fn private() {}

    pub(crate) fn router() -> axum::Router {
        axum::Router::new().route("/private", axum::routing::get(private))
    }
}

mod strict {
    #![forbid(dead_code, missing_docs, missing_debug_implementations, unreachable_pub, unnameable_types)]

    /// Seven arguments of its own are all that clippy allows.
    #[requires_auth::requires_auth(any(scope = "weather.read", role = "Forecaster"))]
    pub(crate) async fn many(_: (), _: (), _: (), _: (), _: (), _: (), _: ()) {}
}

fn main() {
    let _ = strict::many;
    let _ = api::router().route("/", axum::routing::get(api::weather));
}
