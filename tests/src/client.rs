//! A raw HTTP/1.1 client: it sends what it is told, byte for byte, also what no library would send.
//!
//! Whatever it receives is held to one rule: a `WWW-Authenticate` field stands once and is readable to every client.

use std::net::SocketAddr;

use requires_auth::testing::Token;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::challenge::Challenge;
use crate::wait::within;

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Request {
    /// A request without fields, but for `Host`.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        let head = format!("{method} {target} HTTP/1.1\r\nhost: api.example.com\r\n");
        Self { head: head.into_bytes(), body: Vec::new() }
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
        self.head.extend_from_slice(name.as_bytes());
        self.head.extend_from_slice(b": ");
        self.head.extend_from_slice(value.as_ref());
        self.head.extend_from_slice(b"\r\n");
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
    pub fn endless_body(self) -> Self {
        let mut request = self.field("content-type", "application/json").field("content-length", "1000000000");
        request.body = b"{\"city\":\"".to_vec();
        request
    }

    /// The first chunk of a body that is never ended.
    #[must_use]
    pub fn endless_chunks(self) -> Self {
        let mut request = self.field("content-type", "application/json").field("transfer-encoding", "chunked");
        request.body = b"9\r\n{\"city\":\"\r\n".to_vec();
        request
    }

    /// The request as bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [&self.head, &b"\r\n"[..], &self.body].concat()
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
}

/// One connection, kept alive.
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

    /// Sends a request and receives its answer.
    pub async fn exchange(&mut self, request: &Request) -> Answer {
        self.send(&request.bytes()).await;
        self.receive().await
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
        if let Some(challenge) = answer.challenge() {
            Challenge::parse(challenge.as_bytes()).unwrap_or_else(|problem| panic!("{challenge}: {problem}"));
        }
        answer
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

/// Sends a request on a connection of its own.
pub async fn exchange(address: SocketAddr, request: &Request) -> Answer {
    Connection::open(address).await.exchange(request).await
}
