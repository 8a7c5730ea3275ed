use requires_auth::requires_auth;

#[requires_auth(not(scope = "weather.read"))]
async fn scope() {}

#[requires_auth(not(any(guest, app_only)))]
async fn list() {}

fn main() {}
