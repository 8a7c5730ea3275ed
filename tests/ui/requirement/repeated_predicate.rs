use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read", guest, scope = "weather.read", guest)]
async fn side_by_side() {}

#[requires_auth(any(all(guest, role = "Forecaster"), all(guest, role = "Forecaster")))]
async fn lists() {}

fn main() {}
