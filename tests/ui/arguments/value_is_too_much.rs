use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read", guest = true)]
async fn flag() {}

#[requires_auth(delegated())]
async fn call() {}

fn main() {}
