use requires_auth::{AccessToken, requires_auth};
use salvo::prelude::*;

struct City;

#[requires_auth(scope = "weather.read")]
#[handler]
async fn no_extractor(_city: City) {}

#[handler]
async fn optional(_token: Option<AccessToken>) {}

#[handler]
async fn fallible(_token: Result<AccessToken, requires_auth::AuthError>) {}

fn main() {
    let _ = Router::new().get(no_extractor).put(optional).post(fallible);
}
