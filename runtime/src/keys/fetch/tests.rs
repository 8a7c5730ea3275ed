use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc;

use super::*;
use crate::clock::{Clock as _, SystemClock};

const SHORT: Limits = Limits { connect: Duration::from_millis(300), total: Duration::from_millis(300) };

/// A server on loopback that hands each connection to `serve` after the request's head, and reports the head.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys?secret=hidden", listener.local_addr().unwrap());
    let (heads, seen) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<_> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let _ = heads.send(head.join("\n").to_lowercase());
            serve(stream);
        }
    });
    (url, seen)
}

fn answers(head: &str, body: &str) -> impl Fn(TcpStream) + Send + 'static {
    let answer = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    move |mut stream| drop(stream.write_all(answer.as_bytes()))
}

fn loopback() -> HttpTransport {
    HttpTransport::with_limits(["http://127.0.0.1/"], None, SHORT).unwrap()
}

/// Asks for the whole document.
async fn get(transport: &HttpTransport, url: &str) -> Result<Document, FetchError> {
    transport.get(url, None).await.map(|fetched| match fetched {
        Fetched::Document(document) => document,
        Fetched::NotModified(_) => panic!("not modified since when?"),
    })
}

fn tag(text: &str) -> Validator {
    Validator::EntityTag(text.into())
}

#[tokio::test]
async fn fetches_a_document_its_version_its_max_age_and_the_servers_time() {
    let (url, heads) = server(answers(
        "200 OK\r\ncache-control: private, Max-Age=600\r\netag: W/\"7\"\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT",
        "{\"keys\":[]}",
    ));
    let document = get(&loopback(), &url).await.unwrap();
    let freshness = Freshness { max_age: Some(Duration::from_secs(600)), date: Some(784_111_777), age: 0 };
    let expected = Document { body: b"{\"keys\":[]}".to_vec(), validator: Some(tag("W/\"7\"")), freshness };
    assert_eq!(document, expected);
    let head = heads.recv().unwrap();
    assert!(head.contains("user-agent: requires-auth/"), "{head}");
    assert!(!head.contains("accept-encoding") && !head.contains("referer"), "{head}");
    assert!(!head.contains("if-none-match") && !head.contains("if-modified-since"), "{head}");
    let by_name = url.replace("127.0.0.1", "localhost");
    assert!(get(&loopback(), &by_name).await.is_ok());
}

#[tokio::test]
async fn any_status_but_200_is_refused() {
    for (head, status) in [
        ("201 Created", 201),
        ("204 No Content", 204),
        ("302 Found\r\nlocation: /elsewhere", 302),
        ("304 Not Modified\r\netag: \"7\"", 304),
        ("307 Temporary Redirect\r\nlocation: https://login.example/keys", 307),
        ("404 Not Found", 404),
        ("503 Service Unavailable", 503),
    ] {
        let (url, _) = server(answers(head, ""));
        assert_eq!(get(&loopback(), &url).await, Err(FetchError::Status(status)));
    }
}

#[tokio::test]
async fn a_known_version_is_asked_for_and_found_current() {
    let (url, heads) = server(answers("304 Not Modified\r\ncache-control: max-age=60", ""));
    let cases = [
        (tag("W/\"7\""), "if-none-match: w/\"7\""),
        (
            Validator::LastModified("Sun, 06 Nov 1994 08:49:37 GMT".into()),
            "if-modified-since: sun, 06 nov 1994 08:49:37",
        ),
    ];
    for (known, expected) in cases {
        let fetched = loopback().get(&url, Some(&known)).await.unwrap();
        let freshness = Freshness { max_age: Some(Duration::from_secs(60)), date: None, age: 0 };
        assert_eq!(fetched, Fetched::NotModified(freshness));
        let head = heads.recv().unwrap();
        assert!(head.contains(expected), "{head}");
    }
    let (url, _) = server(answers("200 OK\r\netag: \"8\"", "new"));
    let Fetched::Document(document) = loopback().get(&url, Some(&tag("\"7\""))).await.unwrap() else { panic!() };
    assert_eq!((document.body, document.validator), (b"new".to_vec(), Some(tag("\"8\""))));
}

type Fields<'a> = &'a [(HeaderName, &'a str)];

#[test]
fn a_version_is_named_by_a_tag_or_a_time_in_the_form_of_the_rfc() {
    let time = "Sun, 06 Nov 1994 08:49:37 GMT";
    let second_later = "Sun, 06 Nov 1994 08:49:38 GMT";
    let by_time = || Some(Validator::LastModified(time.into()));
    let longest = format!("\"{}\"", "x".repeat(254));
    let too_long = format!("\"{}\"", "x".repeat(255));
    let cases: [(Fields<'_>, Option<Validator>); 16] = [
        (&[], None),
        (&[(ETAG, "\"a\"")], Some(tag("\"a\""))),
        (&[(ETAG, "W/\"a\"")], Some(tag("W/\"a\""))),
        (&[(ETAG, "\"\"")], Some(tag("\"\""))),
        (&[(ETAG, &longest)], Some(tag(&longest))),
        (&[(ETAG, &too_long)], None),
        (&[(ETAG, "*")], None),
        (&[(ETAG, "a")], None),
        (&[(ETAG, "\"a\", \"b\"")], None),
        (&[(ETAG, "\"a b\"")], None),
        (&[(ETAG, "\"\u{e9}\"")], None),
        (&[(ETAG, "\"a\""), (ETAG, "\"b\"")], None),
        (&[(LAST_MODIFIED, time), (DATE, second_later)], by_time()),
        (&[(ETAG, "*"), (LAST_MODIFIED, time), (DATE, second_later)], by_time()),
        (&[(LAST_MODIFIED, time), (DATE, time)], None),
        (&[(LAST_MODIFIED, "yesterday"), (DATE, second_later)], None),
    ];
    for (fields, expected) in cases {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        assert_eq!(Validator::of(&headers, Freshness::of(&headers).date), expected, "{fields:?}");
    }
}

#[tokio::test]
async fn a_body_of_more_than_1_mib_is_refused() {
    let (url, _) = server(answers("200 OK", &"x".repeat(MAX_BODY)));
    assert_eq!(get(&loopback(), &url).await.unwrap().body.len(), MAX_BODY);
    let (url, _) = server(answers("200 OK", &"x".repeat(MAX_BODY + 1)));
    assert_eq!(get(&loopback(), &url).await, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn an_endless_body_is_refused_at_the_cap() {
    let (url, _) = server(|mut stream| {
        let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while sent.is_ok() {
            sent = stream.write_all(chunk.as_bytes());
        }
    });
    let transport = HttpTransport::new(["http://127.0.0.1/"], None).unwrap();
    assert_eq!(get(&transport, &url).await, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    let (url, _) = server(|mut stream| {
        // One byte at a time: each arrives early enough, the whole does not.
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        while sent.is_ok() {
            std::thread::sleep(Duration::from_millis(20));
            sent = stream.write_all(b"x");
        }
    });
    let clock = SystemClock::new();
    let Err(FetchError::Exchange(text)) = get(&loopback(), &url).await else { panic!("slow") };
    assert!(clock.monotonic() < Duration::from_secs(1));
    assert!(text.contains("in time") && !text.contains("hidden"), "{text}");
}

#[tokio::test]
async fn a_compressed_body_stays_as_it_is() {
    let (url, _) = server(answers("200 OK\r\ncontent-encoding: gzip", "not unpacked"));
    assert_eq!(get(&loopback(), &url).await.unwrap().body, b"not unpacked");
}

#[tokio::test]
async fn errors_show_no_query_and_name_their_cause() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://user:password@{unused}/keys?secret=hidden");
    let text = get(&loopback(), &url).await.unwrap_err().to_string();
    assert!(text.contains("refused"), "{text}");
    assert!(!text.contains("hidden") && !text.contains("password"), "{text}");
}

#[tokio::test]
async fn plain_http_is_for_loopback_only() {
    for url in
        ["http://login.example/keys", "http://10.0.0.1/", "http://127.0.0.1.example/", "file:///etc/passwd", "keys"]
    {
        assert!(matches!(get(&loopback(), url).await, Err(FetchError::Url(_))), "{url}");
    }
    assert!(matches!(get(&loopback(), "https://login.example/").await, Err(FetchError::Url(_))), "not set up");
}

#[tokio::test]
async fn a_users_settings_come_before_ours() {
    let (url, heads) = server(answers("200 OK", ""));
    let (proxy, _) = server(answers("500 Proxy", ""));
    let customise = |builder: ClientBuilder| {
        let agent = [("x-mine".parse().unwrap(), "1".parse().unwrap())];
        let proxy = reqwest::Proxy::all(&proxy).unwrap();
        builder.default_headers(HeaderMap::from_iter(agent)).proxy(proxy).https_only(true).user_agent("other")
    };
    let transport = HttpTransport::with_limits(["http://127.0.0.1/"], Some(&customise), SHORT).unwrap();
    get(&transport, &url).await.unwrap();
    let head = heads.recv().unwrap();
    assert!(head.contains("x-mine: 1") && head.contains("user-agent: requires-auth/"), "{head}");
}

/// The address of a proxy that refuses, and what it was asked.
fn proxy() -> (String, mpsc::Receiver<String>) {
    let (url, heads) = server(answers("502 Bad Gateway", ""));
    (url.trim_end_matches("/keys?secret=hidden").to_owned(), heads)
}

#[tokio::test]
async fn https_goes_through_a_proxy_that_the_user_sets() {
    let (url, heads) = proxy();
    let customise = |builder: ClientBuilder| builder.proxy(reqwest::Proxy::all(&url).unwrap());
    let transport = HttpTransport::with_limits(["https://login.example/"], Some(&customise), SHORT).unwrap();
    assert!(matches!(get(&transport, "https://login.example/keys").await, Err(FetchError::Exchange(_))));
    assert!(heads.recv().unwrap().starts_with("connect login.example:443"));
}

#[tokio::test]
#[ignore = "run in a process of its own by `https_goes_through_the_proxy_of_the_environment`"]
async fn with_a_proxy_in_the_environment() {
    let transport = HttpTransport::with_limits(["https://login.example/"], None, SHORT).unwrap();
    assert!(get(&transport, "https://login.example/keys").await.is_err());
}

#[test]
fn https_goes_through_the_proxy_of_the_environment() {
    let (url, heads) = proxy();
    // The environment of this process belongs to all tests.
    let outcome = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "keys::fetch::tests::with_a_proxy_in_the_environment"])
        .env("HTTPS_PROXY", url)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(outcome.status.success() && text.contains("1 passed"), "{text}");
    assert!(heads.recv().unwrap().starts_with("connect login.example:443"));
}

#[test]
fn redirects_stay_on_https_and_are_at_most_3() {
    let url = |text| Url::parse(text).unwrap();
    assert_eq!(redirect_refusal(&url("https://b.example/"), 1), None);
    assert_eq!(redirect_refusal(&url("https://b.example/"), 3), None);
    assert!(redirect_refusal(&url("https://b.example/"), 4).is_some());
    for other in ["http://b.example/", "http://127.0.0.1/", "ftp://b.example/"] {
        assert!(redirect_refusal(&url(other), 1).is_some(), "{other}");
    }
}

#[test]
fn reads_max_age() {
    let cases: [(&[&str], Option<u64>); 9] = [
        (&[], None),
        (&["no-cache"], None),
        (&["max-age=60"], Some(60)),
        (&["public, MAX-AGE = \"60\", must-revalidate"], Some(60)),
        (&["s-maxage=10, max-age=60"], Some(60)),
        (&["max-age=60, max-age=30"], Some(30)),
        (&["max-age=60", "max-age=90"], Some(60)),
        (&["max-age=-1"], None),
        (&["max-age=99999999999999999999999"], None),
    ];
    for (values, expected) in cases {
        let headers = values.iter().map(|value| (CACHE_CONTROL, value.parse().unwrap())).fold(
            HeaderMap::new(),
            |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            },
        );
        assert_eq!(max_age(&headers), expected.map(Duration::from_secs), "{values:?}");
    }
}

#[test]
#[ignore = "run in a process of its own by `a_missing_ca_store_is_named_and_loopback_does_not_need_it`"]
fn without_a_ca_store() {
    let error = HttpTransport::new(["http://127.0.0.1/", "https://login.example/"], None).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("ca-certificates") && text.contains("SSL_CERT_FILE"), "{text}");
    HttpTransport::new(["http://127.0.0.1/", "http://localhost:1/", "http://[::1]/"], None).unwrap();
}

#[test]
fn a_missing_ca_store_is_named_and_loopback_does_not_need_it() {
    // The environment of this process belongs to all tests.
    let outcome = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "keys::fetch::tests::without_a_ca_store"])
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(outcome.status.success() && text.contains("1 passed"), "{text}");
}
