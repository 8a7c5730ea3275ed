use requires_auth::requires_auth;
use salvo::conn::tcp::TcpAcceptor;
use salvo::conn::{ConnCtrl, SocketAddr};
use salvo::http::uri::Scheme;
use salvo::http::{ReqBody, ResBody, header};
use salvo::hyper::service::Service as HyperService;
use salvo::hyper::{Request, Response};
use salvo::prelude::{Router, Server, Service, Writer, handler};

use crate::Failure;
use crate::framework::{ANSWER, Announce, App, Framework, GUARDED, OPEN, block_on_tokio};

#[handler]
async fn open() -> &'static str {
    ANSWER
}

#[requires_auth(scope = "weather.read")]
#[handler]
async fn guarded() -> &'static str {
    ANSWER
}

fn routes() -> Router {
    let at = |path: &str| Router::with_path(path.trim_start_matches('/'));
    Router::new().push(at(OPEN).get(open)).push(at(GUARDED).get(guarded))
}

pub(crate) enum Salvo {}

impl Framework for Salvo {
    const NAME: &'static str = "salvo";

    fn serve(announce: Announce) -> Result<(), Failure> {
        block_on_tokio(async {
            let acceptor = TcpAcceptor::try_from(announce.listen_on_tokio()?)?;
            Ok(Server::new(acceptor).try_serve(routes()).await?)
        })
    }

    async fn app() -> impl App {
        // What its server makes of each connection. Its own client for tests wants three compressors.
        let nobody = || SocketAddr::Unknown;
        Routes(Service::new(routes()).hyper_handler(nobody(), nobody(), Scheme::HTTP, None, ConnCtrl::new(), None))
    }
}

struct Routes<S>(S);

impl<S: HyperService<Request<ReqBody>, Response = Response<ResBody>> + 'static> App for Routes<S> {
    type Request = Request<ReqBody>;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Self::Request {
        let request = Request::get(path);
        let request = match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        };
        request.body(ReqBody::None).expect("a request")
    }

    async fn call(&mut self, request: Self::Request) -> u16 {
        self.0.call(request).await.map_or(500, |answer| answer.status().as_u16())
    }
}
