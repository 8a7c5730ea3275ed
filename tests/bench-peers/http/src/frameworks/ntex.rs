use ntex::http::{Request, header};
use ntex::rt::{DefaultRuntime, System};
use ntex::service::{Pipeline, Service};
use ntex::web::test::{TestRequest, init_service};
use ntex::web::{App as Application, Error, HttpServer, ServiceConfig, WebResponse, get};
use requires_auth::requires_auth;

use crate::Failure;
use crate::framework::{ANSWER, Announce, App, Framework, GUARDED, OPEN};

async fn open() -> &'static str {
    ANSWER
}

#[requires_auth(scope = "weather.read")]
async fn guarded() -> &'static str {
    ANSWER
}

fn routes(config: &mut ServiceConfig) {
    config.route(OPEN, get().to(open)).route(GUARDED, get().to(guarded));
}

pub(crate) enum Ntex {}

impl Framework for Ntex {
    const NAME: &'static str = "ntex";

    fn serve(announce: Announce) -> Result<(), Failure> {
        let listener = announce.listen()?;
        Self::block_on(async {
            let server = HttpServer::new(async || Application::new().configure(routes)).workers(1).disable_signals();
            Ok(server.listen(listener)?.run().await?)
        })
    }

    fn block_on<T: 'static>(calls: impl Future<Output = T> + 'static) -> T {
        System::new("bench", DefaultRuntime).block_on(calls)
    }

    async fn app() -> impl App {
        Routes(init_service(Application::new().configure(routes)).await)
    }
}

struct Routes<S>(Pipeline<S>);

impl<S: Service<Request, Response = WebResponse, Error = Error> + 'static> App for Routes<S> {
    type Request = Request;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Request {
        let request = TestRequest::get().uri(path);
        match authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization).to_request(),
            None => request.to_request(),
        }
    }

    async fn call(&mut self, request: Request) -> u16 {
        self.0
            .call(request)
            .await
            .map_or_else(|error| error.as_response_error().status_code().as_u16(), |answer| answer.status().as_u16())
    }
}
