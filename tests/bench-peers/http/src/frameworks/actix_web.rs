use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header;
use actix_web::rt::System;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{ServiceConfig, get};
use actix_web::{App as Application, Error, HttpServer};
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

pub(crate) enum ActixWeb {}

impl Framework for ActixWeb {
    const NAME: &'static str = "actix-web";

    fn serve(announce: Announce) -> Result<(), Failure> {
        let listener = announce.listen()?;
        System::new().block_on(async {
            let server = HttpServer::new(|| Application::new().configure(routes)).workers(1).disable_signals();
            Ok(server.listen(listener)?.run().await?)
        })
    }

    fn block_on<T: 'static>(calls: impl Future<Output = T> + 'static) -> T {
        System::new().block_on(calls)
    }

    async fn app() -> impl App {
        Routes(init_service(Application::new().configure(routes)).await)
    }
}

struct Routes<S>(S);

impl<S, B> App for Routes<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
{
    type Request = Request;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Request {
        let request = TestRequest::get().uri(path);
        match authorization {
            Some(authorization) => request.insert_header((header::AUTHORIZATION, authorization)).to_request(),
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
