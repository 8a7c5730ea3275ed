use poem::{Route, get, handler};
use requires_auth::requires_auth;

#[handler]
#[requires_auth(scope = "weather.read")]
async fn weather() {}

fn main() {
    let _ = Route::new().at("/", get(weather));
}
