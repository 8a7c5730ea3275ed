use actix_web::{App, web};
use requires_auth::requires_auth;

// actix-web takes 16 arguments, and the guard is one of them.
#[requires_auth]
#[rustfmt::skip]
async fn weather(
    _: (), _: (), _: (), _: (), _: (), _: (), _: (), _: (),
    _: (), _: (), _: (), _: (), _: (), _: (), _: (), _: (),
) -> &'static str {
    "sunny"
}

fn main() {
    let _ = App::new().route("/weather", web::get().to(weather));
}
