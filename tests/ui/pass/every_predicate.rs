use axum::Router;
use axum::routing::get;
use requires_auth::{AccessToken, Requirement, requirement, requires_auth};

fn office_hours(token: &AccessToken) -> bool {
    token.is_app_only()
}

#[requires_auth]
async fn any_token() {}

#[requires_auth()]
async fn nothing_written() {}

#[requires_auth(
    scope = "weather.read",
    role = "Forecaster",
    app_permission = "Weather.Read.All",
    group = "0f8fad5b-d9cb-469f-a165-70867728950e",
    directory_role = "62e90394-69f5-4237-9190-012177145e10",
    client = "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47",
    auth_context = "c1",
    delegated,
    app_only,
    guest,
    check = office_hours,
    not(guest),
    any(scope = "weather.read", all(role = "Forecaster", not(app_only))),
    authority = "customers",
)]
async fn everything() {}

fn main() {
    let _: Router = Router::new()
        .route("/any_token", get(any_token))
        .route("/nothing_written", get(nothing_written))
        .route("/everything", get(everything));
    const READ: Requirement = requirement!(any(scope = "weather.read", app_permission = "Weather.Read.All"));
    let _ = [READ, requirement!(), requirement!(check = office_hours, crate = requires_auth)];
}
