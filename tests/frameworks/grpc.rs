//! The requests of the cases as gRPC calls, and their answers as the cases expect them.
//!
//! `GET /read` is the method `Read` of the service `contract.Api`, with the same fields in its head. A JSON body becomes
//! the message that it stands for; one that is none of a report goes out as it is, where a message should be.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tonic::{Code, Status};

use requires_auth_tests::client::{Answer, Request, Wire};
use requires_auth_tests::wait::within;

pub(crate) mod services;

/// The answer of most methods, and the message that most of them take without reading it.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Text {
    /// What the handler says.
    #[prost(string, tag = "1")]
    pub text: String,
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned() }
    }
}

/// What `Report` takes and answers.
#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Where.
    #[prost(string, tag = "1")]
    pub city: String,
    /// How warm.
    #[prost(int32, tag = "2")]
    pub degrees: i32,
}

/// The messages of a call, and trailers if it has any.
pub(crate) type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// What a server of the cases takes as a head: the longest token and more. A longer head is answered with 431, and on one
/// that is much longer a server hangs up.
pub(crate) const LONGEST_HEAD: u32 = 128 * 1024;

/// A connection of HTTP/2. Dropping it hangs up.
#[derive(Debug)]
pub(crate) struct Connection {
    calls: SendRequest<Body>,
    answers: Answers,
    serving: JoinHandle<()>,
}

struct Answers(VecDeque<BoxFuture<'static, Answer>>);

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = within("connect", TcpStream::connect(address)).await.expect("a server that listens");
        let shaken = within("a handshake", handshake(TokioExecutor::new(), TokioIo::new(stream))).await;
        let (calls, connection) = shaken.expect("a server that speaks HTTP/2");
        let serving = tokio::spawn(async move { drop(connection.await) });
        Self { calls, answers: Answers(VecDeque::new()), serving }
    }

    /// Sends a call that was made by hand.
    pub(crate) async fn call(&mut self, call: http::Request<Body>) {
        let path = call.uri().path().to_owned();
        let fields: usize = call.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        within("send", self.calls.ready()).await.expect("a server that reads");
        let answer = self.calls.send_request(call);
        let receive = async move {
            match within("an answer", answer).await {
                Ok(answer) => receive(&path, answer).await.with_a_readable_challenge(),
                Err(_) if fields > LONGEST_HEAD as usize => Answer { status: 431, ..Answer::default() },
                Err(error) => panic!("{path}: {error:?}"),
            }
        };
        self.answers.0.push_back(receive.boxed());
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Wire for Connection {
    async fn ask(&mut self, request: &Request) {
        self.call(call(request)).await;
    }

    async fn answer(&mut self) -> Answer {
        self.answers.0.pop_front().expect("a call that has no answer yet").await
    }
}

/// The call that a request stands for.
///
/// # Panics
///
/// HTTP/2 has no such request.
#[must_use]
pub(crate) fn call(request: &Request) -> http::Request<Body> {
    let mut call = http::Request::post(format!("http://api.example.com{}", path(&request.target)));
    for (name, value) in &request.fields {
        // What belongs to a body of HTTP/1.1, and to its connection.
        if !["host", "content-type", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            call = call.header(name, HeaderValue::from_bytes(value).expect("a value of a field"));
        }
    }
    let call = call.header("content-type", "application/grpc").header("te", "trailers");
    let body = match &*request.method {
        _ if request.endless => endless(),
        "GET" => body([message(&[])]),
        _ if request.body.is_empty() => body([]),
        _ => {
            let report: Option<Report> = serde_json::from_slice(&request.body).ok();
            body([message(&report.map_or_else(|| request.body.clone(), |report| report.encode_to_vec()))])
        }
    };
    call.body(body).expect("a request of HTTP/2")
}

/// The method that stands for a target.
fn path(target: &str) -> String {
    let service = match target {
        "/open" => "Open",
        "/caller" | "/optional" => "Callers",
        _ => "Api",
    };
    let (first, rest) = target.trim_start_matches('/').split_at(1);
    format!("/contract.{service}/{}{rest}", first.to_uppercase())
}

/// A body of these frames.
#[must_use]
pub(crate) fn body(frames: impl IntoIterator<Item = Frame<Bytes>, IntoIter: Send + 'static>) -> Body {
    StreamBody::new(stream::iter(frames).map(Ok)).boxed_unsync()
}

/// A message of a thousand bytes, of which the first come and the others never do.
#[must_use]
pub(crate) fn endless() -> Body {
    let beginning = stream::iter([Frame::data(Bytes::from_static(&[0, 0, 0, 3, 232, 10, 255]))]);
    StreamBody::new(beginning.chain(stream::pending()).map(Ok)).boxed_unsync()
}

/// A message as it goes over the wire: not compressed, its length, its bytes.
#[must_use]
pub(crate) fn message(bytes: &[u8]) -> Frame<Bytes> {
    let length = u32::try_from(bytes.len()).expect("a short message").to_be_bytes();
    Frame::data([&[0], &length[..], bytes].concat().into())
}

async fn receive(path: &str, answer: http::Response<Incoming>) -> Answer {
    let (head, body) = answer.into_parts();
    let body = within("the end of an answer", body.collect()).await.expect("an answer that ends");
    let trailers = body.trailers().cloned().unwrap_or_default();
    let status = [&trailers, &head.headers].into_iter().find_map(Status::from_header_map);
    let field = |(name, value): (&HeaderName, &HeaderValue)| {
        // Decoded, since two servers may encode one sentence in two ways.
        let sentence = status.as_ref().filter(|_| name == "grpc-message").map(|status| status.message().into());
        (name.to_string(), sentence.unwrap_or_else(|| value.as_bytes().to_vec()))
    };
    let fields = both(&head.headers, &trailers).map(field).collect();
    // Without a code it is an answer of HTTP, such as that to a head which is too long.
    let status = status.map_or(head.status.as_u16(), |status| http_status(status.code()));
    Answer { status, fields, body: content(path, &body.to_bytes()) }
}

fn both<'a>(head: &'a HeaderMap, trailers: &'a HeaderMap) -> impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)> {
    head.iter().chain(trailers)
}

/// What the first message says, in the words of HTTP.
fn content(path: &str, body: &[u8]) -> Vec<u8> {
    let Some(message) = body.get(5..) else { return Vec::new() };
    if path.ends_with("/Report") {
        let report = Report::decode(message).expect("a report");
        return serde_json::to_vec(&report).expect("JSON");
    }
    Text::decode(message).expect("a text").text.into_bytes()
}

/// The HTTP status that a code stands for ([google.rpc.Code](https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto)).
fn http_status(code: Code) -> u16 {
    match code {
        Code::Ok => 200,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
    }
}
