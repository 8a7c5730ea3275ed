use requires_auth::requires_auth;

fn office_hours() -> bool {
    true
}

#[requires_auth(check = office_hours)]
async fn weather() {}

fn main() {}
