//! The forms of a handler of poem, above its own attribute.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, clippy::pedantic)]
#![allow(clippy::unused_async)]

use poem::web::{Data, Json, Path, Query};
use poem::{EndpointExt, FromRequest, IntoResponse, Request, Route, get, handler, post};
use requires_auth::{AccessToken, AuthError, Caller, requires_auth, validate_scope};

mod core {}
mod http {}
mod __private {}

/// Where reports are kept.
pub trait Store: Clone + Send + Sync + 'static {
    /// All of them.
    fn read(&self) -> String;
}

#[derive(Clone)]
struct Memory;

impl Store for Memory {
    fn read(&self) -> String {
        "sunny".to_owned()
    }
}

/// Guarded, and its requirement as visible as itself.
#[requires_auth(scope = "weather.read")]
#[handler]
// poem moves the function into another one, with and without a guard.
#[allow(unreachable_pub)]
pub async fn visible(Path(city): Path<String>, Query(days): Query<Vec<(String, u8)>>) -> String {
    city.repeat(days.len())
}

#[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
#[handler]
pub(crate) async fn report(token: AccessToken, caller: Caller, Json(text): Json<String>) -> Json<String> {
    let _ = (token, caller);
    Json(text)
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn generic<S: Store, T>(Data(store): Data<&S>, Path(place): Path<T>) -> impl IntoResponse
where
    T: for<'a> FromRequest<'a> + AsRef<str> + serde::de::DeserializeOwned + Send + Sync,
{
    store.read() + place.as_ref()
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn borrowed(request: &Request, Data(memory): Data<&Memory>) -> poem::Result<String> {
    let token = validate_scope("weather.read", request).await?;
    Ok(memory.read() + token.token_id().unwrap_or_default())
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn refused(request: &Request) -> Result<String, AuthError> {
    let token = validate_scope("weather.write", request).await?;
    Ok(token.token_id().unwrap_or_default().to_owned())
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn optional(sent: Option<AccessToken>, tried: poem::Result<AccessToken>) -> poem::Result<&'static str> {
    let _ = (sent, tried?);
    Ok("sunny")
}

#[requires_auth(scope = "weather.read")]
#[handler]
fn not_async(r#in: Path<String>) -> String {
    r#in.0
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn r#async(_: &Request, _: &Request, _: &Request, _: &Request, _: &Request, _: &Request, _: &Request) {}

#[cfg(debug_assertions)]
#[requires_auth(scope = "weather.read")]
#[handler]
async fn twin() {}

#[requires_auth(scope = "weather.write")]
#[cfg(not(debug_assertions))]
#[handler]
async fn twin() {}

#[requires_auth(scope = "weather.read")]
#[handler]
#[tracing::instrument]
async fn instrumented(days: Path<u8>) -> String {
    days.to_string()
}

#[requires_auth(scope = "weather.read")]
#[tracing::instrument(ret)]
#[utoipa::path(get, path = "/described", responses((status = 200, body = String)))]
#[handler]
async fn described() -> &'static str {
    "sunny"
}

mod renamed {
    mod requires_auth {}

    mod my_auth {
        pub(super) use ::requires_auth::*;
    }

    #[my_auth::requires_auth(not(guest), authority = "staff", crate = my_auth)]
    #[poem::handler]
    pub(crate) async fn guests() {}
}

fn local() -> Route {
    const READ: &str = "weather.read";

    #[requires_auth(scope = READ)]
    #[handler]
    async fn visible() {}
    Route::new().at("/", get(visible))
}

fn main() {
    let _ = Route::new()
        .at("/visible", get(visible))
        .at("/report", post(report))
        .at("/generic/:place", get(generic::<Memory, String>::default()))
        .at("/borrowed", get(borrowed))
        .at("/refused", get(refused))
        .at("/optional", get(optional))
        .at("/not_async", get(not_async))
        .at("/async", get(r#async))
        .at("/twin", get(twin))
        .at("/instrumented", get(instrumented))
        .at("/described", get(described))
        .at("/guests", get(renamed::guests))
        .nest("/local", local())
        .data(Memory);
}
