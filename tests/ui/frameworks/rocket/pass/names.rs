//! Everything that an expansion names has a namesake here, and warnings of ours would be errors.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, clippy::pedantic)]
#![deny(missing_debug_implementations, unused_qualifications)]
#![forbid(unsafe_code)]

mod core {}
mod requires_auth {}
mod rocket {}
mod std {}

// As if Cargo.toml said `my_auth = { package = "requires-auth" }`.
mod my_auth {
    pub(crate) use ::requires_auth::*;
}

mod strict {
    use crate::my_auth;
    use ::rocket::get;

    mod rocket {}

    #[my_auth::requires_auth(any(scope = "weather.read", not(guest)), crate = my_auth)]
    #[get("/weather")]
    pub(crate) fn weather() {}

    /// Seven arguments of its own are all that clippy allows.
    #[::requires_auth::requires_auth(scope = "weather.read")]
    #[get("/many/<one>/<two>/<three>/<four>/<five>/<six>/<seven>")]
    pub(crate) fn many(one: u8, two: u8, three: u8, four: u8, five: u8, six: u8, seven: u8) -> String {
        [one, two, three, four, five, six, seven].map(|number| number.to_string()).join(" ")
    }

    #[::requires_auth::requires_auth]
    #[get("/private")]
    fn private() {}

    pub(crate) fn routes() -> Vec<::rocket::Route> {
        ::rocket::routes![private]
    }
}

fn main() {
    let rocket = ::rocket::build().attach(my_auth::RequiresAuthFairing);
    let _ = rocket.mount("/", ::rocket::routes![strict::weather, strict::many]).mount("/", strict::routes());
}
