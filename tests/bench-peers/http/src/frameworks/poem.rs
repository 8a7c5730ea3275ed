#![expect(clippy::unused_async, reason = "handlers are asynchronous here as in every framework")]

use poem::http::header;
use poem::listener::TcpAcceptor;
use poem::{Endpoint as _, Request, Route, Server, get, handler};
use requires_auth::requires_auth;

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

fn routes() -> Route {
    Route::new().at(OPEN, get(open)).at(GUARDED, get(guarded))
}

pub(crate) enum Poem {}

impl Framework for Poem {
    const NAME: &'static str = "poem";

    fn serve(announce: Announce) -> Result<(), Failure> {
        block_on_tokio(async {
            let acceptor = TcpAcceptor::from_tokio(announce.listen_on_tokio()?)?;
            Ok(Server::new_with_acceptor(acceptor).run(routes()).await?)
        })
    }

    async fn app() -> impl App {
        routes()
    }
}

impl App for Route {
    type Request = Request;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Request {
        let request = Request::builder().uri_str(path);
        match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization).finish(),
            None => request.finish(),
        }
    }

    async fn call(&mut self, request: Request) -> u16 {
        self.get_response(request).await.status().as_u16()
    }
}
