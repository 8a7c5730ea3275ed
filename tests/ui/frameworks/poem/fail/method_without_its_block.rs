use poem_openapi::{OpenApi, OpenApiService};
use requires_auth::requires_auth;

struct Api;

#[OpenApi]
impl Api {
    #[requires_auth(scope = "weather.read")]
    #[oai(path = "/weather", method = "get")]
    async fn weather(&self) {}
}

fn main() {
    let _ = OpenApiService::new(Api, "weather", "1");
}
