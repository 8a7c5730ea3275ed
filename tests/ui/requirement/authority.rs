use requires_auth::requires_auth;

#[requires_auth(authority = "")]
async fn empty() {}

#[requires_auth(authority = "customers ")]
async fn padded() {}

fn main() {}
