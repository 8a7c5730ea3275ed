//! The attribute of the `requires-auth` crate. Depend on that crate, which re-exports what is here; an expansion names
//! its hidden module, so the two fit at one version only.
//!
//! The files are the way of an attribute: `args` reads what is written, `item` what it is written on, `requirement`
//! finds out what it means, and `expand` writes it down as data. What a token must be like to meet that data is decided
//! at run time, in the other crate, in one place. No framework is known here.

mod args;
mod block;
mod claim;
mod company;
mod errors;
mod expand;
mod item;
mod paths;
mod requirement;
mod value;
mod words;

use proc_macro::TokenStream;

use crate::args::Args;
use crate::errors::Errors;
use crate::item::Item;
use crate::requirement::Guard;

/// Lets a handler run only for a verified access token that meets a requirement.
///
/// ```
/// use axum::routing::{get, post};
/// use axum::{Json, Router, extract::Path};
/// use requires_auth::{AccessToken, requires_auth};
///
/// /// A user who granted `weather.read`.
/// #[requires_auth(scope = "weather.read")]
/// async fn weather(Path(city): Path<String>) -> String {
///     format!("sunny in {city}")
/// }
///
/// /// A user who granted `weather.write`, or a daemon that was given `Weather.Write.All`.
/// #[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
/// async fn report(token: AccessToken, Json(report): Json<String>) -> String {
///     format!("{report}, says {:?}", token.subject())
/// }
///
/// let app: Router = Router::new().route("/weather/{city}", get(weather)).route("/reports", post(report));
/// assert!(app.has_routes());
/// ```
///
/// The token is verified and the requirement evaluated before any argument of the handler is extracted, so before the
/// body of the request is read. The arguments, the return type, the generics and the body stay as they are written, and
/// the function may be `async` or not.
///
/// # Predicates
///
/// The grammar is that of `cfg`. A comma means `all`. Without a predicate, any verified access token will do. Two kinds of
/// authority want more: Microsoft's want a scope or a role in the token, and a public issuer, such as GitHub Actions, wants a
/// requirement that asks for a permission, a group, a client or a `check` on every way to meet it.
///
/// | predicate | holds when | source |
/// |---|---|---|
/// | `scope = "weather.read"` | `scp` or `scope` has exactly this scope, and the token is not known to be app-only | [Entra ID][claims], [RFC 9068, 2.2.3][rfc9068] |
/// | `role = "Forecaster"` | `roles` has exactly this app role, whoever holds it | [Entra ID][roles] |
/// | `app_permission = "Weather.Read.All"` | the token is app-only and `roles` has exactly this app role | [Entra ID][roles] |
/// | `group = "0f8fad5b-.."` | `groups` has this group; too many groups to list (overage) is a refusal with a reason of its own | [Entra ID][groups] |
/// | `directory_role = "62e90394-.."` | `wids` has this template id of a directory role | [Entra ID][wids] |
/// | `client = "7c9e6679-.."` | `azp`, `appid` or, elsewhere, `client_id` is this client; it wants a `scope`, `role`, `app_permission` or `app_only` beside it | [Entra ID][claims] |
/// | `tenant = "72f988bf-.."` | `tid` is this tenant | [Entra ID][claims] |
/// | `auth_context = "c1"` | `acrs` has this authentication context; else the client is sent a claims challenge | [Entra ID][acrs] |
/// | `delegated`, `app_only` | the token was issued for a user, or for the client itself | [Entra ID][optional] |
/// | `guest` | the user is a guest in the tenant | [Entra ID][optional] |
/// | `check = path::to::function` | your own `fn(&AccessToken) -> bool` says so; asked once, and only where what stands before it in the same `all` holds | |
/// | `all(..)`, `any(..)` | every one holds, or at least one | |
/// | `not(..)` | its one predicate is known not to hold: `delegated`, `app_only`, `guest`, `client` or `tenant` | |
///
/// A predicate is met, not met, or unknown, when the token does not say. Unknown never lets a request in, and neither
/// does its `not`. The other predicates have no `not` at all: lacking a permission must never open a door.
///
/// Tokens of a plain OpenID provider state neither tenant nor kind of caller nor authentication context. There `scope`,
/// `role`, `group`, `client` and `check` can hold, and `app_permission`, `tenant`, `directory_role`, `auth_context`,
/// `delegated`, `app_only` and `guest` cannot. A `TokenProfile` names the claims that are read there; where it tells who
/// calls, `delegated`, `app_only` and `app_permission` can hold too, and an application's own scopes count.
///
/// ```
/// # use requires_auth::{AccessToken, requires_auth};
/// #[requires_auth(scope = "weather.read", not(guest))]
/// async fn forecast() {}
///
/// #[requires_auth(any(
///     all(role = "Forecaster", auth_context = "c1"),
///     all(app_only, client = "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
/// ))]
/// async fn publish() {}
///
/// fn is_named(token: &AccessToken) -> bool {
///     token.subject().is_some()
/// }
///
/// #[requires_auth(scope = "weather.read", check = is_named)]
/// async fn favourites() {}
/// # let _ = (forecast, publish, favourites);
/// ```
///
/// # Values
///
/// A value is a string literal or the path of a `&'static str` const. Both are checked when the program is compiled:
/// a scope against [RFC 6749, 3.3][rfc6749], an id against the lower-case form that Entra ID issues.
///
/// ```
/// # use requires_auth::requires_auth;
/// mod scopes {
///     pub const READ: &str = "weather.read";
/// }
///
/// #[requires_auth(scope = scopes::READ)]
/// async fn weather() {}
/// # let _ = weather;
/// ```
///
/// ```compile_fail
/// # use requires_auth::requires_auth;
/// #[requires_auth(scope = "weather.read weather.write")] // two scopes: `all(scope = "..", scope = "..")`
/// async fn weather() {}
/// ```
///
/// # Settings
///
/// | setting | meaning |
/// |---|---|
/// | `authority = "customers"` | only tokens of the authority that has this name, where the verifier knows several |
/// | `crate = my_auth` | the crate goes by another name here, or is re-exported by another one |
///
/// They stand beside the predicates, outside every list.
///
/// # Write it topmost
///
/// ```
/// # use requires_auth::requires_auth;
/// #[requires_auth(scope = "weather.read")]
/// #[axum::debug_handler]
/// async fn weather() {}
/// # let _ = weather;
/// ```
///
/// The attribute adds an argument, so it has to come before the attributes that read the arguments: `#[get]`,
/// `#[handler]`, `#[debug_handler]`, `#[instrument]`, `#[utoipa::path]`, `#[OpenApi]`, `#[async_trait]`. Below one of them it guards or does not compile;
/// it is never without effect.
///
/// # Methods
///
/// Handlers that are methods are guarded through their `impl` block. The attribute of the block is the default of every
/// function in it, so that none is open by oversight; a function with an attribute of its own asks for that instead, be it
/// more or less. What it does not set itself, `authority` and `crate`, is as the block sets it.
///
/// ```
/// # use axum::{Router, extract::Path, routing::{get, post}};
/// # use requires_auth::requires_auth;
/// struct Weather;
///
/// #[requires_auth(scope = "weather.read")]
/// impl Weather {
///     async fn read(Path(city): Path<String>) -> String {
///         format!("sunny in {city}")
///     }
///
///     #[requires_auth(scope = "weather.write")]
///     async fn report() {}
/// }
///
/// let app: Router = Router::new().route("/weather/{city}", get(Weather::read)).route("/reports", post(Weather::report));
/// # assert!(app.has_routes());
/// ```
///
/// | the block | what its functions gain | for |
/// |---|---|---|
/// | `impl Weather` | the hidden argument, behind `self` if there is one | poem-openapi's `#[OpenApi]`, salvo's `#[craft]`, associated functions |
/// | `impl Forecast for Weather` | a first statement, as the trait fixes the arguments | tonic's services, traits that take a `Request<..>` |
///
/// The first statement evaluates the requirement on what `RequiresAuthLayer::authenticate()` found in the head of the
/// request (round tonic's services with `.grpc()`), and refuses when that layer is missing. It ends in `?`, so the method returns a `Result` whose error is made of
/// an `AuthError`, as `tonic::Status` is. A function that cannot be guarded does not compile. Constructors and helpers
/// stand in a block without the attribute.
///
/// A default method of the trait is open where the block does not write it: the attribute sees the block and not the trait.
/// Write such a method into the block, even if it only does what the default does. Or close all methods at once, with
/// `RequiresAuthLayer::new(requirement!(..))` round the service instead of `authenticate()`.
///
/// # What it expands to
///
/// ```text
/// #[doc(hidden)]
/// struct __RequiresAuth_weather;
///
/// impl ::requires_auth::__private::Requires for __RequiresAuth_weather {
///     const REQUIREMENT: Requirement = scope("weather.read"); // data: it is evaluated elsewhere, for all handlers alike
/// }
///
/// async fn weather(__requires_auth: Authorized<__RequiresAuth_weather>, Path(city): Path<String>) -> String {
///     format!("sunny in {city}")
/// }
/// ```
///
/// The hidden first argument is proof: nothing but the check makes an `Authorized`. A guarded handler is therefore
/// called through its router, in tests too:
///
/// ```compile_fail,E0061
/// # use requires_auth::requires_auth;
/// #[requires_auth(scope = "weather.read")]
/// async fn weather() {}
///
/// # async fn test() {
/// weather().await; // argument #1 is missing
/// # }
/// ```
///
/// # When it does not compile
///
/// | the compiler says | the reason |
/// |---|---|
/// | E0061, argument #1 of type `Authorized<..>` is missing | the handler is called directly, or the attribute stands below one that reads the arguments: move it to the top |
/// | E0277, `..: Handler<..>` is not satisfied | as without the attribute: an argument is no extractor, or there are more than the framework takes, of which one is now hidden. `#[axum::debug_handler]` below this attribute tells which |
/// | E0080, evaluation panicked | the underlined const is ill-formed; the message says how |
/// | E0308 under a value | the const is no `&'static str`, or the function of `check` no `fn(&AccessToken) -> bool` |
/// | E0428, `__RequiresAuth_..` is defined multiple times | the handler is guarded twice, once under another name |
/// | E0433, cannot find `requires_auth` | the dependency was renamed: add `crate = ..` |
/// | struct is not supported in `trait`s or `impl`s | the attribute is written on an associated function alone: write it on the `impl` block too |
/// | E0277, no layer verifies a `..` before this method sees it | the trait's request is of another framework: guard free functions, or an `impl` block without a trait |
/// | E0277, `?` couldn't convert the error, or the method returns no `Result` | a method of a trait refuses by `?`: its error must be made of an `AuthError` |
///
/// [acrs]: https://learn.microsoft.com/entra/identity-platform/developer-guide-conditional-access-authentication-context
/// [claims]: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
/// [groups]: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim
/// [optional]: https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
/// [rfc6749]: https://www.rfc-editor.org/rfc/rfc6749#section-3.3
/// [rfc9068]: https://www.rfc-editor.org/rfc/rfc9068#section-2.2.3
/// [roles]: https://learn.microsoft.com/entra/identity-platform/howto-add-app-roles-in-apps
/// [wids]: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
#[proc_macro_attribute]
pub fn requires_auth(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args.into(), &item.into()).into()
}

/// A requirement as a value, in the grammar of [`macro@requires_auth`].
///
/// It is for places that have no handler to write an attribute on: a layer, a check inside a handler. It is checked when
/// the program is compiled, and may stand in a const. Of the settings it takes `crate`; an `authority` is chosen for a
/// request, not for a requirement.
///
/// ```
/// use requires_auth::{Requirement, requirement};
///
/// const READ: Requirement = requirement!(any(scope = "weather.read", app_permission = "Weather.Read.All"));
/// # let _ = READ;
/// ```
#[proc_macro]
pub fn requirement(predicates: TokenStream) -> TokenStream {
    function(predicates.into()).into()
}

fn attribute(args: proc_macro2::TokenStream, item: &proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let mut written = None;
    let read = Errors::collect(|errors| {
        let args = Args::parse(args, errors);
        let guard = Guard::of_handler(args, errors);
        Some(match Item::parse(item.clone(), errors)? {
            Item::Function(handler) => expand::handler(&handler, &guard?),
            Item::Block(mut block) => {
                written = Some(expand::written(&block));
                let own = block.take_own();
                let own = own.into_iter().map(|args| match (args, &guard) {
                    (Some(args), Some(guard)) => Guard::of_method(args, guard, errors),
                    (Some(args), None) => Guard::of_handler(args, errors),
                    (None, _) => None,
                });
                let own: Vec<_> = own.collect();
                expand::block(&block, &guard?, &own)
            }
        })
    });
    read.unwrap_or_else(|error| expand::refused_item(&error, written.as_ref().unwrap_or(item)))
}

fn function(predicates: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let read = Errors::collect(|errors| {
        let args = Args::parse(predicates, errors);
        Guard::of_expression(args, errors)
    });
    match read {
        Ok(guard) => expand::expression(&guard),
        Err(error) => expand::refused_expression(&error),
    }
}
