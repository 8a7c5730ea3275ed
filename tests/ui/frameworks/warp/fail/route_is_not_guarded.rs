use requires_auth::requires_auth;
use warp::Filter;

#[requires_auth(scope = "weather.read")]
async fn weather(city: String) -> String {
    city
}

fn main() {
    let _ = warp::path!("weather" / String).and(warp::get()).then(weather);
}
