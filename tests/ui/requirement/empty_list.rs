use requires_auth::requires_auth;

#[requires_auth(any())]
async fn any() {}

#[requires_auth(scope = "weather.read", all())]
async fn all() {}

fn main() {}
