use requires_auth::requires_auth;

#[requires_auth(scope = "weather.read")]
async fn r#async(r#type: String) -> String {
    r#type
}

mod r#match {
    pub(super) const r#SCOPE: &str = "weather.read";
}

#[requires_auth(scope = r#match::r#SCOPE)]
async fn r#fn() {}

fn main() {
    let _: axum::Router = axum::Router::new().route("/", axum::routing::get(r#async)).route("/fn", axum::routing::get(r#fn));
}
