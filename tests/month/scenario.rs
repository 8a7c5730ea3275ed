//! Which API lives through the month, and what its floods are made of.

use data_encoding::BASE64URL_NOPAD;
use requires_auth::Authority;
use requires_auth::testing::Issuer;

/// An API and those who flood it. Another API is another constant here and a test in `month.rs`.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) authority: fn(&Issuer) -> Authority,
    /// The issuers of tokens of version 2.0 and 1.0, as the log names them.
    pub(crate) issuers: fn(&Issuer) -> [String; 2],
    /// The token of this number in a flood, made of a genuine one.
    pub(crate) invented: fn(&str, usize) -> String,
}

pub(crate) const ONE_TENANT: Scenario = Scenario {
    authority: Issuer::authority,
    issuers: |issuer| [issuer.issuer(), format!("https://sts.windows.net/{}/", issuer.tenant_id())],
    invented: with_invented_kid,
};

/// Names a key that nobody has. Whose signature it bears does not matter.
fn with_invented_kid(genuine: &str, number: usize) -> String {
    let (_, rest) = genuine.split_once('.').expect("a header");
    let header = format!(r#"{{"typ":"JWT","alg":"RS256","kid":"invented-{number}"}}"#);
    format!("{}.{rest}", BASE64URL_NOPAD.encode(header.as_bytes()))
}
