//! Provider metadata: who the issuer is, and where its keys are (OpenID Connect Discovery 1.0, RFC 8414).

use std::fmt;

use serde::Deserialize;
use serde_json::error::Category;
use url::Url;

use crate::issuer::is_loopback;
use crate::jwk::for_log;
use crate::tenant::TenantTemplate;

/// The members of a metadata document that a resource server needs.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct ProviderMetadata {
    /// The expected issuer, byte for byte.
    pub(crate) issuer: String,
    /// Absolute; https, or http on loopback below a metadata URL of the same kind.
    pub(crate) jwks_uri: String,
    /// The Entra cloud of the tenant, such as `microsoftonline.com`.
    pub(crate) cloud_instance_name: Option<String>,
}

/// What a metadata document must say its issuer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExpectedIssuer {
    /// This one, byte for byte.
    Exact(String),
    /// One of these, for whatever tenant: the tenant is configured by a name, and the document tells its id.
    OfSomeTenant(Vec<TenantTemplate>),
}

/// Why a metadata document was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MetadataError {
    /// The document speaks for somebody else.
    Issuer { expected: String, found: String },
    /// The keys are nowhere they may be fetched from.
    JwksUri(&'static str),
    /// Not an object with the members that are needed, each once and of the right type.
    Members,
    /// Not JSON at all.
    Syntax,
}

impl ProviderMetadata {
    /// Reads the document that `metadata_url` answered with; it must speak for the `expected` issuer.
    pub(crate) fn parse(document: &[u8], metadata_url: &str, expected: &ExpectedIssuer) -> Result<Self, MetadataError> {
        let metadata: Self = serde_json::from_slice(document).map_err(|error| match error.classify() {
            Category::Data => MetadataError::Members,
            _ => MetadataError::Syntax,
        })?;
        // Serde would fill the members from an array too, by position.
        if !document.trim_ascii_start().starts_with(b"{") {
            return Err(MetadataError::Members);
        }

        // OpenID Connect Discovery 1.0 section 4.3, RFC 8414 section 3.3: the issuer MUST be identical to the one the
        // metadata was asked for, else the document MUST NOT be used. A trailing slash makes a difference.
        if !expected.is(&metadata.issuer) {
            return Err(MetadataError::Issuer { expected: expected.to_string(), found: for_log(&metadata.issuer) });
        }

        // RFC 8414 section 2: `jwks_uri` is a URL with the https scheme. Plain http is for a loopback issuer, and an
        // issuer elsewhere must not send us to this machine's own ports.
        let jwks_uri = Url::parse(&metadata.jwks_uri).map_err(|_| MetadataError::JwksUri("is not an absolute URL"))?;
        if !jwks_uri.username().is_empty() || jwks_uri.password().is_some() {
            return Err(MetadataError::JwksUri("carries credentials"));
        }
        let issuer_is_loopback = Url::parse(metadata_url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
        match jwks_uri.scheme() {
            "https" => Ok(metadata),
            "http" if issuer_is_loopback && is_loopback(&jwks_uri) => Ok(metadata),
            _ => Err(MetadataError::JwksUri("is not an https URL")),
        }
    }
}

impl ExpectedIssuer {
    fn is(&self, issuer: &str) -> bool {
        match self {
            Self::Exact(expected) => expected == issuer,
            Self::OfSomeTenant(templates) => templates.iter().any(|template| template.tenant_of(issuer).is_some()),
        }
    }
}

impl fmt::Display for ExpectedIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(issuer) => f.write_str(issuer),
            Self::OfSomeTenant(templates) => {
                f.write_str(&templates.iter().map(TenantTemplate::text).collect::<Vec<_>>().join(" or "))
            }
        }
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer { expected, found } => write!(
                f,
                "the issuer is \"{found}\" where \"{expected}\" was expected; the two must be identical, a trailing \
                 slash included"
            ),
            Self::JwksUri(problem) => write!(f, "`jwks_uri` {problem}"),
            Self::Members => f.write_str("`issuer` or `jwks_uri` is missing, given twice or not a string"),
            Self::Syntax => f.write_str("the document is not JSON"),
        }
    }
}

impl std::error::Error for MetadataError {}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://login.example/tenant/v2.0";
    const METADATA_URL: &str = "https://login.example/tenant/v2.0/.well-known/openid-configuration";
    const LOOPBACK_URL: &str = "http://127.0.0.1:4000/.well-known/openid-configuration";

    fn exact(issuer: &str) -> ExpectedIssuer {
        ExpectedIssuer::Exact(issuer.to_owned())
    }

    fn document(jwks_uri: &str) -> Vec<u8> {
        format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{jwks_uri}","tenant_region_scope":null,"other":[1]}}"#).into()
    }

    #[test]
    fn reads_what_entra_publishes() {
        let document = br#"{"token_endpoint":"https://login.microsoftonline.com/common/oauth2/v2.0/token",
            "jwks_uri":"https://login.microsoftonline.com/common/discovery/v2.0/keys","subject_types_supported":["pairwise"],
            "issuer":"https://login.microsoftonline.com/{tenantid}/v2.0","request_uri_parameter_supported":false,
            "tenant_region_scope":null,"cloud_instance_name":"microsoftonline.com"}"#;
        let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let metadata = ProviderMetadata::parse(document, METADATA_URL, &exact(issuer)).unwrap();
        assert_eq!(metadata.jwks_uri, "https://login.microsoftonline.com/common/discovery/v2.0/keys");
        assert_eq!(metadata.cloud_instance_name.as_deref(), Some("microsoftonline.com"));
    }

    #[test]
    fn the_issuer_must_be_identical() {
        for other in
            ["https://login.example/tenant/v2.0/", "https://LOGIN.example/tenant/v2.0", "", "https://evil.example"]
        {
            let error = ProviderMetadata::parse(&document("https://login.example/keys"), METADATA_URL, &exact(other))
                .unwrap_err();
            assert!(matches!(error, MetadataError::Issuer { .. }), "{other}: {error}");
        }
    }

    #[test]
    fn the_issuer_of_a_tenant_with_a_name_must_fit_and_tells_its_id() {
        let expected = ExpectedIssuer::OfSomeTenant(vec![
            TenantTemplate::new("https://login.example/{tenantid}/v2.0"),
            TenantTemplate::new("https://login.example/tfp/{tenantid}/flow/v2.0/"),
        ]);
        let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        for (issuer, fits) in [
            (format!("https://login.example/{tenant}/v2.0"), true),
            (format!("https://login.example/tfp/{tenant}/flow/v2.0/"), true),
            (format!("https://login.example/{tenant}/v2.0/"), false),
            (format!("https://evil.example/{tenant}/v2.0"), false),
            ("https://login.example/{tenantid}/v2.0".to_owned(), false),
        ] {
            let document = format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://login.example/keys"}}"#);
            let parsed = ProviderMetadata::parse(document.as_bytes(), METADATA_URL, &expected);
            assert_eq!(parsed.is_ok(), fits, "{issuer}");
        }
    }

    #[test]
    fn the_jwks_uri_must_be_https_or_loopback_below_loopback() {
        let cases = [
            (METADATA_URL, "https://login.example/keys?appid=1", true),
            (METADATA_URL, "http://login.example/keys", false),
            (METADATA_URL, "http://127.0.0.1/keys", false),
            (METADATA_URL, "/keys", false),
            (METADATA_URL, "file:///etc/passwd", false),
            (METADATA_URL, "https://user:secret@login.example/keys", false),
            ("https://127.0.0.1/metadata", "http://127.0.0.1/keys", false),
            (LOOPBACK_URL, "http://127.0.0.1:4000/keys", true),
            (LOOPBACK_URL, "http://localhost:4000/keys", true),
            (LOOPBACK_URL, "https://login.example/keys", true),
            (LOOPBACK_URL, "http://login.example/keys", false),
        ];
        for (metadata_url, jwks_uri, fits) in cases {
            let parsed = ProviderMetadata::parse(&document(jwks_uri), metadata_url, &exact(ISSUER));
            assert_eq!(parsed.is_ok(), fits, "{jwks_uri} below {metadata_url}");
        }
    }

    #[test]
    fn members_must_be_there_once_and_of_the_right_type() {
        let cases = [
            (&b""[..], MetadataError::Syntax),
            (b"<html>", MetadataError::Syntax),
            (b"\xEF\xBB\xBF{}", MetadataError::Syntax),
            (b"{}", MetadataError::Members),
            (b"[]", MetadataError::Members),
            (br#"["a","https://a.example",null]"#, MetadataError::Members),
            (br#"{"issuer":1,"jwks_uri":"https://a.example"}"#, MetadataError::Members),
            (br#"{"issuer":"a","issuer":"b","jwks_uri":"https://a.example"}"#, MetadataError::Members),
            (br#"{"issuer":"a","jwks_uri":null}"#, MetadataError::Members),
            (br#"{"issuer":"a","jwks_uri":"https://a.example"} x"#, MetadataError::Syntax),
        ];
        for (document, expected) in cases {
            let error = ProviderMetadata::parse(document, METADATA_URL, &exact("a")).unwrap_err();
            assert_eq!(error, expected, "{}", String::from_utf8_lossy(document));
        }
    }

    #[test]
    fn knows_this_machine() {
        let cases = [
            ("http://127.0.0.1/", true),
            ("http://127.9.9.9:80/", true),
            ("http://[::1]/", true),
            ("http://LOCALHOST/", true),
            ("http://0x7f.1/", true),
            ("http://localhost.example/", false),
            ("http://127.0.0.1.example/", false),
            ("http://127.0.0.1@evil.example/", false),
            ("http://10.0.0.1/", false),
            ("http://0.0.0.0/", false),
            ("data:text", false),
        ];
        for (url, expected) in cases {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
