//! Why a document could not be fetched, in the operator's words.

use url::Url;

use crate::authority::Profile;
use crate::issuer::is_loopback;
use crate::keys::FetchError;

/// What to do about a document at `url` that was not fetched.
pub(super) fn advice(error: &FetchError, url: &str, profile: &Profile) -> String {
    match error {
        FetchError::Status(status) => of_status(*status, profile).to_owned(),
        FetchError::TooLarge => "Something else answers there: such documents have some kilobytes.".to_owned(),
        FetchError::Url(_) => "The issuer names a URL that is not fetched. Keys come over https alone.".to_owned(),
        FetchError::Exchange(text) => {
            let is_near = Url::parse(url).is_ok_and(|url| is_loopback(&url));
            let proxy = || match proxy_variable(|name| std::env::var_os(name).is_some()) {
                Some(variable) => format!(" {variable} is set, so a proxy is asked."),
                None => " No proxy is set; where one is needed, set HTTPS_PROXY.".to_owned(),
            };
            // No proxy leads to this machine itself.
            of_exchange(text, &if is_near { String::new() } else { proxy() })
        }
    }
}

fn of_status(status: u16, profile: &Profile) -> &'static str {
    match (status, profile) {
        (400 | 404, Profile::Entra | Profile::ExternalId) => {
            "Entra ID answers so for a tenant that it does not know there. Compare the tenant (AzureAd__TenantId) with \
             Directory (tenant) ID on the app registration's overview page; if it is right, the tenant lives in another \
             cloud (AzureAd__Instance)."
        }
        (400 | 404, Profile::B2c) => {
            "Azure AD B2C answers so where the tenant's name or the user flow is wrong. Compare both with the portal: Azure \
             AD B2C > User flows > (the flow) > Run user flow shows the URL."
        }
        (400 | 404 | 410, _) => {
            "There is no metadata below the issuer. Compare the issuer with what the provider documents, to the letter."
        }
        (401 | 403, _) => "Metadata is public, so a proxy or firewall answered. Let this host through.",
        (407, _) => "The proxy wants credentials: write them into HTTPS_PROXY (http://user:password@host:port).",
        (429, _) => "The issuer is asked too often from here. The keys that are cached go on serving.",
        (300..=399, _) => {
            "The issuer redirects to where nobody follows. A captive portal, or another URL than the issuer's own?"
        }
        (500..=599, _) => "The issuer, or a proxy on the way, has a fault. The keys that are cached go on serving.",
        _ => "Ask for the URL with curl from this machine, and see who answers.",
    }
}

/// The client's own words, by what operators can do about them.
fn of_exchange(text: &str, proxy: &str) -> String {
    let text = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let (advice, is_about_the_way) = if has(&["dns error", "failed to lookup", "name or service", "name resolution"]) {
        (
            "The host's name is not found. Is it spelled right, and does this machine or container have a name server?",
            true,
        )
    } else if has(&["unknownissuer", "unknown issuer", "self-signed", "self signed", "unable to get local issuer"]) {
        (
            "This machine does not trust the certificate. Where a proxy inspects TLS, install its CA certificate in the \
             system's store, or let SSL_CERT_FILE name a PEM file that holds it beside the others.",
            false,
        )
    } else if has(&["certificate"]) && has(&["expired", "notvalidyet", "not valid yet"]) {
        (
            "The certificate is out of date by this machine's clock. Set the clock by NTP; if it is right, the issuer's \
          certificate has expired.",
            false,
        )
    } else if has(&["notvalidforname", "not valid for name"]) {
        ("Another host answers under this name. Look at its DNS entry, and at proxies that intercept.", false)
    } else if has(&["proxy", "tunnel"]) {
        ("The proxy does not let it through. Let it pass this host, or add the host to NO_PROXY.", false)
    } else if has(&["refused"]) {
        ("Nobody listens there: the issuer is down, the port is wrong, or a firewall rejects.", true)
    } else if has(&["in time", "timed out"]) {
        ("Nothing came back within 5 s: a firewall that drops, or a network without a way out.", true)
    } else if has(&["redirect"]) {
        ("The issuer redirects to where nobody follows. A captive portal?", false)
    } else {
        ("Ask for the URL with curl from this machine, and see who answers.", true)
    };
    format!("{advice}{}", if is_about_the_way { proxy } else { "" })
}

/// The variable that names a proxy for https. Its value may hold credentials.
fn proxy_variable(is_set: impl Fn(&str) -> bool) -> Option<&'static str> {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().find(|name| is_set(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are those of reqwest 0.13, hyper-util and rustls.
    #[test]
    fn each_failure_has_its_own_advice() {
        for (text, expected) in [
            ("error sending request: client error (Connect): dns error: failed to lookup address information", "name"),
            ("client error (Connect): tcp connect error: Connection refused (os error 111)", "listens"),
            ("client error (Connect): invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
            ("invalid peer certificate: certificate expired: verification time 1700 (UNIX)", "clock"),
            ("invalid peer certificate: certificate not valid for name \"a\"; NotValidForName", "Another host"),
            ("no complete answer in time (error sending request: operation timed out)", "firewall"),
            ("client error (Connect): unsuccessful tunnel", "NO_PROXY"),
            ("something new", "curl"),
        ] {
            assert!(of_exchange(text, "").contains(expected), "{text}");
        }
    }

    #[test]
    fn says_whether_a_proxy_is_asked_and_never_which() {
        assert_eq!(proxy_variable(|name| name == "ALL_PROXY"), Some("ALL_PROXY"));
        let refused = FetchError::Exchange("connection refused".to_owned());
        assert!(advice(&refused, "https://login.example.com/x", &Profile::Oidc(None)).contains("PROXY"));
        assert!(!advice(&refused, "http://127.0.0.1:9/x", &Profile::Oidc(None)).contains("PROXY"));
    }

    #[test]
    fn a_tenant_that_entra_does_not_know_is_told_apart_from_a_wrong_issuer() {
        assert!(of_status(400, &Profile::Entra).contains("AzureAd__TenantId"));
        assert!(of_status(404, &Profile::Oidc(None)).contains("to the letter"));
        assert!(of_status(404, &Profile::B2c).contains("User flows"));
    }
}
