use requires_auth::requires_auth;
use warp::Filter;

#[requires_auth(scope = "weather.read")]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = warp::path!("weather").and(warp::get()).then(weather);
}
