//! What tonic's own client reads of a refusal, with `.grpc()` and where the program forgot it.

use tonic::Code;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Endpoint;
use tonic_prost::ProstCodec;

use super::*;

/// The status of a call to a server that is guarded by `layer`.
async fn status(layer: RequiresAuthLayer, token: Option<&Token>) -> tonic::Status {
    let address = serve_grpc(layer).await;
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = Grpc::new(within("a connection", endpoint.connect()).await.unwrap());
    client.ready().await.unwrap();
    let mut call = tonic::Request::new(Text::default());
    if let Some(token) = token {
        call.metadata_mut().insert("authorization", token.bearer().parse().unwrap());
    }
    let path = PathAndQuery::from_static("/contract.Open/Open");
    within("an answer", client.unary(call, path, ProstCodec::<Text, Text>::default())).await.unwrap_err()
}

/// A layer and a token for each status of HTTP: 401, 403, 503, 500.
async fn refusals(issuer: &Issuer) -> [(RequiresAuthLayer, Option<Token>); 4] {
    let layer = || RequiresAuthLayer::new(requirement!(scope = "weather.read"));
    let guard = layer().verifier(ready(issuer).await);
    let down = Issuer::entra();
    down.go_down();
    [
        (guard.clone(), None),
        (guard, Some(issuer.token().user("ada").scope("weather.write"))),
        (layer().verifier(down.verifier()), Some(reader(&down))),
        (layer(), None),
    ]
}

#[tokio::test]
async fn a_client_reads_code_message_and_reason() {
    let issuer = Issuer::entra();
    let table = [
        (Code::Unauthenticated, "missing_token"),
        (Code::PermissionDenied, "insufficient_scope"),
        (Code::Unavailable, "keys_unavailable"),
        (Code::Internal, "not_configured"),
    ];
    for ((layer, token), (code, reason)) in refusals(&issuer).await.into_iter().zip(table) {
        let status = status(layer.grpc(), token.as_ref()).await;
        assert_eq!(
            (status.code(), status.metadata().get("auth-error-reason").unwrap().as_bytes()),
            (code, reason.as_bytes())
        );
        assert!(!status.message().is_empty());
    }
}

/// The calls are refused as well. The client takes the problem document for a message that it cannot read.
#[tokio::test]
async fn a_client_reads_internal_where_grpc_was_forgotten() {
    let issuer = Issuer::entra();
    for ((layer, token), http) in refusals(&issuer).await.into_iter().zip([401, 403, 503, 500]) {
        let status = status(layer, token.as_ref()).await;
        assert_eq!(status.code(), Code::Internal, "{status:?}");
        assert!(status.message().contains(&format!("response with status: {http}")), "{status:?}");
        assert_eq!(status.metadata().contains_key("www-authenticate"), [401, 403].contains(&http));
        assert!(!status.metadata().contains_key("auth-error-reason"));
    }
}
