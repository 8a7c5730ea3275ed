//! A raw HTTP/1.1 client: it sends what it is told, byte for byte, also what no library would send.
//!
//! Whatever it receives is held to one rule: a `WWW-Authenticate` field stands once and is readable to every client.

use std::future::Future;
use std::net::SocketAddr;

use requires_auth::testing::Token;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::challenge::Challenge;
use crate::wait::within;

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// As it is written in the request line.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names and values, in order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// What is sent of the body.
    pub body: Vec<u8>,
    /// Whether the body is announced to go on.
    pub endless: bool,
}

impl Request {
    /// A request without fields, but for `Host`.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        let host = ("host".to_owned(), b"api.example.com".to_vec());
        Self { method: method.into(), target: target.into(), fields: vec![host], body: Vec::new(), endless: false }
    }

    /// A GET request.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST request. Without one of the methods below it has no body.
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// Adds a field, whatever its bytes and however often.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Carries the token.
    #[must_use]
    pub fn bearer(self, token: &Token) -> Self {
        self.field("authorization", token.bearer())
    }

    /// A complete body of this type.
    #[must_use]
    pub fn body(self, content_type: &str, body: &str) -> Self {
        let length = body.len().to_string();
        let mut request = self.field("content-type", content_type).field("content-length", length);
        request.body = body.as_bytes().to_vec();
        request
    }

    /// A JSON body, well-formed or not.
    #[must_use]
    pub fn json(self, body: &str) -> Self {
        self.body("application/json", body)
    }

    /// The first bytes of a body that is announced as a gigabyte.
    #[must_use]
    pub fn endless_body(self, first: &str) -> Self {
        let request = self.field("content-type", "application/json").field("content-length", "1000000000");
        Self { body: first.as_bytes().to_vec(), endless: true, ..request }
    }

    /// The first chunk of a body that is never ended.
    #[must_use]
    pub fn endless_chunks(self, first: &str) -> Self {
        let request = self.field("content-type", "application/json").field("transfer-encoding", "chunked");
        Self { body: format!("{:x}\r\n{first}\r\n", first.len()).into_bytes(), endless: true, ..request }
    }

    /// The request as bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.fields {
            bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        [&bytes, &b"\r\n"[..], &self.body].concat()
    }
}

/// An answer as it came over the wire; a chunked body is put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case and values, in the order in which they came.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// All values of a field.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        let named = self.fields.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| std::str::from_utf8(value).expect("a field of ASCII")).collect()
    }

    /// The value of a field that stands once at most.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let values = self.values(name);
        assert!(values.len() < 2, "{name} stands {} times", values.len());
        values.first().copied()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    /// The challenge, if there is one.
    #[must_use]
    pub fn challenge(&self) -> Option<&str> {
        self.value("www-authenticate")
    }

    /// Whether this is the answer to a gRPC call: then `status` is the one that its code stands for.
    #[must_use]
    pub fn is_grpc(&self) -> bool {
        self.value("grpc-status").is_some()
    }

    /// Whether it is the guard that refused: it gives its reason, in the problem document or in a field of gRPC.
    #[must_use]
    pub fn gives_a_reason(&self) -> bool {
        self.text().contains("\"reason\":") || self.value("auth-error-reason").is_some()
    }

    /// The rule for whatever a client receives.
    #[must_use]
    pub fn with_a_readable_challenge(self) -> Self {
        if let Some(challenge) = self.challenge() {
            Challenge::parse(challenge.as_bytes()).unwrap_or_else(|problem| panic!("{challenge}: {problem}"));
        }
        self
    }
}

/// A connection that is kept: requests go out on it, and answers come back in their order.
pub trait Wire: Send + 'static {
    /// Sends a request.
    fn ask(&mut self, request: &Request) -> impl Future<Output = ()> + Send;

    /// The next answer.
    fn answer(&mut self) -> impl Future<Output = Answer> + Send;

    /// Sends a request and receives its answer.
    fn exchange(&mut self, request: &Request) -> impl Future<Output = Answer> + Send {
        async {
            self.ask(request).await;
            self.answer().await
        }
    }
}

/// One connection of HTTP/1.1, kept alive.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = within("connect", TcpStream::connect(address)).await.expect("a server that listens");
        Self { stream, unread: Vec::new() }
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        within("send", self.stream.write_all(bytes)).await.expect("a server that reads");
    }

    /// The next answer with its body.
    pub async fn receive(&mut self) -> Answer {
        let mut answer = self.receive_head().await;
        if answer.value("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = String::from_utf8(self.take_until(b"\r\n").await).expect("the size of a chunk");
                let size = usize::from_str_radix(size.trim(), 16).expect("the size of a chunk");
                let chunk = self.take(size + 2).await;
                answer.body.extend_from_slice(&chunk[..size]);
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = answer.value("content-length") {
            let length = length.parse().expect("a length");
            answer.body = self.take(length).await;
        }
        answer
    }

    /// The next answer without its body: of a HEAD request, a stream, an upgrade.
    pub async fn receive_head(&mut self) -> Answer {
        let head = String::from_utf8(self.take_until(b"\r\n\r\n").await).expect("a head of ASCII");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let field = |line: &str| {
            let (name, value) = line.split_once(':').expect("a field");
            (name.to_ascii_lowercase(), value.trim().as_bytes().to_vec())
        };
        let answer = Answer { status: status.expect("a status"), fields: lines.map(field).collect(), body: Vec::new() };
        answer.with_a_readable_challenge()
    }

    /// Receives up to and including `end`, and returns what came before it.
    pub async fn take_until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end) {
                let mut taken: Vec<u8> = self.unread.drain(..at + end.len()).collect();
                taken.truncate(at);
                return taken;
            }
            self.fill().await;
        }
    }

    /// Receives so many bytes.
    pub async fn take(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            self.fill().await;
        }
        self.unread.drain(..count).collect()
    }

    /// Everything until the server hangs up.
    pub async fn take_rest(&mut self) -> Vec<u8> {
        let read = within("the end of the connection", self.stream.read_to_end(&mut self.unread)).await;
        // A server that hangs up on what it did not read resets the connection.
        drop(read);
        std::mem::take(&mut self.unread)
    }

    async fn fill(&mut self) {
        let read = within("an answer", self.stream.read_buf(&mut self.unread)).await.expect("a server that answers");
        assert!(read > 0, "the server hung up after {:?}", self.unread.escape_ascii().to_string());
    }
}

impl Wire for Connection {
    async fn ask(&mut self, request: &Request) {
        self.send(&request.bytes()).await;
    }

    async fn answer(&mut self) -> Answer {
        self.receive().await
    }
}

/// Sends a request over HTTP/1.1, on a connection of its own.
pub async fn exchange(address: SocketAddr, request: &Request) -> Answer {
    Connection::open(address).await.exchange(request).await
}
