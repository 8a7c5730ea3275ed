use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read" || role = "Forecaster")]
async fn or() {}

#[requires_auth(delegated && !guest)]
async fn and() {}

#[requires_auth(!guest)]
async fn not() {}

fn main() {}
