//! The driver of tonic. The layer goes round the guarded service, and the attribute stands on the block of its methods.
//!
//! gRPC has no arguments: a method finds its token in the request's extensions, where the layer left it. A method that
//! welcomes anonymous callers is in a service of its own, behind a middleware written by hand.

use std::net::{Ipv4Addr, SocketAddr};

use crate::grpc::services::{Api, ApiServer, Callers, CallersServer, Open, OpenServer};
use crate::grpc::{self, Connection, Report, Text};
use axum::extract::State;
use axum::middleware::{self, Next};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use requires_auth::{AccessToken, Caller, RequiresAuthLayer, Verifier, requires_auth};
use requires_auth_tests::client::Wire;
use requires_auth_tests::routes;
use requires_auth_tests::server::Server;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::codegen::BoxStream;
use tonic::service::{AxumBody, LayerExt as _, Routes};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

struct Service;

#[requires_auth(scope = "weather.read")]
#[tonic::async_trait]
impl Api for Service {
    #[requires_auth]
    async fn bare(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("bare"))
    }

    async fn read(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("read"))
    }

    #[requires_auth(scope = "weather.read", scope = "weather.write")]
    async fn both(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("both"))
    }

    #[requires_auth(any(scope = "weather.write", app_permission = "Weather.Write.All"))]
    async fn report(&self, request: Request<Report>) -> Result<Response<Report>, Status> {
        Ok(Response::new(request.into_inner()))
    }

    #[requires_auth(role = "Forecaster")]
    async fn role(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("role"))
    }

    #[requires_auth(group = "0f8fad5b-d9cb-469f-a165-70867728950e")]
    async fn group(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("group"))
    }

    #[requires_auth(delegated)]
    async fn delegated(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("delegated"))
    }

    #[requires_auth(not(guest))]
    async fn guests(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("guests"))
    }

    #[requires_auth(check = routes::is_ada)]
    async fn check(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("check"))
    }

    #[requires_auth(auth_context = "c1")]
    async fn context(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("context"))
    }

    #[requires_auth]
    async fn token(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        let token: &AccessToken = request.extensions().get().ok_or_else(|| Status::internal("no token"))?;
        Ok(say(&routes::subject(token)))
    }

    async fn stream(&self, _: Request<Text>) -> Result<Response<BoxStream<Text>>, Status> {
        let event = stream::once(async { Ok(Text::from(routes::EVENT)) });
        Ok(Response::new(event.chain(stream::pending()).boxed()))
    }

    async fn upload(&self, request: Request<Streaming<Text>>) -> Result<Response<Text>, Status> {
        let messages: Vec<Text> = request.into_inner().try_collect().await?;
        Ok(say(&messages.len().to_string()))
    }

    #[requires_auth(scope = "weather.read", authority = "customers")]
    async fn customers(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("customers"))
    }
}

#[tonic::async_trait]
impl Callers for Service {
    async fn caller(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        let caller: &Caller = request.extensions().get().ok_or_else(|| Status::internal("no caller"))?;
        Ok(say(&routes::caller(caller)))
    }

    async fn optional(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say(&routes::optional(request.extensions().get::<Caller>().and_then(Caller::token))))
    }
}

#[tonic::async_trait]
impl Open for Service {
    async fn open(&self, _: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(say("open"))
    }
}

fn say(text: &str) -> Response<Text> {
    Response::new(text.into())
}

/// Refuses a token that is wrong, before a message is read.
async fn welcome(
    State(verifier): State<Option<Verifier>>,
    mut call: http::Request<AxumBody>,
    next: Next,
) -> http::Response<AxumBody> {
    if let Some(verifier) = verifier {
        call.extensions_mut().insert(verifier);
    }
    let caller = Caller::of_request(&call);
    match caller.await {
        Ok(caller) => {
            call.extensions_mut().insert(caller);
            next.run(call).await
        }
        Err(refusal) => Status::from(refusal).into_http(),
    }
}

fn services(verifier: Option<Verifier>) -> Routes {
    let guard = match &verifier {
        Some(verifier) => RequiresAuthLayer::authenticate().grpc().verifier(verifier.clone()),
        None => RequiresAuthLayer::authenticate().grpc(),
    };
    let callers = Routes::new(CallersServer::new(Service)).into_axum_router();
    let callers = callers.route_layer(middleware::from_fn_with_state(verifier, welcome));
    Routes::from(callers).add_service(guard.named_layer(ApiServer::new(Service))).add_service(OpenServer::new(Service))
}

/// A tonic server on a task of the test's runtime.
struct Tonic {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server for Tonic {
    const NAME: &'static str = "tonic";
    const AUTHORIZES_BEFORE_THE_BODY: bool = false;
    const CHALLENGES_WITH_THE_SCOPE: bool = false;
    const OPTION_REFUSES_WRONG_TOKENS: bool = true;

    async fn start(verifier: Option<Verifier>) -> Self {
        Self::serve(services(verifier))
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    async fn connect(address: SocketAddr) -> impl Wire {
        Connection::open(address).await
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

impl Tonic {
    fn serve(services: Routes) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        // A thousand clients at once overrun the 128 places that are usual.
        let listener = socket.listen(1024).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            let mut server = tonic::transport::Server::builder().http2_max_header_list_size(grpc::LONGEST_HEAD);
            let router = server.add_routes(services);
            router.serve_with_incoming_shutdown(TcpIncoming::from(listener), stopped).await.unwrap();
        });
        Self { address, stop, serving }
    }
}

requires_auth_tests::mount!(Tonic, gRPC);

/// What the contract cannot ask, since gRPC alone has it.
mod grpc_alone {
    use futures_util::future::join_all;
    use hyper::body::Frame;
    use prost::Message as _;
    use requires_auth::testing::{Issuer, Token};
    use requires_auth_tests::client::{Answer, Request};
    use requires_auth_tests::expect;
    use requires_auth_tests::wait::within;
    use tonic::Code;
    use tonic::codegen::http::{HeaderMap, uri::PathAndQuery};
    use tonic::transport::{Channel, Endpoint};
    use tonic_prost::ProstCodec;

    use super::*;

    async fn start() -> (Issuer, Tonic) {
        let issuer = Issuer::entra();
        let verifier = issuer.verifier();
        within("the first keys", verifier.ready()).await;
        (issuer, Tonic::start(Some(verifier)).await)
    }

    fn reader(issuer: &Issuer) -> Token {
        issuer.token().user("ada").scope("weather.read")
    }

    fn requestable(issuer: &Issuer, scope: &str) -> String {
        format!("api://{}/{scope}", issuer.client_id())
    }

    async fn send(server: &Tonic, request: &Request, body: grpc::Body) -> Answer {
        let mut connection = Connection::open(server.address()).await;
        connection.call(grpc::call(request).map(|_| body)).await;
        connection.answer().await
    }

    async fn client(server: &Tonic) -> tonic::client::Grpc<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", server.address())).unwrap();
        let mut client = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
        client.ready().await.unwrap();
        client
    }

    fn from_client(token: Option<&Token>) -> tonic::Request<Text> {
        let mut request = tonic::Request::new(Text::default());
        if let Some(token) = token {
            request.metadata_mut().insert("authorization", token.bearer().parse().unwrap());
        }
        request
    }

    /// tonic merges the trailers of a unary call into its metadata before the method runs.
    #[tokio::test]
    async fn an_authorization_trailer_counts_for_nothing() {
        let (issuer, server) = start().await;
        let mightier = issuer.token().user("ada").scope("weather.read weather.write");
        let body = || {
            let trailers =
                HeaderMap::from_iter([("authorization".parse().unwrap(), mightier.bearer().parse().unwrap())]);
            grpc::body([grpc::message(&[]), Frame::trailers(trailers)])
        };
        expect::missing_token(&send(&server, &Request::get("/both"), body()).await, &issuer, None);
        let answer = send(&server, &Request::get("/both").bearer(&reader(&issuer)), body()).await;
        let scopes = ["weather.read", "weather.write"].map(|scope| requestable(&issuer, scope)).join(" ");
        expect::insufficient_scope(&answer, &issuer, &scopes);
        expect::granted(&send(&server, &Request::get("/both").bearer(&mightier), body()).await, "both");
        // Nor does it change who calls.
        let bob = Request::get("/token").bearer(&issuer.token().user("bob").scope("weather.read"));
        expect::granted(&send(&server, &bob, body()).await, &issuer.object_id("bob"));

        let unguarded = Tonic::serve(Routes::new(ApiServer::new(Service)));
        expect::not_configured(&send(&unguarded, &Request::get("/both"), body()).await);
    }

    /// Whoever forgot the layer finds out, and clients learn nothing.
    #[tokio::test]
    async fn a_service_without_the_layer_answers_internal() {
        let server = Tonic::serve(Routes::new(ApiServer::new(Service)).add_service(OpenServer::new(Service)));
        let token = reader(&Issuer::entra());
        for target in ["/bare", "/read", "/token"] {
            expect::not_configured(&server.exchange(&Request::get(target)).await);
            expect::not_configured(&server.exchange(&Request::get(target).bearer(&token)).await);
        }
        expect::granted(&server.exchange(&Request::get("/open")).await, "open");
    }

    /// Of a stream no message is read before the method says what it needs.
    #[tokio::test]
    async fn refuses_before_a_stream_that_never_ends() {
        let (issuer, server) = start().await;
        let upload = Request::post("/upload");
        expect::missing_token(&send(&server, &upload, grpc::endless()).await, &issuer, None);
        let stale = upload.clone().bearer(&reader(&issuer).expired());
        expect::invalid_token(&send(&server, &stale, grpc::endless()).await, &issuer, "expired");
        let writer = upload.clone().bearer(&issuer.token().user("ada").scope("weather.write"));
        let answer = send(&server, &writer, grpc::endless()).await;
        expect::insufficient_scope(&answer, &issuer, &requestable(&issuer, "weather.read"));

        let two = grpc::body([grpc::message(&Text::from("fog").encode_to_vec()), grpc::message(&[])]);
        expect::granted(&send(&server, &upload.bearer(&reader(&issuer)), two).await, "2");
    }

    #[tokio::test]
    async fn guards_a_stream_of_messages() {
        let (issuer, server) = start().await;
        expect::missing_token(&server.exchange(&Request::get("/stream")).await, &issuer, None);
        let writer = issuer.token().user("ada").scope("weather.write");
        let answer = server.exchange(&Request::get("/stream").bearer(&writer)).await;
        expect::insufficient_scope(&answer, &issuer, &requestable(&issuer, "weather.read"));

        let path = PathAndQuery::from_static("/contract.Api/Stream");
        let codec = ProstCodec::<Text, Text>::default();
        let mut client = client(&server).await;
        let answer = client.server_streaming(from_client(Some(&reader(&issuer))), path, codec).await;
        let first = within("a message", answer.unwrap().into_inner().message()).await;
        assert_eq!(first.unwrap().unwrap().text, routes::EVENT);
    }

    /// What the layer refuses and what a method refuses look the same to a client.
    #[tokio::test]
    async fn a_refusal_reaches_a_client_as_its_status() {
        let (issuer, server) = start().await;
        let writer = issuer.token().user("ada").scope("weather.write");
        let realm = format!("Bearer realm=\"{}\"", issuer.audience());
        let scope = requestable(&issuer, "weather.read");
        let table = [
            (None, Code::Unauthenticated, "missing_token", "Send an access token", realm.clone()),
            (
                Some(&writer),
                Code::PermissionDenied,
                "insufficient_scope",
                "The token lacks a scope",
                format!("{realm}, scope=\"{scope}\", error=\"insufficient_scope\""),
            ),
        ];
        for (token, code, reason, message, challenge) in table {
            let path = PathAndQuery::from_static("/contract.Api/Read");
            let codec = ProstCodec::<Text, Text>::default();
            let status = client(&server).await.unary(from_client(token), path, codec).await.unwrap_err();
            let metadata = |name| status.metadata().get(name).unwrap().to_str().unwrap();
            assert_eq!((status.code(), metadata("auth-error-reason")), (code, reason));
            assert!(status.message().starts_with(message), "{status:?}");
            assert!(metadata("www-authenticate").starts_with(&challenge), "{status:?}");
            assert!(status.details().is_empty());
        }
    }

    /// The layer goes round one service, so what stands beside it is as open as before, whatever is sent.
    #[tokio::test]
    async fn a_service_beside_the_guarded_one_stays_open() {
        let (issuer, server) = start().await;
        let (good, bad) = (reader(&issuer), reader(&issuer).expired());
        for request in [Request::get("/open"), Request::get("/open").bearer(&good), Request::get("/open").bearer(&bad)]
        {
            expect::granted(&server.exchange(&request).await, "open");
        }
    }

    /// A service that is not served is no secret. The methods of a guarded one are, until there is a token.
    #[tokio::test]
    async fn unknown_methods_are_unimplemented() {
        let (issuer, server) = start().await;
        let path = |path: &str| {
            let mut call = grpc::call(&Request::get("/read"));
            *call.uri_mut() = format!("http://api.example.com{path}").parse().unwrap();
            call
        };
        let mut connection = Connection::open(server.address()).await;
        for unknown in ["/contract.Nothing/Read", "/contract.Open/Read", "/contract.Callers/Read", "/", "/contract.Api"]
        {
            connection.call(path(unknown)).await;
            let answer = connection.answer().await;
            assert_eq!((answer.status, answer.challenge()), (501, None), "{unknown}");
        }
        expect::missing_token(&server.exchange(&Request::get("/reads")).await, &issuer, None);
        let answer = server.exchange(&Request::get("/reads").bearer(&reader(&issuer))).await;
        assert_eq!((answer.status, answer.gives_a_reason()), (501, false));
    }

    /// Many calls at once on one connection, each decided for itself.
    #[tokio::test]
    async fn decides_concurrent_calls_one_by_one() {
        let (issuer, server) = start().await;
        let client = client(&server).await;
        let (good, bad) = (reader(&issuer), reader(&issuer).expired());
        let calls = (0..60).map(|number| {
            let (token, expected) = match number % 3 {
                0 => (Some(&good), Code::Ok),
                1 => (Some(&bad), Code::Unauthenticated),
                _ => (None, Code::Unauthenticated),
            };
            let (request, mut client) = (from_client(token), client.clone());
            async move {
                client.ready().await.unwrap();
                let path = PathAndQuery::from_static("/contract.Api/Read");
                let answer = client.unary(request, path, ProstCodec::<Text, Text>::default()).await;
                (number, answer.map_or_else(|status| status.code(), |_| Code::Ok), expected)
            }
        });
        for (number, code, expected) in within("answers", join_all(calls)).await {
            assert_eq!((number, code), (number, expected));
        }
    }

    /// The layer takes the tokens of all authorities; a method may want those of one.
    #[tokio::test]
    async fn a_method_may_want_one_of_two_authorities() {
        let (staff, customers) = (Issuer::entra(), Issuer::oidc());
        let verifier = Verifier::builder(staff.authority().named("staff"))
            .and(customers.authority().named("customers"))
            .build()
            .unwrap();
        within("the first keys", verifier.ready()).await;
        let server = Tonic::start(Some(verifier)).await;
        for issuer in [&staff, &customers] {
            expect::granted(&server.exchange(&Request::get("/read").bearer(&reader(issuer))).await, "read");
        }
        let ask = |token: Token| Request::get("/customers").bearer(&token);
        expect::granted(&server.exchange(&ask(reader(&customers))).await, "customers");
        expect::invalid_token(&server.exchange(&ask(reader(&staff))).await, &customers, "issuer");
        let writer = customers.token().user("grace").scope("weather.write");
        expect::insufficient_scope(&server.exchange(&ask(writer)).await, &customers, "weather.read");
    }
}
