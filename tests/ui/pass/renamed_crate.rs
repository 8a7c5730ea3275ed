// As if Cargo.toml said `my_auth = { package = "requires-auth" }` and nothing were called requires_auth.
mod requires_auth {}

mod facade {
    pub use ::requires_auth as my_auth;
}

use facade::my_auth;

#[my_auth::requires_auth(scope = "weather.read", crate = my_auth)]
async fn weather() {}

#[facade::my_auth::requires_auth(any(guest, not(guest)), crate = crate::facade::my_auth)]
async fn forecast() {}

fn main() {
    let _ = my_auth::requirement!(all(guest, scope = "weather.read"), crate = facade::my_auth);
    let _: axum::Router =
        axum::Router::new().route("/", axum::routing::get(weather)).route("/forecast", axum::routing::get(forecast));
}
