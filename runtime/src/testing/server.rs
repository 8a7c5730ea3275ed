//! A small HTTP/1.1 server on the loopback interface.
//!
//! It runs on a thread and a runtime of its own, so that it serves a synchronous test, a test under any framework's
//! runtime, and a test whose runtime is busy or paused, alike. It knows nothing of OAuth.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, mpsc as std_mpsc};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{fmt, thread};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Interval;

/// What a request is answered with.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) delay: Duration,
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    /// One space at a time, for ever: a server that is never done and never silent.
    Drip,
}

/// A request, as far as an answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// A path with or without a query.
    pub(super) target: &'a str,
    pub(super) if_none_match: Option<&'a str>,
}

/// Answers a request; called on the server's thread.
pub(super) type Respond = dyn Fn(Asked<'_>) -> Answer + Send + Sync;

/// The running server. Dropping it stops it.
pub(super) struct Server {
    commands: mpsc::UnboundedSender<Command>,
}

enum Command {
    /// Closes the listener and every connection.
    GoDown(std_mpsc::Sender<()>),
    ComeUp(std_mpsc::Sender<()>),
}

/// A port of the loopback interface that already takes connections, before anybody serves them.
#[derive(Debug)]
pub(super) struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    pub(super) fn any() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("a bound listener has an address");
        Self { listener, address }
    }

    pub(super) fn number(&self) -> u16 {
        self.address.port()
    }
}

impl Server {
    pub(super) fn start(port: Port, respond: Arc<Respond>) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a tokio runtime");
        thread::Builder::new()
            .name("loopback issuer".into())
            .spawn(move || runtime.block_on(serve(port, respond, inbox)))
            .expect("a thread");
        Self { commands }
    }

    /// Refuses connections from the moment this returns.
    pub(super) fn go_down(&self) {
        self.order(Command::GoDown);
    }

    /// Takes connections again, on the same port, from the moment this returns.
    pub(super) fn come_up(&self) {
        self.order(Command::ComeUp);
    }

    /// Blocks for the moment it takes, with a channel of `std`: one of tokio would panic inside a test's own runtime.
    fn order(&self, command: impl FnOnce(std_mpsc::Sender<()>) -> Command) {
        let (done, wait) = std_mpsc::channel();
        let sent = self.commands.send(command(done)).is_ok();
        assert!(sent && wait.recv().is_ok(), "the loopback issuer has died");
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// The port is held either way: while down by a socket that is bound and does not listen, so that connections are
/// refused and no other process can take the port.
enum Door {
    Open(tokio::net::TcpListener),
    Closed(TcpSocket),
}

async fn serve(port: Port, respond: Arc<Respond>, mut inbox: mpsc::UnboundedReceiver<Command>) {
    let address = port.address;
    port.listener.set_nonblocking(true).expect("a non-blocking listener");
    let mut door = Door::Open(tokio::net::TcpListener::from_std(port.listener).expect("a listener"));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            command = inbox.recv() => match command {
                None => return,
                Some(Command::GoDown(done)) => {
                    if let Door::Open(listener) = door {
                        drop(listener);
                        door = Door::Closed(bind(address));
                    }
                    connections.shutdown().await;
                    let _ = done.send(());
                }
                Some(Command::ComeUp(done)) => {
                    if let Door::Closed(socket) = door {
                        door = Door::Open(socket.listen(128).expect("the same port again"));
                    }
                    let _ = done.send(());
                }
            },
            stream = accept(&door) => {
                connections.spawn(converse(stream, Arc::clone(&respond)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

fn bind(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    // Connections that were just closed linger on the port. (On Windows the option means something else.)
    #[cfg(not(windows))]
    socket.set_reuseaddr(true).expect("a socket option");
    socket.bind(address).expect("the same port again");
    socket
}

async fn accept(door: &Door) -> TcpStream {
    match door {
        Door::Open(listener) => loop {
            if let Ok((stream, _)) = listener.accept().await {
                return stream;
            }
        },
        Door::Closed(_) => std::future::pending().await,
    }
}

async fn converse(stream: TcpStream, respond: Arc<Respond>) {
    let service = service_fn(|request: Request<Incoming>| {
        let if_none_match = request.headers().get("if-none-match").and_then(|value| value.to_str().ok());
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let answer = respond(Asked { target, if_none_match });
        async move {
            tokio::time::sleep(answer.delay).await;
            Ok::<_, Infallible>(response(answer))
        }
    });
    // An error here is the client's hang-up.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn response(answer: Answer) -> Response<Either<Full<Bytes>, Drip>> {
    let content = match answer.content {
        Content::Text(text) => Either::Left(Full::new(Bytes::from(text))),
        Content::Drip => Either::Right(Drip { tick: tokio::time::interval(Duration::from_millis(50)) }),
    };
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(content).expect("a status and headers of this module")
}

struct Drip {
    tick: Interval,
}

impl Body for Drip {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        ready!(self.tick.poll_tick(cx));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b" ")))))
    }
}
