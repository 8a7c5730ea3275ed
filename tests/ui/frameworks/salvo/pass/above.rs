//! Above salvo's own attributes, in every form of a handler. Warnings of ours would be errors here.
#![deny(warnings, missing_docs, unreachable_pub, private_interfaces, private_bounds, dead_code, unused_qualifications)]
#![deny(clippy::pedantic)]
#![allow(clippy::unused_async)]

use std::sync::Arc;

use requires_auth::{AccessToken, AuthError, Caller, requires_auth, validate_scope};
use salvo::extract::{JsonBody, PathParam};
use salvo::prelude::*;

#[requires_auth]
#[handler]
fn bare() {}

/// Everything that a handler may take.
#[requires_auth(scope = "weather.read", not(guest))]
#[handler]
async fn everything(
    _request: &mut Request,
    city: PathParam<String>,
    _depot: &mut Depot,
    token: AccessToken,
    _response: &mut Response,
    caller: Caller,
    _control: &mut FlowCtrl,
    _connection: &mut ConnCtrl,
    mut report: JsonBody<String>,
) -> Result<(StatusCode, Json<String>), StatusError> {
    report.push_str(&city);
    let known = caller.token().is_some_and(|caller| caller.subject() == token.subject());
    if known { Ok((StatusCode::CREATED, Json(report.into_inner()))) } else { Err(StatusError::bad_request()) }
}

#[requires_auth(role = "Forecaster")]
#[handler]
async fn lent<'a>(request: &'a mut Request, depot: &'a Depot) -> Result<String, AuthError>
where
    'a: 'a,
{
    let token = validate_scope("weather.read", &(&*request, depot)).await?;
    Ok(token.subject().unwrap_or_default().to_owned())
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn opaque() -> impl Writer + use<> {
    "sunny"
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn r#type(r#in: PathParam<u32>) -> String {
    r#in.to_string()
}

#[requires_auth(scope = "weather.read")]
#[cfg(debug_assertions)]
#[handler]
async fn twin() {}

#[cfg(not(debug_assertions))]
#[requires_auth(scope = "weather.write")]
#[handler]
async fn twin() {}

#[requires_auth(scope = "weather.read")]
#[handler]
#[tracing::instrument]
async fn instrumented_inside() {}

#[requires_auth(scope = "weather.read")]
#[tracing::instrument]
#[handler]
async fn instrumented_outside() {}

#[requires_auth(scope = "weather.read")]
#[utoipa::path(get, path = "/weather/{city}", params(("city" = String, Path)), responses((status = 200)))]
#[handler]
async fn described(city: PathParam<String>) -> String {
    city.into_inner()
}

mod my_auth {
    pub(crate) use ::requires_auth::*;
}

mod of_another_name {
    use salvo::{Writer as _, handler};

    use crate::my_auth;

    // Names that an expansion must not stumble over.
    mod requires_auth {}
    mod salvo_core {}

    #[my_auth::requires_auth(any(guest, scope = "weather.read"), crate = my_auth)]
    #[handler]
    pub(crate) async fn renamed() {}
}

macro_rules! handlers {
    ($($name:ident: $scope:literal;)+) => { $(
        #[requires_auth(scope = $scope)]
        #[handler]
        async fn $name(token: AccessToken) -> String {
            token.subject().unwrap_or_default().to_owned()
        }
    )+ };
}

handlers! {
    from_a_macro: "weather.read";
    and_another: "weather.write";
}

/// A handler that owns something.
#[derive(Debug)]
pub struct Station<T>(T);

#[requires_auth(scope = "weather.read")]
#[handler]
impl<T> Station<T>
where
    T: ToString + Send + Sync + 'static,
{
    async fn handle(&self, token: AccessToken) -> String {
        self.0.to_string() + token.subject().unwrap_or_default()
    }
}

/// Handlers that share something.
#[derive(Clone, Debug)]
pub struct Service {
    city: String,
}

#[requires_auth(scope = "weather.read")]
#[craft]
impl Service {
    /// Guarded as the block says.
    #[craft(handler)]
    fn read(&self, city: PathParam<String>) -> String {
        self.city.clone() + &city
    }

    /// Guarded as it says itself.
    #[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
    #[craft(handler)]
    pub(crate) async fn report(self: Arc<Self>, token: AccessToken, report: JsonBody<String>) -> Json<String> {
        Json(token.subject().unwrap_or(&self.city).to_owned() + &report)
    }

    /// Without `self`.
    #[requires_auth(role = "Forecaster")]
    #[craft(handler)]
    pub fn forecast(request: &mut Request) -> String {
        request.uri().to_string()
    }
}

fn main() {
    #[requires_auth(scope = "weather.read")]
    #[handler]
    async fn local() {}

    let service = Service { city: "Utrecht".to_owned() };
    let _ = Router::new()
        .hoop(bare)
        .get(local)
        .post(everything.hoop(instrumented_inside))
        .push(Router::with_path("lent").get(lent).put(opaque).post(r#type).delete(twin))
        .push(Router::with_path("seen").get(instrumented_outside).put(described).post(of_another_name::renamed))
        .push(Router::with_path("made").get(from_a_macro).put(and_another).post(Station(7)))
        .push(
            Router::with_path("service").get(service.read()).post(Arc::new(service).report()).put(Service::forecast()),
        );
}
