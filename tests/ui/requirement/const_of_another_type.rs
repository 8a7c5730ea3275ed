use requires_auth::requires_auth;

const READ: u32 = 1;

#[requires_auth(scope = READ)]
async fn number() {}

#[requires_auth(scope = WRITE)]
async fn nowhere() {}

fn main() {}
