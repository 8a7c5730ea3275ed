use requires_auth::requires_auth;

#[requires_auth(authority = "staff", authority = "customers", crate = requires_auth, crate = requires_auth)]
async fn weather() {}

fn main() {}
