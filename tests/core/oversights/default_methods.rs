//! The macro sees the block and not the trait, so a method that the block does not write has no guard.

use std::future::{Future, ready};

use http::{Request, Response};
use requires_auth::testing::Issuer;
use requires_auth::{AuthError, RequiresAuthLayer, Verifier, requirement, requires_auth};
use tower::{Layer as _, ServiceExt as _, service_fn};

type Said = Result<&'static str, AuthError>;

/// A service whose trait brings a method that deletes.
trait Store: Copy + Send + Sync + 'static {
    fn read(&self, request: Request<()>) -> impl Future<Output = Said> + Send;

    fn wipe(&self, _request: Request<()>) -> impl Future<Output = Said> + Send {
        ready(Ok("wiped"))
    }
}

#[derive(Clone, Copy)]
struct Inheriting;

#[requires_auth(scope = "weather.read")]
impl Store for Inheriting {
    async fn read(&self, request: Request<()>) -> Said {
        let _ = request;
        ready(Ok("read")).await
    }
}

#[derive(Clone, Copy)]
struct Writing;

#[requires_auth(scope = "weather.read")]
impl Store for Writing {
    async fn read(&self, request: Request<()>) -> Said {
        let _ = request;
        ready(Ok("read")).await
    }

    async fn wipe(&self, request: Request<()>) -> Said {
        let _ = request;
        ready(Ok("wiped")).await
    }
}

/// The status with which a method answers a writer, who lacks the scope of the block.
async fn status(layer: RequiresAuthLayer, store: impl Store, wipes: bool) -> u16 {
    let issuer = Issuer::entra();
    let layer = layer.verifier(verifier(&issuer).await);
    let service = layer.layer(service_fn(move |request: Request<()>| async move {
        let said = if wipes { store.wipe(request).await } else { store.read(request).await };
        let status = said.map_or_else(|refusal| refusal.status(), |_| 200);
        Ok::<_, std::convert::Infallible>(Response::builder().status(status).body(String::new()).unwrap())
    }));
    let writer = issuer.token().user("ada").scope("weather.write").bearer();
    let request = Request::get("/").header("authorization", writer).body(()).unwrap();
    service.oneshot(request).await.unwrap().status().as_u16()
}

async fn verifier(issuer: &Issuer) -> Verifier {
    let verifier = issuer.verifier();
    verifier.ready().await;
    verifier
}

#[tokio::test]
async fn a_default_method_is_open_behind_authenticate() {
    let layer = RequiresAuthLayer::authenticate;
    assert_eq!(status(layer(), Inheriting, false).await, 403);
    assert_eq!(status(layer(), Inheriting, true).await, 200);
}

#[tokio::test]
async fn a_method_that_the_block_writes_is_closed() {
    let layer = RequiresAuthLayer::authenticate;
    assert_eq!(status(layer(), Writing, false).await, 403);
    assert_eq!(status(layer(), Writing, true).await, 403);
}

#[tokio::test]
async fn a_layer_with_a_requirement_closes_default_methods_too() {
    let layer = || RequiresAuthLayer::new(requirement!(scope = "weather.read"));
    assert_eq!(status(layer(), Inheriting, false).await, 403);
    assert_eq!(status(layer(), Inheriting, true).await, 403);
}
