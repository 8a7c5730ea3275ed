use requires_auth::{AccessToken, Guarded};
use warp::Filter;

async fn weather(token: AccessToken) -> String {
    format!("{token:?}")
}

fn main() {
    let _ = warp::path!("weather").and(warp::get()).and_token().then(weather);
}
