use requires_auth::requires_auth;

#[axum::debug_handler]
#[requires_auth(scope = "weather.read")]
async fn weather() {}

fn main() {
    let _: axum::Router = axum::Router::new().route("/", axum::routing::get(weather));
}
