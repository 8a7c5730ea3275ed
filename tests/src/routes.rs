//! The routes that every driver mounts, and what their handlers answer.
//!
//! | route | guard | answer |
//! |---|---|---|
//! | `GET /open` | none | `open` |
//! | `GET /bare` | `#[requires_auth]` | `bare` |
//! | `GET /read` | `scope = "weather.read"` | `read` |
//! | `GET /both` | `scope = "weather.read", scope = "weather.write"` | `both` |
//! | `POST /report` | `any(scope = "weather.write", app_permission = "Weather.Write.All")` | the [`Report`] of the body |
//! | `GET /cities/{id}?days=` | `scope = "weather.read"`, a number each | [`forecast`] |
//! | `GET /role` | `role = "Forecaster"` | `role` |
//! | `GET /group` | `group = "0f8fad5b-d9cb-469f-a165-70867728950e"` | `group` |
//! | `GET /delegated` | `delegated` | `delegated` |
//! | `GET /guests` | `not(guest)` | `guests` |
//! | `GET /check` | `check = routes::is_ada` | `check` |
//! | `GET /context` | `auth_context = "c1"` | `context` |
//! | `GET /token` | an argument `AccessToken`, no attribute | [`subject`] |
//! | `GET /caller` | an argument `Caller`, no attribute | [`caller`] |
//! | `GET /optional` | an argument `Option<AccessToken>`, no attribute | [`optional`] |
//! | `GET /stream` | `scope = "weather.read"` | server-sent events: [`EVENT`], then none for ever |
//! | `GET /ws` | `scope = "weather.read"` | a WebSocket that sends text back |

use requires_auth::{AccessToken, Caller};
use serde::{Deserialize, Serialize};

/// The data of the one event of `/stream`.
pub const EVENT: &str = "sunny";

/// The group of `/group`.
pub const GROUP: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// The body of `/report`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Where.
    pub city: String,
    /// How warm.
    pub degrees: i32,
}

/// The query of `/cities/{id}`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Period {
    /// How long.
    pub days: u8,
}

/// The answer of `/cities/{id}`.
#[must_use]
pub fn forecast(id: u32, period: Period) -> String {
    format!("city {id} for {} days", period.days)
}

/// The answer of `/token`.
#[must_use]
pub fn subject(token: &AccessToken) -> String {
    token.object_id().or(token.subject()).unwrap_or("nobody").to_owned()
}

/// The answer of `/caller`.
#[must_use]
pub fn caller(caller: &Caller) -> String {
    caller.token().map_or_else(|| "anonymous".to_owned(), subject)
}

/// The answer of `/optional`.
#[must_use]
pub fn optional(token: Option<&AccessToken>) -> String {
    token.map_or_else(|| "none".to_owned(), subject)
}

/// The check of `/check`: a rule that the grammar does not have.
#[must_use]
pub fn is_ada(token: &AccessToken) -> bool {
    token.claims::<serde_json::Value>().is_ok_and(|claims| claims["nickname"] == "ada")
}
