use requires_auth::Guarded;
use warp::Filter;

async fn weather(city: String) -> String {
    city
}

fn main() {
    let _ = warp::path!("weather").and(warp::get()).guarded(|route| route.then(weather));
}
