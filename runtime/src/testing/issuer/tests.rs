#![allow(clippy::disallowed_methods, reason = "a real issuer keeps real time; the wall is around the verifier")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};

use super::*;

mod tenants;

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A client that nobody could mistake for the one under test.
fn get(url: &str) -> std::io::Result<Reply> {
    get_with(url, "")
}

/// With one more header line, which ends in CRLF.
fn get_with(url: &str, header: &str) -> std::io::Result<Reply> {
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an http URL");
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{header}\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Ok(Reply { status, head: head.to_owned(), body: body.to_owned() })
}

fn page(issuer: &Issuer, path: &str) -> Reply {
    get(&format!("{}/{path}", issuer.url())).expect("an answer")
}

fn v2_keys(issuer: &Issuer) -> Reply {
    page(issuer, &format!("{}/discovery/v2.0/keys", issuer.tenant_id()))
}

fn v2_metadata(issuer: &Issuer) -> Reply {
    page(issuer, &format!("{}/v2.0/.well-known/openid-configuration", issuer.tenant_id()))
}

fn kids(document: &Value) -> Vec<String> {
    let keys = document["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["kid"].as_str().expect("kid").to_owned()).collect()
}

#[test]
fn entra_v2_documents_are_shaped_like_the_real_ones() {
    let issuer = Issuer::entra();
    let reply = v2_metadata(&issuer);
    let metadata = reply.json();
    assert_eq!(reply.header("cache-control"), Some("max-age=86400, private"));
    assert_eq!(metadata["issuer"], issuer.issuer());
    assert_eq!(metadata["issuer"], format!("{}/{}/v2.0", issuer.url(), issuer.tenant_id()));
    assert_eq!(metadata["cloud_instance_name"], "microsoftonline.com");
    assert_eq!(metadata["request_uri_parameter_supported"], false);

    let keys = get(metadata["jwks_uri"].as_str().expect("jwks_uri")).expect("an answer").json();
    assert_eq!(keys.to_string(), issuer.published_keys());
    let key = &keys["keys"][0];
    assert_eq!((key["kty"].as_str(), key["use"].as_str(), key["e"].as_str()), (Some("RSA"), Some("sig"), Some("AQAB")));
    assert_eq!(key["kid"], key["x5t"]);
    assert_eq!(key["kid"].as_str().map(str::len), Some(27));
    assert!(key["x5c"][0].as_str().is_some_and(|der| der.starts_with("MII")));
    assert_eq!(key["issuer"], format!("{}/{{tenantid}}/v2.0", issuer.url()));
    assert_eq!(key.get("alg"), None, "Entra ID states no algorithm");
}

#[test]
fn entra_v1_documents_differ_as_the_real_ones_do() {
    let issuer = Issuer::entra();
    let metadata = page(&issuer, &format!("{}/.well-known/openid-configuration", issuer.tenant_id())).json();
    assert_eq!(metadata["issuer"], format!("https://sts.windows.net/{}/", issuer.tenant_id()));
    assert_eq!(metadata["jwks_uri"], format!("{}/{}/discovery/keys", issuer.url(), issuer.tenant_id()));
    let keys = get(metadata["jwks_uri"].as_str().expect("jwks_uri")).expect("an answer").json();
    assert_eq!(keys["keys"][0].get("issuer"), None);
    assert_eq!(keys["keys"][0]["kid"], issuer.signing_key().kid());
}

#[test]
fn documents_of_many_tenants_name_a_template() {
    let issuer = Issuer::entra();
    let metadata = page(&issuer, "common/v2.0/.well-known/openid-configuration").json();
    assert_eq!(metadata["issuer"], format!("{}/{{tenantid}}/v2.0", issuer.url()));
    assert!(metadata["tenant_region_scope"].is_null());
    assert_eq!(kids(&page(&issuer, "common/discovery/v2.0/keys").json()).len(), 1);
    assert_eq!(page(&issuer, "organizations/.well-known/openid-configuration").status, 400, "v1 has none");
    assert_eq!(page(&issuer, "another/v2.0/.well-known/openid-configuration").status, 400);
}

#[test]
fn a_plain_provider_names_algorithms_and_nothing_of_entra() {
    let issuer = Issuer::oidc();
    let metadata = page(&issuer, ".well-known/openid-configuration").json();
    assert_eq!(metadata["issuer"], issuer.url());
    let keys = get(metadata["jwks_uri"].as_str().expect("jwks_uri")).expect("an answer").json();
    assert_eq!(keys["keys"][0]["alg"], "RS256");
    assert_eq!(keys["keys"][0]["kid"], "key-1");
    assert_eq!(keys["keys"][0].get("issuer"), None);
    assert_eq!(keys["keys"][0].get("x5c"), None);
}

#[test]
fn a_document_that_has_not_changed_is_not_sent_again() {
    let issuer = Issuer::entra();
    let url = format!("{}/{}/discovery/v2.0/keys", issuer.url(), issuer.tenant_id());
    let first = get(&url).expect("an answer");
    let tag = first.head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an entity tag");
    let conditional = format!("if-none-match: {tag}\r\n");
    let same = get_with(&url, &conditional).expect("an answer");
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    issuer.rotate();
    let other = get_with(&url, &conditional).expect("an answer");
    assert_eq!((other.status, kids(&other.json()).len()), (200, 2));
    assert_eq!((issuer.requests().keys, issuer.requests().not_modified), (3, 1));
}

#[test]
fn counts_by_document_and_version() {
    let issuer = Issuer::entra();
    let tenant = issuer.tenant_id();
    v2_metadata(&issuer);
    v2_keys(&issuer);
    v2_keys(&issuer);
    page(&issuer, &format!("{tenant}/discovery/keys"));
    page(&issuer, "elsewhere");
    let expected = Requests {
        metadata: 1,
        metadata_v1: 0,
        metadata_v2: 1,
        keys: 3,
        keys_v1: 1,
        keys_v2: 2,
        not_modified: 0,
        other: 1,
        total: 5,
    };
    assert_eq!(issuer.requests(), expected);
    issuer.reset_requests();
    assert_eq!(issuer.requests(), Requests::default());
}

#[test]
fn rotation_publishes_a_new_key_beside_the_old() {
    let issuer = Issuer::entra();
    let old = issuer.signing_key();
    issuer.rotate();
    let new = issuer.signing_key();
    assert_ne!(old.kid(), new.kid());
    assert_eq!(kids(&v2_keys(&issuer).json()), [old.kid(), new.kid()]);
    issuer.withdraw_old_keys();
    assert_eq!(kids(&v2_keys(&issuer).json()), [new.kid()]);
}

#[test]
fn an_unpublished_key_signs_before_it_can_be_looked_up() {
    let issuer = Issuer::oidc();
    issuer.rotate_unpublished();
    assert_eq!(issuer.signing_key().kid(), "key-2");
    assert_eq!(kids(&page(&issuer, "keys").json()), ["key-1"]);
    issuer.publish();
    issuer.publish();
    assert_eq!(kids(&page(&issuer, "keys").json()), ["key-1", "key-2"]);
}

#[test]
fn goes_down_and_comes_up_on_the_same_port() {
    let issuer = Issuer::entra();
    let url = format!("{}/{}/discovery/keys", issuer.url(), issuer.tenant_id());
    let host = issuer.url().strip_prefix("http://").expect("an http URL");
    let mut open = TcpStream::connect(host).expect("a connection");
    for _ in 0..3 {
        issuer.go_down();
        issuer.go_down();
        assert_eq!(get(&url).err().map(|error| error.kind()), Some(ErrorKind::ConnectionRefused));
        issuer.come_up();
        issuer.come_up();
        assert_eq!(get(&url).expect("an answer").status, 200);
    }
    let mut rest = vec![];
    assert!(matches!(open.read_to_end(&mut rest), Ok(0) | Err(_)), "open connections are closed");
}

#[test]
fn stops_when_the_last_handle_is_dropped() {
    let issuer = Issuer::oidc();
    let host = issuer.url().strip_prefix("http://").expect("an http URL").to_owned();
    let handle = issuer.clone();
    drop(issuer);
    assert!(TcpStream::connect(&host).is_ok());
    drop(handle);
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(&host).is_ok() {
        assert!(Instant::now() < deadline, "still serves");
    }
}

#[test]
fn fails_and_recovers() {
    let issuer = Issuer::entra();
    issuer.fail_with(503);
    assert_eq!((v2_metadata(&issuer).status, v2_keys(&issuer).status), (503, 503));
    issuer.recover();
    issuer.fail_in(Document::Keys, 500);
    assert_eq!((v2_metadata(&issuer).status, v2_keys(&issuer).status), (200, 500));
    issuer.go_down();
    issuer.recover();
    assert_eq!((v2_metadata(&issuer).status, v2_keys(&issuer).status), (200, 200));
}

#[test]
fn delays() {
    let issuer = Issuer::entra();
    issuer.delay(Duration::from_millis(120));
    let started = Instant::now();
    v2_keys(&issuer);
    assert!(started.elapsed() >= Duration::from_millis(120));
    assert_eq!(issuer.requests().keys, 1);
}

#[tokio::test]
async fn serves_inside_a_runtime_that_does_nothing_else() {
    let issuer = Issuer::entra();
    issuer.go_down();
    issuer.come_up();
    assert_eq!(v2_keys(&issuer).status, 200);
}

#[test]
fn tells_each_lie_about_any_document() {
    let issuer = Issuer::entra();
    issuer.lie(Lie::Garbage);
    assert!(serde_json::from_str::<Value>(&v2_keys(&issuer).body).is_err());
    assert!(serde_json::from_str::<Value>(&v2_metadata(&issuer).body).is_err());
    issuer.lie(Lie::Html);
    assert_eq!(v2_keys(&issuer).header("content-type"), Some("text/html; charset=utf-8"));
    issuer.lie(Lie::Truncated);
    assert!(serde_json::from_str::<Value>(&v2_keys(&issuer).body).is_err());
    issuer.lie(Lie::Oversized);
    let oversized = v2_keys(&issuer);
    assert!(oversized.body.len() > 10_000_000);
    assert_eq!(kids(&oversized.json()), [issuer.signing_key().kid()]);
    issuer.lie(Lie::WrongContentType);
    assert_eq!(v2_keys(&issuer).header("content-type"), Some("text/plain"));
    issuer.recover();
    issuer.lie_in(Document::Keys, Lie::RedirectToHttp);
    issuer.reset_requests();
    let redirect = v2_keys(&issuer);
    let location = redirect.header("location").expect("location");
    assert_eq!(redirect.status, 302);
    let elsewhere = get(&format!("{}{location}", issuer.url())).expect("an answer");
    assert_eq!(kids(&elsewhere.json()), [issuer.signing_key().kid()]);
    assert_eq!((issuer.requests().keys, issuer.requests().other), (1, 1));
}

#[test]
fn a_document_can_be_never_ending() {
    let issuer = Issuer::entra();
    issuer.lie(Lie::NeverEnding);
    let host = issuer.url().strip_prefix("http://").expect("an http URL");
    let mut stream = TcpStream::connect(host).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    write!(stream, "GET /{}/discovery/keys HTTP/1.1\r\nhost: x\r\n\r\n", issuer.tenant_id()).expect("a request");
    let mut text = String::new();
    while text.matches("\r\n1\r\n \r\n").count() == 0 {
        let mut buffer = [0; 256];
        let read = stream.read(&mut buffer).expect("more");
        assert!(read > 0, "ended: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
}

#[test]
fn tells_each_lie_about_metadata() {
    let issuer = Issuer::entra();
    let right = v2_metadata(&issuer).json();
    let lies = [
        (Lie::WrongIssuer, "issuer", Some("https://issuer.invalid".to_owned())),
        (Lie::IssuerWithSlash, "issuer", Some(issuer.issuer() + "/")),
        (Lie::NoIssuer, "issuer", None),
        (Lie::NoKeysUri, "jwks_uri", None),
        (Lie::KeysOverHttp, "jwks_uri", Some("http://keys.invalid/keys".to_owned())),
        (Lie::KeysInFile, "jwks_uri", Some("file:///etc/hostname".to_owned())),
    ];
    for (lie, member, value) in lies {
        issuer.lie(lie);
        let mut told = v2_metadata(&issuer).json();
        assert_eq!(told.get(member).and_then(Value::as_str), value.as_deref(), "{lie:?}");
        told[member] = right[member].clone();
        assert_eq!(told, right, "{lie:?} changes one member");
        assert_eq!(v2_keys(&issuer).body, issuer.published_keys(), "{lie:?} leaves the keys alone");
    }
}

#[test]
fn tells_each_lie_about_keys() {
    let issuer = Issuer::entra();
    let kid = issuer.signing_key().kid().to_owned();
    let told = |lie| {
        issuer.lie(lie);
        v2_keys(&issuer).json()
    };
    assert_eq!(told(Lie::EmptyKeys)["keys"], json!([]));
    assert_eq!(told(Lie::NoKeysMember).get("keys"), None);
    assert!(told(Lie::NullKeys)["keys"].is_null());
    assert_eq!(told(Lie::KeyWithoutKid)["keys"][0].get("kid"), None);
    assert_eq!(told(Lie::SwappedKeys)["keys"][0]["n"], issuer.foreign_key().jwk()["n"]);
    let mixed = told(Lie::MixedKeys);
    let mixed = mixed["keys"].as_array().expect("keys");
    assert!(mixed.len() > 15);
    assert_eq!(mixed.iter().filter(|key| key["kid"] == *kid).count(), 1);
    assert_eq!(told(Lie::ManyKeys)["keys"].as_array().map(Vec::len), Some(2_001));
    assert_eq!(kids(&told(Lie::DuplicateKid)), [&*kid, &*kid, &*kid]);
    assert_eq!(told(Lie::EncryptionKeys)["keys"][0]["use"], "enc");
    assert_eq!(told(Lie::OtherAlgorithm)["keys"][0]["alg"], "PS256");
    assert_eq!(told(Lie::SymmetricKeys)["keys"][0]["kty"], "oct");
    let decoded = |document: &Value| {
        data_encoding::BASE64URL_NOPAD.decode(document["keys"][0]["n"].as_str().expect("n").as_bytes()).expect("n")
    };
    assert_eq!(decoded(&told(Lie::LeadingZeroModulus))[..1], [0]);
    assert_eq!(decoded(&told(Lie::LeadingZeroModulus)).len(), 257);
    assert_eq!(decoded(&told(Lie::ShortKeys)).len(), 128);
    assert_eq!(told(Lie::ExponentOne)["keys"][0]["e"], "AQ");
    for lie in [Lie::KeysOfConsumers, Lie::KeysOfAnotherTenant] {
        assert!(!told(lie)["keys"][0]["issuer"].as_str().expect("issuer").contains('{'), "{lie:?}");
    }
    assert_eq!(told(Lie::KeysOfAnotherCloud)["keys"][0]["cloud_instance_name"], "microsoftonline.us");
    assert_eq!(v2_metadata(&issuer).json()["issuer"], issuer.issuer());
}
