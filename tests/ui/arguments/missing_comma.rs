use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read" role = "Forecaster")]
async fn values() {}

#[requires_auth(any(app_only, delegated guest))]
async fn words() {}

fn main() {}
