use axum::Json;
use axum::extract::Path;
use requires_auth::{AccessToken, requires_auth};

#[requires_auth(scope = "weather.write")]
#[axum::debug_handler]
async fn report(Path(city): Path<String>, _token: AccessToken, Json(text): Json<String>) -> String {
    city + &text
}

fn main() {
    let _: axum::Router = axum::Router::new().route("/{city}", axum::routing::post(report));
}
