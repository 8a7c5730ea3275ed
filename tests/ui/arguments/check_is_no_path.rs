use requires_auth::requires_auth;

#[requires_auth(check = |token: &requires_auth::AccessToken| token.is_app_only())]
async fn closure() {}

#[requires_auth(check = office_hours())]
async fn call() {}

#[requires_auth(check = "office_hours")]
async fn string() {}

fn main() {}
