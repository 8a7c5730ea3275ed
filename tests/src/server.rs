//! What a framework must be driven by.

use std::future::Future;
use std::net::SocketAddr;

use requires_auth::Verifier;

/// An API on a real port of the loopback interface, with the routes of [`routes`](crate::routes), guarded by the
/// attribute. Dropping it stops it.
pub trait Server: Sized + Send {
    /// The framework, as its feature is named.
    const NAME: &'static str;

    /// Whether a HEAD request reaches the handler of a GET route.
    const SERVES_HEAD: bool = true;

    /// Whether it speaks HTTP/2 without TLS to a client that knows so beforehand.
    const SERVES_HTTP_2: bool = true;

    /// Whether `Option<AccessToken>` refuses a token that is wrong. In some frameworks every failed extraction becomes
    /// `None`; their users take [`Caller`](requires_auth::Caller).
    const OPTION_REFUSES_WRONG_TOKENS: bool;

    /// Starts with a verifier that is attached to the application, or with none.
    fn start(verifier: Option<Verifier>) -> impl Future<Output = Self> + Send;

    /// Where it listens.
    fn address(&self) -> SocketAddr;

    /// Takes no new connections, and returns when the requests under way are answered.
    fn stop(self) -> impl Future<Output = ()> + Send;
}
