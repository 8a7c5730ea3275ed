//! Issuers and other URLs of a configuration, checked once.

use std::net::IpAddr;

use url::{Host, Url};

use crate::setup_error::SetupError;

/// Checks that `text` is the URL of an issuer or an authority: absolute, https (or http on this machine), without
/// credentials, query or fragment (OpenID Connect Discovery section 3, RFC 8414 section 2).
///
/// `setting` is the name the operator knows it by.
pub(crate) fn check_url(setting: &str, text: &str) -> Result<Url, SetupError> {
    let url = Url::parse(text).map_err(|error| {
        SetupError::invalid(format!("{setting} is not a URL: {text:?} ({error}); write https://..."))
    })?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(SetupError::invalid(format!(
            "{setting} must start with https:// ({text:?}); plain http is for issuers on this machine alone"
        )));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(SetupError::invalid(format!(
            "{setting} must have no query, fragment or credentials; take them off the URL"
        )));
    }
    Ok(url)
}

/// Whether the URL's host is this machine: 127.0.0.0/8, `::1` or `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_on_this_machine() {
        for url in ["https://login.example.com/x", "http://127.0.0.1:80/a", "http://localhost:4430", "http://[::1]/"] {
            assert!(check_url("issuer", url).is_ok(), "{url}");
        }
        for url in [
            "login.example.com",
            "",
            "http://login.example.com",
            "http://localhost.evil.com",
            "http://127.0.0.1.evil.com",
            "ftp://localhost",
            "https://user@example.com",
            "https://example.com?x=1",
            "https://example.com#x",
        ] {
            assert!(check_url("issuer", url).is_err(), "{url}");
        }
    }

    #[test]
    fn messages_name_the_setting_and_the_fix() {
        let error = check_url("OIDC_ISSUER", "http://example.com").unwrap_err().to_string();
        assert!(error.contains("OIDC_ISSUER") && error.contains("https://"), "{error}");
    }
}
