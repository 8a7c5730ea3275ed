use requires_auth::requires_auth;

#[requires_auth(scope = "")]
async fn empty() {}

#[requires_auth(scope = "weather.read weather.write")]
async fn two_in_one() {}

#[requires_auth(scope = " weather.read")]
async fn padded() {}

#[requires_auth(scope = "weather\\read")]
async fn backslash() {}

#[requires_auth(scope = "wetter.läsen")]
async fn not_ascii() {}

fn main() {}
