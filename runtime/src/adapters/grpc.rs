//! A refusal as gRPC has it: the answer of a tower layer with `.grpc()`, and tonic's `Status`.

use http::Response;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::http::add_fields;
use crate::error::{AuthError, ErrorKind};

/// The field that carries the stable [code](crate::Reason::code) of a refusal, which a problem document cannot.
pub(crate) const REASON: &str = "auth-error-reason";

/// The status code of gRPC, by the table that pairs codes with HTTP statuses
/// ([google.rpc.Code](https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto)).
pub(crate) fn code(refusal: &AuthError) -> u8 {
    match refusal.kind() {
        ErrorKind::MalformedRequest => 3,
        ErrorKind::MissingToken | ErrorKind::InvalidToken | ErrorKind::InsufficientClaims => 16,
        ErrorKind::InsufficientScope | ErrorKind::Forbidden => 7,
        ErrorKind::Unavailable => 14,
        _ => 13,
    }
}

/// The fields of a refusal in a gRPC answer: challenge, time to come back, reason.
pub(crate) fn fields(refusal: &AuthError) -> impl Iterator<Item = (&'static str, String)> {
    let fields = refusal.fields().filter(|(name, _)| *name != CONTENT_TYPE.as_str());
    fields.chain([(REASON, refusal.reason().code().to_owned())])
}

/// The answer without messages ("Trailers-Only", gRPC over HTTP/2). Its HTTP status is 200, so the program must have said that
/// its callers speak gRPC.
pub(crate) fn response<B: Default>(refusal: &AuthError) -> Response<B> {
    let mut response = Response::new(B::default());
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-status", HeaderValue::from(u16::from(code(refusal))));
    // A sentence of ours has no byte that the percent-encoding of gRPC would touch.
    headers.insert("grpc-message", HeaderValue::from_static(refusal.reason().sentence()));
    add_fields(headers, fields(refusal));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn each_status_has_its_code() {
        let table = [(400, 3), (401, 16), (403, 7), (500, 13), (503, 14)];
        for reason in Reason::ALL {
            let refusal = AuthError::new(*reason);
            assert!(table.contains(&(refusal.status(), code(&refusal))), "{reason:?}");
        }
    }

    #[test]
    fn a_sentence_needs_no_percent_encoding() {
        for reason in Reason::ALL {
            let sentence = reason.sentence();
            assert!(sentence.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'%'), "{sentence}");
        }
    }

    #[test]
    fn a_refused_call_is_trailers_only() {
        let response: Response<String> = response(&Reason::Expired.into());
        let field = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(response.status(), 200);
        assert_eq!(field("content-type"), Some("application/grpc"));
        assert_eq!((field("grpc-status"), field(REASON)), (Some("16"), Some("expired")));
        assert!(field("www-authenticate").is_some());
        assert!(response.body().is_empty());
    }
}
