//! Applications: several in one process, and how they end.

use std::time::Duration;

use requires_auth::testing::Issuer;

use super::Api;
use crate::client::{Request, Wire as _};
use crate::expect;
use crate::server::Server;
use crate::wait::{until, within};

/// Two applications in one process each trust their own issuer alone.
pub async fn keeps_two_applications_apart<S: Server>() {
    let (first, second) = (Api::<S>::entra().await, Api::<S>::trusting(Issuer::oidc()).await);
    expect::granted(&first.get_with("/read", &first.reader()).await, "read");
    expect::granted(&second.get_with("/read", &second.reader()).await, "read");
    expect::invalid_token(&first.get_with("/read", &second.reader()).await, &first.issuer, "issuer");
    expect::invalid_token(&second.get_with("/read", &first.reader()).await, &second.issuer, "issuer");
}

/// A server that is told to stop finishes the request that waits for a key, and takes no other.
pub async fn answers_who_waits_before_it_stops<S: Server>() {
    let api = Api::<S>::entra().await;
    let before = api.issuer.requests().keys_v2;
    api.issuer.rotate();
    api.issuer.delay(Duration::from_millis(500));
    let mut waiting = api.connect().await;
    waiting.ask(&Request::get("/read").bearer(&api.reader())).await;
    until("the fetch of the new key", || api.issuer.requests().keys_v2 > before).await;

    let address = api.server.address();
    let (answer, ()) = tokio::join!(waiting.answer(), within("the end of the server", api.server.stop()));
    expect::granted(&answer, "read");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
