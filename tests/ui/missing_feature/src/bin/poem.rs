use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
#[poem::handler]
async fn weather() -> &'static str {
    "sunny"
}

fn main() {
    let _ = poem::Route::new().at("/weather", poem::get(weather));
}
