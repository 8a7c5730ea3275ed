// Everything that an expansion names has a namesake here.
#![allow(dead_code, non_camel_case_types)]

mod axum {}
mod core {}
mod std {}
mod requires_auth {}
mod __private {}
struct Option;
struct Some;
struct str;
struct Requirement;
struct Authorized;
trait Requires {}
macro_rules! adapter {
    () => {
        compile_error!("not this one")
    };
}

#[::requires_auth::requires_auth(any(scope = "weather.read", not(guest)), authority = "customers")]
async fn weather() {}

fn main() {
    let _ = ::requires_auth::requirement!(any(scope = "weather.read", not(guest)));
    let _: ::axum::Router = ::axum::Router::new().route("/", ::axum::routing::get(weather));
}
