use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
#[requires_auth(role = "Forecaster")]
async fn twice() {}

#[requires_auth(scope = "weather.read")]
#[cfg_attr(all(), requires_auth::requires_auth(role = "Forecaster"))]
async fn behind_a_condition() {}

fn main() {}
