use requires_auth::requires_auth;

#[requires_auth(scope = b"weather.read")]
async fn bytes() {}

#[requires_auth(scope = concat!("weather", ".read"))]
async fn concatenated() {}

#[requires_auth(scope = format!("weather.{}", "read"))]
async fn formatted() {}

#[requires_auth(scope = ["weather.read", "weather.write"])]
async fn list() {}

#[requires_auth(role = 7)]
async fn number() {}

#[requires_auth(scope = )]
async fn nothing() {}

fn main() {}
