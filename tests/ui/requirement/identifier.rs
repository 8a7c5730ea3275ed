use requires_auth::requires_auth;

#[requires_auth(group = "0F8FAD5B-D9CB-469F-A165-70867728950E")]
async fn upper_case() {}

#[requires_auth(group = "0f8fad5b-d9cb-469f-a165-70867728950")]
async fn digit_lost() {}

#[requires_auth(scope = "weather.read", client = "weather dashboard")]
async fn name() {}

fn main() {}
