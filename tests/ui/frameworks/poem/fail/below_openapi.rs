use poem_openapi::{OpenApi, OpenApiService};
use requires_auth::requires_auth;

struct Api;

#[OpenApi]
#[requires_auth(scope = "weather.read")]
impl Api {
    #[oai(path = "/weather", method = "get")]
    async fn weather(&self) {}
}

fn main() {
    let _ = OpenApiService::new(Api, "weather", "1");
}
