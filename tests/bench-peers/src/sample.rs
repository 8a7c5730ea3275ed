//! A token as a request carries it.

use data_encoding::BASE64URL_NOPAD;
use http::HeaderValue;

/// The `Authorization` field of a request, in the forms that subjects take.
pub(crate) struct Sample {
    field: String,
    /// Where the signed text ends.
    signed: usize,
    /// The same, for subjects that are a service; cheap to clone.
    pub(crate) value: HeaderValue,
    /// The decoded signature, for the floor.
    pub(crate) signature: Vec<u8>,
}

const SCHEME: &str = "Bearer ";

impl Sample {
    pub(crate) fn new(token: &str) -> Self {
        let field = format!("{SCHEME}{token}");
        let value = HeaderValue::from_str(&field).expect("tokens are ASCII");
        let signature = token.rsplit_once('.').map(|(_, text)| BASE64URL_NOPAD.decode(text.as_bytes()));
        let signed = field.rfind('.').unwrap_or(SCHEME.len());
        Self { field, signed, value, signature: signature.and_then(Result::ok).unwrap_or_default() }
    }

    /// The bytes of the field.
    pub(crate) fn field(&self) -> &[u8] {
        self.field.as_bytes()
    }

    /// The token alone.
    pub(crate) fn token(&self) -> &str {
        &self.field[SCHEME.len()..]
    }

    /// What is signed.
    pub(crate) fn message(&self) -> &[u8] {
        &self.field.as_bytes()[SCHEME.len()..self.signed]
    }
}
