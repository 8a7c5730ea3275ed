#![expect(clippy::unused_async, reason = "handlers are asynchronous here as in every framework")]

use requires_auth::{RequiresAuthFairing, requires_auth};
use rocket::config::{Config, LogLevel, Shutdown};
use rocket::fairing::AdHoc;
use rocket::http::Header;
use rocket::local::asynchronous::{Client, LocalRequest};
use rocket::{Build, get, routes};

use crate::Failure;
use crate::framework::{ANSWER, Announce, App, Framework, block_on_tokio};

#[get("/open")]
async fn open() -> &'static str {
    ANSWER
}

#[requires_auth(scope = "weather.read")]
#[get("/guarded")]
async fn guarded() -> &'static str {
    ANSWER
}

fn build() -> rocket::Rocket<Build> {
    let shutdown = Shutdown { ctrlc: false, ..Shutdown::default() };
    let config = Config { port: 0, workers: 1, log_level: LogLevel::Off, shutdown, ..Config::release_default() };
    rocket::custom(config).attach(RequiresAuthFairing).mount("/", routes![open, guarded])
}

pub(crate) enum Rocket {}

impl Framework for Rocket {
    const NAME: &'static str = "rocket";

    fn serve(announce: Announce) -> Result<(), Failure> {
        let lift_off = AdHoc::on_liftoff("address", |rocket| {
            announce.address((rocket.config().address, rocket.config().port).into());
            Box::pin(async {})
        });
        block_on_tokio(async { Ok(build().attach(lift_off).launch().await.map(drop)?) })
    }

    async fn app() -> impl App {
        Local(Box::leak(Box::new(Client::untracked(build()).await.expect("a rocket that lifts off"))))
    }
}

/// Requests borrow the client, so it stays until the process ends.
struct Local(&'static Client);

impl App for Local {
    type Request = LocalRequest<'static>;

    fn request(&self, path: &'static str, authorization: Option<&str>) -> Self::Request {
        let request = self.0.get(path);
        match authorization {
            Some(authorization) => request.header(Header::new("authorization", authorization.to_owned())),
            None => request,
        }
    }

    async fn call(&mut self, request: Self::Request) -> u16 {
        request.dispatch().await.status().code
    }
}
