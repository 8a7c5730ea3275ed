use requires_auth::Guarded;
use warp::Filter;

fn main() {
    let _ = warp::path!("weather").and(warp::get()).guarded(|_| warp::path!("weather").map(|| "sunny"));
}
