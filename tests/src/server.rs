//! What a framework must be driven by.

use std::future::Future;
use std::net::SocketAddr;

use requires_auth::Verifier;

use crate::client::{Answer, Connection, Request, Wire};

/// An API on a real port of the loopback interface, with the routes of [`routes`](crate::routes), guarded by the
/// attribute. Dropping it stops it.
pub trait Server: Sized + Send {
    /// The framework, as its feature is named.
    const NAME: &'static str;

    /// Whether a HEAD request reaches the handler of a GET route.
    const SERVES_HEAD: bool = true;

    /// Whether a path is known whatever its arguments are. Where it is not, one of another type is 404 before the guard is
    /// asked.
    const KNOWS_PATHS_BY_SHAPE: bool = true;

    /// Whether it speaks HTTP/2 without TLS to a client that knows so beforehand.
    const SERVES_HTTP_2: bool = true;

    /// Whether `/read/` is unknown where `/read` is served. Where it is not, the handler guards both.
    const TELLS_TRAILING_SLASHES_APART: bool = true;

    /// How many bytes of a body the framework waits for before it looks for a route, and so before the guard is asked.
    const BODY_BYTES_BEFORE_THE_GUARD: usize = 0;

    /// Whether the framework hides from handlers and guards the fields that are not UTF-8. Such a request is judged as
    /// one without them.
    const DROPS_FIELDS_THAT_ARE_NOT_UTF_8: bool = false;

    /// Whether it drops a request whose client has hung up. Where it does not, the request runs to its end.
    const DROPS_ABANDONED_REQUESTS: bool = true;

    /// Whether `Option<AccessToken>` refuses a token that is wrong. In some frameworks every failed extraction becomes
    /// `None`; their users take [`Caller`](requires_auth::Caller).
    const OPTION_REFUSES_WRONG_TOKENS: bool;

    /// Whether a request without a token is told the scope of what it asked for. A layer that refuses before it knows the
    /// method does not know its scope either.
    const CHALLENGES_WITH_THE_SCOPE: bool = true;

    /// Whether a genuine token that lacks a permission is refused before the body is read, as one that is wrong is. tonic
    /// has read the message of a call by the time its method says what it needs.
    const AUTHORIZES_BEFORE_THE_BODY: bool = true;

    /// Starts with a verifier that is attached to the application, or with none.
    fn start(verifier: Option<Verifier>) -> impl Future<Output = Self> + Send;

    /// Where it listens.
    fn address(&self) -> SocketAddr;

    /// Opens a connection to it: byte for byte, unless it speaks something else than HTTP/1.1.
    #[must_use]
    fn connect(address: SocketAddr) -> impl Future<Output = impl Wire> + Send {
        Connection::open(address)
    }

    /// Sends a request on a connection of its own.
    fn exchange(&self, request: &Request) -> impl Future<Output = Answer> + Send {
        let address = self.address();
        async move { Self::connect(address).await.exchange(request).await }
    }

    /// Takes no new connections, and returns when the requests under way are answered.
    fn stop(self) -> impl Future<Output = ()> + Send;
}
