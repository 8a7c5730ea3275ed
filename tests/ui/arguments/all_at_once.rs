use requires_auth::requires_auth;

#[requires_auth(
    scopes = "weather.read",
    role = 7,
    any(guest = true, not(scope = "weather.write")),
    tenant = "contoso.com",
    all(),
)]
#[requires_auth]
async fn weather() {}

fn main() {
    // The item is there all the same, as written, so that nothing else is reported.
    let _handler = weather;
}
