//! The arguments of a handler rely on what its attribute asked, where a framework lets a check leave that with the request.

use requires_auth::testing::{Issuer, Token};
use requires_auth::{AccessToken, Authority, Caller, Verifier, requires_auth};
use requires_auth_reference::play::{CACHES, with_cache};

#[requires_auth(authority = "all")]
async fn whose(token: AccessToken) -> String {
    token.authority().unwrap_or_default().to_owned()
}

#[requires_auth]
async fn anyone() -> &'static str {
    "anyone"
}

/// In actix-web all arguments are made before the first of them is checked. Any authority will do for this one, and the
/// authority that the attribute names has decided.
#[actix_web::test]
async fn an_argument_of_actix_web_is_the_token_that_the_attribute_checked() {
    use actix_web::test::{TestRequest, call_and_read_body, init_service};
    use actix_web::{App, web};

    let issuer = Issuer::entra();
    for (_, bytes) in CACHES {
        let all = issuer.authority_of("organizations").allow_tenants([issuer.tenant_id()]).named("all");
        let verifier = Verifier::builder(all).and(issuer.authority().named("own"));
        let verifier = with_cache(verifier, bytes).build().unwrap();
        let app =
            App::new().app_data(verifier).route("/", web::post().to(whose)).route("/anyone", web::post().to(anyone));
        let app = init_service(app).await;
        let token = issuer.token().user("ada").scope("weather.read").bearer();
        let post = |path| TestRequest::post().uri(path).insert_header(("authorization", &*token)).set_payload("body");
        for _ in 0..2 {
            call_and_read_body(&app, post("/anyone").to_request()).await;
            assert_eq!(call_and_read_body(&app, post("/").to_request()).await, "all", "{bytes:?}");
        }
    }
}

/// Its customers are all who use GitHub Actions, so it wants to be asked who calls.
fn public_issuer(issuer: &Issuer) -> Verifier {
    Verifier::builder(Authority::static_keys(GITHUB, API, issuer.published_keys())).build().unwrap()
}

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const API: &str = "https://api.example.com";

fn is_ours(token: &AccessToken) -> bool {
    token.subject().is_some_and(|subject| subject.starts_with("repo:octo-org/"))
}

fn token(issuer: &Issuer, repository: &str) -> Token {
    let subject = format!("repo:{repository}:ref:refs/heads/main");
    issuer.token().issuer(GITHUB).audience(API).claim("sub", subject)
}

#[requires_auth(check = is_ours)]
async fn on_actix(_: AccessToken, _: Caller) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok().finish()
}

async fn open_on_actix(_: AccessToken) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok().finish()
}

#[actix_web::test]
async fn on_actix_web_they_rely_on_the_attribute() {
    use actix_web::{App, test, web};

    let issuer = Issuer::oidc();
    let app = App::new().app_data(public_issuer(&issuer));
    let app = app.route("/guarded", web::post().to(on_actix)).route("/open", web::post().to(open_on_actix));
    let app = test::init_service(app).await;
    for (path, repository, status) in
        [("/guarded", "octo-org/weather", 200), ("/guarded", "mallory/fork", 403), ("/open", "octo-org/weather", 403)]
    {
        for _ in 0..2 {
            let request = test::TestRequest::post().uri(path).set_payload("{}");
            let bearer = token(&issuer, repository).bearer();
            let request = request.insert_header(("authorization", bearer)).to_request();
            assert_eq!(test::call_service(&app, request).await.status().as_u16(), status, "{path} {repository}");
        }
    }
}

#[requires_auth(check = is_ours)]
#[poem::handler]
fn on_poem() {}

#[requires_auth(check = is_ours)]
#[poem::handler]
fn on_poem_with_an_argument(_: AccessToken) {}

#[tokio::test]
async fn on_poem_they_are_decided_by_themselves() {
    use poem::{Endpoint as _, EndpointExt as _, Route, get};

    let issuer = Issuer::oidc();
    let app = Route::new().at("/check", get(on_poem)).at("/argument", get(on_poem_with_an_argument));
    let app = app.data(public_issuer(&issuer));
    for (path, status) in [("/check", 200), ("/argument", 403)] {
        let bearer = token(&issuer, "octo-org/weather").bearer();
        let request = poem::Request::builder().uri_str(path).header("authorization", bearer).finish();
        assert_eq!(app.get_response(request).await.status().as_u16(), status, "{path}");
    }
}
