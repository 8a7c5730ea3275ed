use requires_auth::requires_auth;

#[requires_auth(client = "7c9e6679-7425-40de-944b-e07fc1f90ae7")]
async fn alone() {}

#[requires_auth(any(scope = "weather.read", client = "7c9e6679-7425-40de-944b-e07fc1f90ae7"))]
async fn alternative() {}

#[requires_auth(delegated, not(client = "7c9e6679-7425-40de-944b-e07fc1f90ae7"))]
async fn denied() {}

fn main() {}
