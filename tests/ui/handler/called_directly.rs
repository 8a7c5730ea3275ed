use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
async fn weather(city: String) -> String {
    city
}

fn main() {
    let _ = weather("Utrecht".to_owned());
}
