use requires_auth::requires_auth;

#[requires_auth(auth_context = "C1")]
async fn upper_case() {}

#[requires_auth(auth_context = "c100")]
async fn out_of_range() {}

fn main() {}
