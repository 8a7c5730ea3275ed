//! What the inner service reserves when it is polled ready belongs to requests that have a verified token. One that waits
//! for keys, or is refused, holds none of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tower::util::BoxCloneService;
use tower::{Service, ServiceBuilder, ServiceExt as _};

use super::*;

const PLACES: usize = 8;

type Limited = BoxCloneService<Request<()>, Response<()>, Infallible>;
type Answering = Pin<Box<dyn Future<Output = Result<StatusCode, Infallible>> + Send>>;

/// A guarded service that takes eight requests at once, each of which ends when `doors` has a permit for it.
struct Site {
    issuer: Issuer,
    verifier: Verifier,
    guarded: Limited,
    doors: Arc<Semaphore>,
    /// How many came in so far.
    served: Arc<AtomicUsize>,
}

impl Site {
    async fn start() -> Self {
        let issuer = Issuer::entra();
        let verifier = ready(&issuer).await;
        let layer = RequiresAuthLayer::new(requirement!(scope = "weather.read")).verifier(verifier.clone());
        let (doors, served) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let inside = (Arc::clone(&doors), Arc::clone(&served));
        let service = service_fn(move |_: Request<()>| {
            inside.1.fetch_add(1, Ordering::SeqCst);
            let doors = Arc::clone(&inside.0);
            async move {
                doors.acquire_owned().await.unwrap().forget();
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
            }
        });
        let guarded = ServiceBuilder::new()
            .map_response(|answer: Response<_>| answer.map(drop))
            .layer(layer)
            .concurrency_limit(PLACES)
            .service(service);
        Self { issuer, verifier, guarded: BoxCloneService::new(guarded), doors, served }
    }

    /// A request as a server sends it in: the service is made ready, then called.
    fn ask(&self, token: &Token) -> Answering {
        let request = Request::get("/").header("authorization", token.bearer()).body(()).unwrap();
        let answer = self.guarded.clone().oneshot(request);
        Box::pin(async { answer.await.map(|answer| answer.status()) })
    }

    fn reader(&self) -> Token {
        reader(&self.issuer)
    }

    /// A token whose key is looked up, and not found for a long time.
    fn forged(&self, number: usize) -> Token {
        self.reader().signed_by(&self.issuer.foreign_key()).header("kid", format!("invented-{number}"))
    }

    /// That so many requests are served at once, and the next one has to wait.
    async fn has_all_places(&self) {
        let before = self.served.load(Ordering::SeqCst);
        let mut asked: Vec<_> = (0..=PLACES).map(|_| self.ask(&self.reader())).collect();
        assert!(asked.iter_mut().all(|request| poll(request).is_pending()));
        assert_eq!(self.served.load(Ordering::SeqCst) - before, PLACES, "places");
        self.doors.add_permits(asked.len());
        for request in asked {
            assert_eq!(within("an answer", request).await, Ok(StatusCode::OK));
        }
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Eight forged tokens with keys that nobody knows, at an issuer that does not answer, and a user is served at once.
#[tokio::test]
async fn requests_that_wait_for_keys_hold_no_place() {
    let site = Site::start().await;
    site.issuer.delay(Duration::from_mins(1));
    let mut waiting: Vec<_> = (0..PLACES).map(|number| site.ask(&site.forged(number))).collect();
    assert!(waiting.iter_mut().all(|request| poll(request).is_pending()));

    site.doors.add_permits(1);
    assert_eq!(poll(&mut site.ask(&site.reader())), Poll::Ready(Ok(StatusCode::OK)));
    site.has_all_places().await;
    assert!(waiting.iter_mut().all(|request| poll(request).is_pending()));
}

/// Also where one service is polled ready again and again, as a connection without a router does.
#[tokio::test]
async fn one_service_that_is_called_again_and_again_holds_no_place() {
    let site = Site::start().await;
    site.issuer.delay(Duration::from_mins(1));
    let mut service = site.guarded.clone();
    let mut waiting = Vec::new();
    for number in 0..=PLACES {
        let request = Request::get("/").header("authorization", site.forged(number).bearer()).body(()).unwrap();
        assert!(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
        waiting.push(service.call(request));
        assert!(poll(waiting.last_mut().unwrap()).is_pending());
    }
    site.has_all_places().await;
}

#[tokio::test]
async fn refused_requests_give_their_place_back() {
    let site = Site::start().await;
    let mut service = site.guarded.clone();
    for _ in 0..3 * PLACES {
        let refused = site.reader().expired().bearer();
        let request = Request::get("/").header("authorization", refused).body(()).unwrap();
        let answer = within("a place", service.ready()).await.unwrap().call(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    site.has_all_places().await;
    // What is kept of a refusal that is not read yet holds none either.
    let mut unread = Vec::new();
    for _ in 0..PLACES {
        let request = Request::get("/").body(()).unwrap();
        unread.push(within("a place", service.ready()).await.unwrap().call(request));
    }
    site.has_all_places().await;
    drop((service, unread));
    site.has_all_places().await;
}

/// A request whose key came then waits for a place as every other does, and gets one.
#[tokio::test]
async fn a_request_takes_its_place_when_its_token_is_verified() {
    let site = Site::start().await;
    let of_old_key = Request::get("/").header("authorization", site.reader().bearer()).body(()).unwrap();
    let served = |number| (number < PLACES).then(|| of_old_key.clone());
    site.issuer.rotate();
    let token = site.reader();
    let mut waited = site.ask(&token);
    assert!(poll(&mut waited).is_pending());
    let mut others: Vec<_> =
        (0..).map_while(served).map(|request| Box::pin(site.guarded.clone().oneshot(request))).collect();
    assert!(others.iter_mut().all(|request| poll(request).is_pending()));

    assert!(within("the new key", site.verifier.verify(&token.sign())).await.is_ok());
    site.doors.add_permits(1);
    assert!(poll(&mut waited).is_pending(), "it passed the limit");
    let first = within("an answer", others.remove(0)).await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    site.doors.add_permits(PLACES);
    assert_eq!(within("an answer", waited).await, Ok(StatusCode::OK));
    for request in others {
        assert_eq!(within("an answer", request).await.unwrap().status(), StatusCode::OK);
    }
    site.has_all_places().await;
}

/// A request that is given up while it waits leaves nothing behind.
#[tokio::test]
async fn abandoned_requests_give_their_place_back() {
    let site = Site::start().await;
    site.issuer.delay(Duration::from_mins(1));
    for number in 0..2 * PLACES {
        assert!(poll(&mut site.ask(&site.forged(number))).is_pending());
    }
    site.has_all_places().await;
}

/// Is ready until it is said to be broken.
#[derive(Clone, Default)]
struct Breakable(Arc<AtomicBool>);

impl Service<Request<()>> for Breakable {
    type Response = Response<Full<Bytes>>;
    type Error = &'static str;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(if self.0.load(Ordering::SeqCst) { Err("broken") } else { Ok(()) })
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        std::future::ready(Ok(Response::default()))
    }
}

/// Before the call, and after a request has waited.
#[tokio::test]
async fn an_inner_service_that_is_not_ready_says_so() {
    let issuer = Issuer::entra();
    let verifier = ready(&issuer).await;
    let inner = Breakable::default();
    let mut guarded = RequiresAuthLayer::authenticate().verifier(verifier.clone()).layer(inner.clone());
    issuer.rotate();
    let token = reader(&issuer);
    let request = Request::get("/").header("authorization", token.bearer()).body(()).unwrap();
    assert_eq!(guarded.ready().await.err(), None);
    let mut waiting = Box::pin(guarded.call(request));
    assert!(poll(&mut waiting).is_pending());

    inner.0.store(true, Ordering::SeqCst);
    assert_eq!(within("the new key", waiting).await.unwrap_err(), "broken");
    assert_eq!(guarded.ready().await.err(), Some("broken"));
}
