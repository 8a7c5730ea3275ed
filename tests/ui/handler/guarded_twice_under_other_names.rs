use requires_auth::requires_auth as guard;

#[guard(scope = "weather.read")]
#[guard(role = "Forecaster")]
async fn twice() {}

fn main() {}
