//! The tower layer round services that have no attribute: a whole gRPC server, a plain service of hyper.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of tests, too, say what they expect by failing at once"
)]

mod clients;
mod forward_auth;
mod logs;
mod refusals;
mod reservations;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use crate::grpc::services::{Open, OpenServer};
use crate::grpc::{self, Text};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use requires_auth::testing::{Issuer, Token};
use requires_auth::{AccessToken, RequiresAuthLayer, Verifier, requirement};
use requires_auth_tests::client::{Answer, Connection, Request, Wire as _};
use requires_auth_tests::wait::within;
use requires_auth_tests::{expect, routes};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tower::{Layer as _, service_fn};

async fn ready(issuer: &Issuer) -> Verifier {
    let verifier = issuer.verifier();
    within("the first keys", verifier.ready()).await;
    verifier
}

fn requestable(issuer: &Issuer, scope: &str) -> String {
    format!("api://{}/{scope}", issuer.client_id())
}

fn reader(issuer: &Issuer) -> Token {
    issuer.token().user("ada").scope("weather.read")
}

/// A service that answers who called, and how long the body was.
async fn forecast(request: http::Request<Incoming>) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let caller = request.extensions().get::<AccessToken>().map_or_else(|| "nobody".to_owned(), routes::subject);
    let length = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
    Ok(http::Response::new(format!("{caller}: {length}").into()))
}

/// Serves it with hyper alone, behind `layer`.
async fn serve(layer: RequiresAuthLayer) -> SocketAddr {
    let service = TowerToHyperService::new(layer.layer(service_fn(forecast)));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let server = hyper::server::conn::http1::Builder::new();
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service.clone()));
        }
    });
    address
}

async fn ask(address: SocketAddr, request: Request) -> Answer {
    Connection::open(address).await.exchange(&request).await
}

#[tokio::test]
async fn guards_a_plain_service() {
    let issuer = Issuer::entra();
    let layer = RequiresAuthLayer::new(requirement!(scope = "weather.read")).verifier(ready(&issuer).await);
    let address = serve(layer).await;
    let scope = requestable(&issuer, "weather.read");
    let granted = format!("{}: 2", issuer.object_id("ada"));
    let post = || Request::post("/anything");

    expect::granted(&ask(address, post().bearer(&reader(&issuer)).json("{}")).await, &granted);
    for request in
        [post(), post().endless_body("{\"city\":\""), post().endless_chunks("{\"city\":\""), Request::get("/else")]
    {
        expect::missing_token(&ask(address, request).await, &issuer, Some(&scope));
    }
    let stale = post().bearer(&reader(&issuer).expired()).endless_body("{\"city\":\"");
    expect::invalid_token(&ask(address, stale).await, &issuer, "expired");
    let writer = post().bearer(&issuer.token().user("ada").scope("weather.write")).endless_body("{\"city\":\"");
    expect::insufficient_scope(&ask(address, writer).await, &issuer, &scope);
    let twice = post().bearer(&reader(&issuer)).bearer(&reader(&issuer));
    expect::malformed_request(&ask(address, twice).await, &issuer);
}

/// It leaves every permission to what stands behind it, but no token to chance.
#[tokio::test]
async fn authenticates_without_asking_for_a_permission() {
    let issuer = Issuer::entra();
    let address = serve(RequiresAuthLayer::authenticate().verifier(ready(&issuer).await)).await;
    let get = || Request::get("/");
    for token in [reader(&issuer), issuer.token().user("ada")] {
        expect::granted(&ask(address, get().bearer(&token)).await, &format!("{}: 0", issuer.object_id("ada")));
    }
    assert_eq!(ask(address, get().bearer(&issuer.token().app("daemon"))).await.status, 200);
    expect::missing_token(&ask(address, get()).await, &issuer, None);
    expect::invalid_token(&ask(address, get().bearer(&reader(&issuer).expired())).await, &issuer, "expired");
}

#[tokio::test]
async fn takes_one_authority_of_two() {
    let (staff, customers) = (Issuer::entra(), Issuer::oidc());
    let (first, second) = (staff.authority().named("staff"), customers.authority().named("customers"));
    let both = Verifier::builder(first).and(second).build().unwrap();
    within("the first keys", both.ready()).await;
    let layer = RequiresAuthLayer::new(requirement!(scope = "weather.read")).authority("customers").verifier(both);
    let address = serve(layer).await;
    assert_eq!(ask(address, Request::get("/").bearer(&reader(&customers))).await.status, 200);
    let of_staff = ask(address, Request::get("/").bearer(&reader(&staff))).await;
    expect::invalid_token(&of_staff, &customers, "issuer");
    expect::missing_token(&ask(address, Request::get("/")).await, &customers, Some("weather.read"));
}

#[tokio::test]
async fn says_nothing_when_it_is_not_set_up() {
    let address = serve(RequiresAuthLayer::new(requirement!(scope = "weather.read"))).await;
    let token = reader(&Issuer::entra());
    for request in [Request::get("/"), Request::get("/").bearer(&token)] {
        expect::not_configured(&ask(address, request).await);
    }
}

struct Service;

#[tonic::async_trait]
impl Open for Service {
    async fn open(&self, request: tonic::Request<Text>) -> Result<tonic::Response<Text>, tonic::Status> {
        let caller = request.extensions().get::<AccessToken>().map_or_else(|| "nobody".to_owned(), routes::subject);
        Ok(tonic::Response::new(Text { text: caller }))
    }
}

/// Serves the methods of tonic behind `layer`.
async fn serve_grpc(layer: RequiresAuthLayer) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder().layer(layer).add_service(OpenServer::new(Service));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

/// Whatever the server has is behind it, also what it does not have; and the requirement is asked before the message.
#[tokio::test]
async fn guards_a_whole_grpc_server() {
    let issuer = Issuer::entra();
    let layer = RequiresAuthLayer::new(requirement!(scope = "weather.read")).grpc().verifier(ready(&issuer).await);
    let address = serve_grpc(layer).await;
    let scope = requestable(&issuer, "weather.read");
    let ask = async |request: &Request| grpc::Connection::open(address).await.exchange(request).await;

    expect::granted(&ask(&Request::get("/open").bearer(&reader(&issuer))).await, &issuer.object_id("ada"));
    for target in ["/open", "/nothing"] {
        expect::missing_token(&ask(&Request::get(target)).await, &issuer, Some(&scope));
    }
    assert_eq!(ask(&Request::get("/nothing").bearer(&reader(&issuer))).await.status, 501);
    let writer = issuer.token().user("ada").scope("weather.write");
    let endless = Request::post("/open").bearer(&writer).endless_body("{\"city\":\"");
    expect::insufficient_scope(&ask(&endless).await, &issuer, &scope);
}
