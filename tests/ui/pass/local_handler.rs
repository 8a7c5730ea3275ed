use axum::Router;
use axum::routing::get;
use requires_auth::requires_auth;

fn router() -> Router {
    const READ: &str = "weather.read";

    #[requires_auth(scope = READ)]
    async fn weather() -> &'static str {
        "sunny"
    }
    Router::new().route("/", get(weather))
}

fn other() -> Router {
    #[requires_auth(role = "Forecaster")]
    async fn weather() -> &'static str {
        "cloudy"
    }
    Router::new().route("/other", get(weather))
}

fn main() {
    let _ = router().merge(other());
}
