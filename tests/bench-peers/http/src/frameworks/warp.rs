use requires_auth::{Guarded as _, requires_auth};
use tower::Service;
use warp::filters::BoxedFilter;
use warp::http::{Request, header};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::Failure;
use crate::framework::{ANSWER, Announce, App, Framework, GUARDED, block_on_tokio};

async fn open() -> &'static str {
    ANSWER
}

#[requires_auth(scope = "weather.read")]
async fn guarded() -> &'static str {
    ANSWER
}

fn open_route() -> impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone + Send + Sync + 'static {
    warp::path!("open").and(warp::get()).then(open)
}

fn guarded_route() -> BoxedFilter<(Response,)> {
    warp::path!("guarded").and(warp::get()).guarded(|route| route.then(guarded))
}

pub(crate) enum Warp {}

impl Framework for Warp {
    const NAME: &'static str = "warp";

    /// warp tries one route after the other, so the guarded one pays for being the second.
    fn serve(announce: Announce) -> Result<(), Failure> {
        block_on_tokio(async {
            let listener = announce.listen_on_tokio()?;
            warp::serve(open_route().or(guarded_route())).incoming(listener).run().await;
            Ok(())
        })
    }

    /// Each route alone.
    async fn app() -> impl App {
        Routes { open: warp::service(open_route()), guarded: warp::service(guarded_route()) }
    }
}

struct Routes<O, G> {
    open: O,
    guarded: G,
}

impl<O, G> App for Routes<O, G>
where
    O: Service<Request<String>, Response = Response> + 'static,
    G: Service<Request<String>, Response = Response> + 'static,
{
    type Request = Request<String>;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Self::Request {
        let request = Request::get(path);
        let request = match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        };
        request.body(String::new()).expect("a request")
    }

    async fn call(&mut self, request: Self::Request) -> u16 {
        let answer = if request.uri().path() == GUARDED {
            self.guarded.call(request).await.ok()
        } else {
            self.open.call(request).await.ok()
        };
        answer.map_or(500, |answer| answer.status().as_u16())
    }
}
