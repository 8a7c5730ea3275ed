//! A guarded handler, and no framework that could extract the guard.

use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {}
