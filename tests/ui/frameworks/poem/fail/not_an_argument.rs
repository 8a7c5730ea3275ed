use poem::{Route, get, handler};
use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
#[handler]
async fn weather(days: u8) -> String {
    days.to_string()
}

fn main() {
    let _ = Route::new().at("/", get(weather));
}
