//! How one issuer differs from another, for the developer who compares them by eye.

use super::Route;
pub(super) use crate::authority::Product;
use crate::authority::{IssuerRule, issuer_host};
use crate::guid;
use crate::tenant::PERSONAL_ACCOUNTS;

/// How an issuer that was found differs from one that is expected. The nearer come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// The slash at the end.
    Slash,
    Case,
    /// http and https.
    Scheme,
    /// The same tenant, in the form of the other version.
    Version,
    /// The same tenant, in another cloud of Entra ID, by the host of its issuers.
    Cloud(&'static str),
    /// Another tenant; this one where it is known.
    Tenant(String),
    /// The expected one is of another product of Microsoft.
    Product(Product),
    /// The same host, another path.
    Path,
    Host,
}

/// An issuer as it is written.
struct Parts<'i> {
    scheme: &'i str,
    host: &'i str,
    path: &'i str,
    tenant: Option<&'i str>,
    is_v2: bool,
    product: Option<Product>,
}

/// The difference of `found` from `expected`, which may hold `{tenantid}`. `None` if they are the same.
pub(super) fn difference(found: &str, expected: &str) -> Option<Difference> {
    let (it, other) = (Parts::of(found), Parts::of(expected));
    // A template is for whatever tenant it is compared with.
    let resolved;
    let (expected, other) = match (it.tenant, other.tenant) {
        (Some(tenant), Some("{tenantid}")) => {
            resolved = expected.replace("{tenantid}", tenant);
            (resolved.as_str(), Parts::of(&resolved))
        }
        _ => (expected, other),
    };
    if found == expected {
        return None;
    }
    let without_slash = |text: &str| text.trim_end_matches('/').to_owned();
    if without_slash(found) == without_slash(expected) {
        return Some(Difference::Slash);
    }
    if found.eq_ignore_ascii_case(expected) {
        return Some(Difference::Case);
    }
    if it.scheme != other.scheme && (it.host, it.path) == (other.host, other.path) {
        return Some(Difference::Scheme);
    }
    if let (Some(product), Some(_)) = (it.product, other.product)
        && it.product != other.product
    {
        return Some(Difference::Product(product));
    }
    let clouds = (issuer_host(it.host), issuer_host(other.host));
    match (it.tenant, other.tenant) {
        (Some(tenant), Some(expected)) if tenant != expected => Some(Difference::Tenant(tenant.to_owned())),
        // Version 1.0 has one host for most clouds.
        (Some(_), Some(_)) if it.is_v2 != other.is_v2 => Some(Difference::Version),
        (Some(_), Some(_)) if clouds.0 != clouds.1 && it.path == other.path => {
            Some(clouds.0.map_or(Difference::Host, Difference::Cloud))
        }
        _ if it.host == other.host => Some(Difference::Path),
        _ => Some(it.product.map_or(Difference::Host, Difference::Product)),
    }
}

/// The product whose issuers are written so.
pub(super) fn product_of(issuer: &str) -> Option<Product> {
    Parts::of(issuer).product
}

/// The route whose issuer is most like `iss`, the first of equals.
pub(super) fn nearest<'r>(iss: &str, routes: &'r [Route]) -> Option<&'r Route> {
    routes.iter().min_by_key(|route| difference_from_rule(iss, &route.issuer.issuer).map(|(difference, _)| difference))
}

/// The smallest difference of `iss` from the issuers of a rule, and the one it is from.
pub(super) fn difference_from_rule(iss: &str, rule: &IssuerRule) -> Option<(Difference, String)> {
    let forms = match rule {
        IssuerRule::Learned(templates) => templates.iter().map(crate::tenant::TenantTemplate::text).collect(),
        rule => vec![rule.text()],
    };
    let differences = forms.into_iter().filter_map(|form| Some((difference(iss, &form)?, form)));
    differences.min_by(|(one, _), (other, _)| one.cmp(other))
}

impl<'i> Parts<'i> {
    fn of(issuer: &'i str) -> Self {
        let (scheme, rest) = issuer.split_once("://").unwrap_or(("", issuer));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let segments: Vec<_> = path.trim_matches('/').split('/').collect();
        let is_tenant = |text: &&str| guid::is_guid(text) || *text == "{tenantid}";
        let name = host.split(':').next().unwrap_or(host);
        let is_flow = segments.first() == Some(&"tfp");
        let product = if is_flow { Some(Product::B2c) } else { Product::of_host(name) };
        Self {
            scheme,
            host,
            path,
            tenant: segments.iter().copied().find(is_tenant),
            is_v2: segments.last() == Some(&"v2.0"),
            product,
        }
    }
}

impl Difference {
    /// What to do about a token's issuer that differs so from the `expected` one.
    pub(super) fn advice(&self, expected: &str) -> String {
        match self {
            Self::Slash => format!(
                "It differs from {expected} by the slash at the end alone. Issuers are compared exactly: configure it as the \
                 token has it."
            ),
            Self::Case => format!(
                "It differs from {expected} in upper and lower case alone. Issuers are compared exactly: configure it as the \
                 token has it."
            ),
            Self::Scheme => {
                format!("It differs from {expected} by http and https alone. Configure it as the token has it.")
            }
            Self::Version => format!(
                "It is the same tenant's issuer for the other version of tokens; {expected} is trusted. Set \
                 requestedAccessTokenVersion in the manifest of the API's app registration."
            ),
            Self::Cloud(host) => format!(
                "The token comes from another cloud than {expected}. If the tenant lives there, set the authority host \
                 (AzureAd__Instance) to https://{host}; else the client signs in to the wrong cloud."
            ),
            Self::Tenant(tenant) if tenant == PERSONAL_ACCOUNTS => format!(
                "The token is of a personal Microsoft account; {expected} is trusted. Have the user sign in with a work or \
                 school account, or let personal accounts in: Authority::entra(\"common\", ..) with allow_tenants."
            ),
            Self::Tenant(tenant) => format!(
                "The token is of the tenant {tenant}; {expected} is trusted. Have the client sign in to this API's tenant, \
                 or set that tenant id (AzureAd__TenantId); for several tenants there is \
                 Authority::entra(\"organizations\", ..) with allow_tenants."
            ),
            Self::Product(product) => format!(
                "{} issued the token; {expected} is trusted. Have the client ask that one, or configure {}.",
                product.name(),
                product.constructor()
            ),
            Self::Path => format!(
                "It is another issuer of the same host; {expected} is trusted. Configure the issuer exactly as the token has \
                 it, if that is the one that is meant."
            ),
            Self::Host => format!(
                "Another provider issued the token; {expected} is trusted. Have the client ask that one, or add the \
                 provider's authority to the verifier."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const OTHER: &str = "11111111-86f1-41af-91ab-2d7cd011db47";

    #[test]
    fn says_how_an_issuer_differs() {
        let v2 = format!("https://login.microsoftonline.com/{T}/v2.0");
        let cases = [
            (v2.clone(), None),
            (format!("{v2}/"), Some(Difference::Slash)),
            (v2.to_uppercase(), Some(Difference::Case)),
            (v2.replace("https", "http"), Some(Difference::Scheme)),
            (format!("https://sts.windows.net/{T}/"), Some(Difference::Version)),
            (format!("https://login.microsoftonline.us/{T}/v2.0"), Some(Difference::Cloud("login.microsoftonline.us"))),
            (format!("https://login.microsoftonline.com/{OTHER}/v2.0"), Some(Difference::Tenant(OTHER.into()))),
            (format!("https://sts.windows.net/{OTHER}/"), Some(Difference::Tenant(OTHER.into()))),
            (format!("https://contoso.b2clogin.com/{T}/v2.0/"), Some(Difference::Product(Product::B2c))),
            (format!("https://{T}.ciamlogin.com/{T}/v2.0"), Some(Difference::Product(Product::ExternalId))),
            ("https://login.microsoftonline.com/x".into(), Some(Difference::Path)),
            ("https://accounts.example.com".into(), Some(Difference::Host)),
            (String::new(), Some(Difference::Host)),
        ];
        for (found, expected) in cases {
            assert_eq!(difference(&found, &v2), expected, "{found}");
        }
    }

    #[test]
    fn a_template_is_of_any_tenant() {
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        assert_eq!(difference(&template.replace("{tenantid}", T), template), None);
        assert_eq!(difference(&template.replace("{tenantid}", T).replace(".com", ".us"), template), {
            Some(Difference::Cloud("login.microsoftonline.us"))
        });
    }

    #[test]
    fn entra_is_told_to_who_expects_a_plain_provider() {
        let v2 = format!("https://login.microsoftonline.com/{T}/v2.0");
        assert_eq!(difference(&v2, "https://id.example.com"), Some(Difference::Product(Product::Entra)));
    }
}
