// Everything that an expansion names has a namesake here, and so has the framework.
#![allow(dead_code, non_camel_case_types)]

mod warp {}
mod http {}
mod requires_auth {}
mod my_auth {
    pub(crate) use ::requires_auth::*;
}
struct Authorized;
trait Guarded {
    fn guarded(self);
}

#[my_auth::requires_auth(any(scope = "weather.read", not(guest)), crate = my_auth)]
async fn weather(city: String) -> String {
    city
}

#[::requires_auth::requires_auth(scope = "weather.read")]
async fn forecast(token: my_auth::AccessToken) -> String {
    format!("{token:?}")
}

fn main() {
    use ::warp::Filter as _;
    use my_auth::Guarded as _;

    let weather = ::warp::path!("weather" / String).and(::warp::get()).guarded(|route| route.then(weather));
    let forecast = ::warp::path!("forecast").guarded(|route| route.and_token().then(forecast));
    let _ = ::warp::service(weather.or(forecast));
}
