use requires_auth::requires_auth;
use rocket::{catch, catchers};

#[requires_auth(scope = "weather.read")]
#[catch(404)]
async fn nothing_here() {}

fn main() {
    let _ = rocket::build().register("/", catchers![nothing_here]);
}
