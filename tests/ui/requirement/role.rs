use requires_auth::requires_auth;

#[requires_auth(role = "")]
async fn empty() {}

#[requires_auth(role = "Forecaster ")]
async fn padded() {}

#[requires_auth(app_permission = "Weather.Read.All\n")]
async fn control() {}

fn main() {}
