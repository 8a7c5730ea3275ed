use requires_auth::requires_auth;

#[requires_auth(scope)]
async fn bare() {}

#[requires_auth(scope("weather.read"))]
async fn in_parentheses() {}

#[requires_auth(any = "weather.read")]
async fn list_as_value() {}

fn main() {}
