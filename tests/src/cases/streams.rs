//! Answers that outlive their head: server-sent events and WebSockets.

use super::Api;
use crate::client::{Connection, Request};
use crate::routes::EVENT;
use crate::server::Server;

/// A stream of events begins only for who may read it.
pub async fn guards_a_stream_of_events<S: Server>() {
    let api = Api::<S>::entra().await;
    let request = Request::get("/stream").field("accept", "text/event-stream");
    let scope = api.requestable("weather.read");
    api.missing_token(&api.send(&request).await, Some(&scope));

    let mut connection = Connection::open(api.server.address()).await;
    connection.send(&request.bearer(&api.reader()).bytes()).await;
    let head = connection.receive_head().await;
    assert_eq!(head.status, 200);
    assert!(head.value("content-type").unwrap().starts_with("text/event-stream"));
    connection.take_until(EVENT.as_bytes()).await;
}

/// A WebSocket is refused in the handshake, and works after it.
pub async fn guards_the_handshake_of_a_websocket<S: Server>() {
    let api = Api::<S>::entra().await;
    let handshake = Request::get("/ws")
        .field("connection", "Upgrade")
        .field("upgrade", "websocket")
        .field("sec-websocket-version", "13")
        .field("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let scope = api.requestable("weather.read");
    api.missing_token(&api.send(&handshake).await, Some(&scope));
    let in_the_protocol = handshake.clone().field("sec-websocket-protocol", format!("bearer, {}", api.reader().sign()));
    api.missing_token(&api.send(&in_the_protocol).await, Some(&scope));

    let mut connection = Connection::open(api.server.address()).await;
    connection.send(&handshake.bearer(&api.reader()).bytes()).await;
    let head = connection.receive_head().await;
    // The answer to the key is the example of RFC 6455 section 1.3.
    assert_eq!((head.status, head.value("sec-websocket-accept")), (101, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    // A text frame of two letters, masked with zeros, comes back without a mask (RFC 6455 section 5.2).
    connection.send(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).await;
    assert_eq!(connection.take(4).await, [0x81, 2, b'h', b'i']);
}
