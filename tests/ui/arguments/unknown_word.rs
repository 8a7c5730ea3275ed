use requires_auth::requires_auth;

#[requires_auth(scopes = "weather.read")]
async fn near() {}

#[requires_auth(tid = "72f988bf-86f1-41af-91ab-2d7cd011db47")]
async fn name_of_a_claim() {}

#[requires_auth(weather)]
async fn far() {}

fn main() {}
