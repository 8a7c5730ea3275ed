//! What the bench asks of a web framework: to serve two routes, and to answer a call without a socket.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::Failure;

/// The route that nobody guards.
pub(crate) const OPEN: &str = "/open";
/// The route with the attribute before the same handler.
pub(crate) const GUARDED: &str = "/guarded";
/// What both answer.
pub(crate) const ANSWER: &str = "cloudy";

/// A web framework with an open and a guarded route. The verifier is the process-wide one.
pub(crate) trait Framework: 'static {
    const NAME: &'static str;

    /// Why wrk cannot drive it, if so.
    const NOT_BY_WRK: Option<&'static str> = None;

    /// Serves on one thread until the process ends.
    fn serve(announce: Announce) -> Result<(), Failure>;

    /// Runs calls where the framework expects them. Most expect tokio.
    fn block_on<T: 'static>(calls: impl Future<Output = T> + 'static) -> T {
        block_on_tokio(calls)
    }

    /// The routes without a server.
    async fn app() -> impl App;
}

/// What answers calls.
pub(crate) trait App: 'static {
    /// A request as the framework's own server would hand it on.
    type Request;

    /// A request to [`OPEN`] or [`GUARDED`].
    fn request(&self, path: &'static str, authorization: Option<&str>) -> Self::Request;

    /// The status of the answer, which is dropped in here: that counts too.
    fn call(&mut self, request: Self::Request) -> impl Future<Output = u16>;
}

/// Tells the parent where the server listens.
pub(crate) struct Announce(pub(crate) Box<dyn FnOnce(SocketAddr) + Send + Sync>);

impl Announce {
    pub(crate) fn address(self, address: SocketAddr) {
        (self.0)(address);
    }

    /// A listener on a free port, announced.
    pub(crate) fn listen(self) -> Result<TcpListener, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        self.address(listener.local_addr()?);
        Ok(listener)
    }

    /// The same for tokio; call it inside a runtime.
    pub(crate) fn listen_on_tokio(self) -> Result<tokio::net::TcpListener, Failure> {
        Ok(tokio::net::TcpListener::from_std(self.listen()?)?)
    }
}

/// Runs a server or calls on one thread of tokio.
pub(crate) fn block_on_tokio<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime of one thread").block_on(future)
}

/// An answer that a route must give before it is measured: a guard that does not guard costs nothing.
pub(crate) struct Expected {
    pub(crate) path: &'static str,
    pub(crate) with_token: bool,
    status: u16,
}

pub(crate) const EXPECTED: [Expected; 4] = [
    Expected { path: OPEN, with_token: true, status: 200 },
    Expected { path: OPEN, with_token: false, status: 200 },
    Expected { path: GUARDED, with_token: true, status: 200 },
    Expected { path: GUARDED, with_token: false, status: 401 },
];

impl Expected {
    pub(crate) fn check(&self, framework: &str, status: u16) -> Result<(), Failure> {
        if status == self.status {
            return Ok(());
        }
        let token = if self.with_token { "with" } else { "without" };
        Err(format!("{framework} answered {} {token} a token by {status}, not by {}", self.path, self.status).into())
    }
}
