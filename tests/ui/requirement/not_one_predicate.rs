use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read", not(guest, app_only))]
async fn two() {}

#[requires_auth(scope = "weather.read", not())]
async fn none() {}

fn main() {}
