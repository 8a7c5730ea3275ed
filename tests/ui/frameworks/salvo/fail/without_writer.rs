use salvo::handler;

#[requires_auth::requires_auth(scope = "weather.read")]
#[handler]
async fn weather() {}

fn main() {
    let _ = salvo::Router::new().get(weather);
}
