//! What an explanation says of checks that pass, and of those that are not reached.

use std::borrow::Cow;

use crate::access_token::{CallerKind, Facts, Minimum};
use crate::authority::{Admission, TenantPolicy};
use crate::checks::Check;
use crate::claims::{Audiences, Claims};
use crate::doctor::{Finding, Outcome};
use crate::error::{AuthError, Reason, quoted};
use crate::verifier::Route;
use crate::verifier::header::Members;
use crate::verifier::registered::Window;

/// All that the sentences are made from.
pub(super) struct Seen<'s> {
    pub(super) token: &'s str,
    pub(super) window: Window,
    pub(super) trust: Trust<'s>,
    pub(super) members: Option<Members<'s>>,
    pub(super) claims: Option<Claims<'s>>,
    /// What the claims say in the issuer's reading.
    pub(super) facts: Option<Facts<'static>>,
    /// The issuer that the key names.
    pub(super) key_issuer: Option<Box<str>>,
}

/// Whose token it says it is.
#[derive(Clone, Copy)]
pub(super) enum Trust<'s> {
    /// The claims do not tell.
    Unread,
    Issuer(&'s Route),
    Nobody {
        nearest: &'s Route,
    },
}

impl<'s> Seen<'s> {
    pub(super) fn of(token: &'s str, window: Window) -> Self {
        Self { token, window, trust: Trust::Unread, members: None, claims: None, facts: None, key_issuer: None }
    }

    /// The issuer that the token is compared with.
    pub(super) fn route(&self) -> Option<&'s Route> {
        match self.trust {
            Trust::Unread => None,
            Trust::Issuer(route) | Trust::Nobody { nearest: route } => Some(route),
        }
    }

    pub(super) fn passed(&self, check: Check) -> Finding {
        let (outcome, sentence) = match (self.route(), &self.claims) {
            (Some(route), Some(claims)) => self.of_claims(check, route, claims),
            _ => (Outcome::Passed, None),
        };
        let sentence = sentence.or_else(|| self.of_header(check)).unwrap_or_else(|| "as it should be".to_owned());
        Finding::new(check.name(), outcome, sentence)
    }

    /// What was found, where a check refuses.
    pub(super) fn failed(&self, refusal: &AuthError) -> String {
        let now = self.window.now;
        match (refusal.reason(), self.claims.as_ref().and_then(|claims| claims.exp)) {
            (Reason::Expired, Some(exp)) => format!("it expired {} ago", duration(now.saturating_sub(exp))),
            _ => refusal.evidence().unwrap_or(refusal.reason().sentence()).to_owned(),
        }
    }

    fn of_header(&self, check: Check) -> Option<String> {
        let members = self.members.as_ref();
        Some(match check {
            Check::Format => format!("three parts in {} bytes", self.token.len()),
            Check::Header => "it can be read, and asks for no extension".to_owned(),
            Check::Type => match members?.typ.as_deref() {
                Some(typ) => format!("typ is {}", quoted(typ)),
                None => "no typ, which states nothing".to_owned(),
            },
            Check::Algorithm => format!("alg is {}", quoted(members?.alg.as_deref()?)),
            Check::Claims => "they can be read, and have the types that they should have".to_owned(),
            Check::Key => match (members?.kid.as_deref(), members?.x5t.as_deref()) {
                (Some(kid), _) => format!("kid is {}, a key of the issuer", quoted(kid)),
                (None, Some(x5t)) => format!("x5t is {}, a key of the issuer", quoted(x5t)),
                (None, None) => "no kid; the issuer has one key that fits".to_owned(),
            },
            Check::Signature => "it was made with that key".to_owned(),
            Check::KeyIssuer => match &self.key_issuer {
                Some(issuer) => format!("the key is for {}", quoted(issuer)),
                None => "the key names no issuer of its own".to_owned(),
            },
            Check::Kind => "nothing says that it is another token than an access token".to_owned(),
            _ => return None,
        })
    }

    fn of_claims(&self, check: Check, route: &Route, claims: &Claims<'_>) -> (Outcome, Option<String>) {
        let of_text = |name: &str, value: Option<&str>| match value {
            Some(value) => Some(format!("{name} is {}", quoted(value))),
            None => Some(format!("the token has no {name}")),
        };
        let sentence = match check {
            Check::Issuer => {
                let named = route.authority.as_deref().map(|name| format!(", the authority {name:?}"));
                of_text("iss", claims.iss.as_deref()).map(|iss| iss + &named.unwrap_or_default())
            }
            Check::Tenant => of_text("tid", claims.tid.text()),
            Check::Version => of_text("ver", claims.ver.text()),
            Check::UserFlow => of_text("tfp", claims.tfp.text().or_else(|| claims.acr.text())),
            Check::Audience => {
                let audiences = claims.aud.as_ref().map(Audiences::as_slice).unwrap_or_default();
                let list: Vec<_> = audiences.iter().map(|audience| quoted(audience)).collect();
                Some(format!("aud is {}", list.join(", ")))
            }
            Check::Time => Some(self.times(claims)),
            Check::Tenants | Check::Clients | Check::Guests => {
                let Some(facts) = &self.facts else { return (Outcome::Unknown, None) };
                return admitted(check, &route.admission, facts);
            }
            _ => None,
        };
        (Outcome::Passed, sentence)
    }

    fn times(&self, claims: &Claims<'_>) -> String {
        let now = self.window.now;
        let exp = claims.exp.unwrap_or_default();
        let end = if exp > now {
            format!("it expires in {}", duration(exp.saturating_sub(now)))
        } else {
            format!("it expired {} ago, within the leeway", duration(now.saturating_sub(exp)))
        };
        match claims.iat.map(|iat| now.saturating_sub(iat)) {
            None => end,
            Some(age @ 0..) => format!("{end}, and was issued {} ago", duration(age)),
            Some(ahead) => format!("{end}, and was issued {} ahead of this machine's clock", duration(-ahead)),
        }
    }

    /// What is said of a check that nobody made. Nothing, where the authority has no such claim.
    pub(super) fn not_reached(&self, check: Check) -> Option<Finding> {
        let unknown = |why: &str| Some(Finding::new(check.name(), Outcome::Unknown, format!("not reached: {why}")));
        match (&self.trust, check) {
            (_, Check::UserFlow) => None,
            (Trust::Issuer(route), Check::Permissions) => self.permissions(route),
            (Trust::Issuer(_), Check::Tenant | Check::Version) => {
                let sentence = "nothing depends on it at this authority";
                Some(Finding::new(check.name(), Outcome::Skipped, sentence))
            }
            (Trust::Issuer(_), _) => match check {
                Check::Type | Check::Algorithm => unknown("the header cannot be read"),
                Check::Signature | Check::KeyIssuer => unknown("there is no key to tell with"),
                _ => unknown("a check before it failed"),
            },
            (Trust::Nobody { .. }, Check::Type | Check::Algorithm) => unknown("the header cannot be read"),
            (Trust::Nobody { .. }, _) => unknown("the issuer is not trusted"),
            (Trust::Unread, _) if self.members.is_none() => unknown("the token cannot be read"),
            (Trust::Unread, _) => unknown("the claims cannot be read"),
        }
    }

    /// What the token allows. No check of the verifier: requirements decide.
    fn permissions(&self, route: &Route) -> Option<Finding> {
        let facts = self.facts.as_ref()?;
        let list = |name: &str, values: &[Cow<'_, str>]| {
            let quoted: Vec<_> = values.iter().map(|value| quoted(value)).collect();
            if quoted.is_empty() { format!("no {name}") } else { format!("{name} {}", quoted.join(", ")) }
        };
        let client = facts.client_id.as_deref().map_or_else(|| "not named".to_owned(), quoted);
        let caller = match facts.traits.caller {
            CallerKind::Delegated => format!("a user, through the client {client}"),
            CallerKind::AppOnly => format!("the application {client}, on its own"),
            CallerKind::Unknown => {
                format!("the client {client}, and whether a user or an application calls is not known")
            }
        };
        let mut sentence = format!("{}, {}; {caller}", list("scopes", &facts.scopes), list("roles", &facts.roles));
        if facts.traits.overage.groups {
            sentence += "; too many groups for a token, so none is known";
        }
        if route.grantor.minimum == Minimum::Selection {
            let fix = "All customers of the issuer's service get such tokens. A handler lets them in only where its \
                       requirement asks for a permission, a client or a check.";
            return Some(Finding::new(Check::Permissions.name(), Outcome::Warning, sentence).with_fix(fix));
        }
        if facts.scopes.is_empty() && facts.roles.is_empty() && route.grantor.minimum == Minimum::Permission {
            let finding = Finding::new(Check::Permissions.name(), Outcome::Warning, sentence);
            let fix = "A handler lets it in only where its requirement names the client. Grant the client a scope or an app \
                       role of this API (API permissions, with admin consent), and have it request that.";
            return Some(finding.with_reason(Reason::NoPermission).with_fix(fix));
        }
        Some(Finding::new(Check::Permissions.name(), Outcome::Passed, sentence))
    }
}

fn admitted(check: Check, admission: &Admission, facts: &Facts<'_>) -> (Outcome, Option<String>) {
    let (is_asked, everyone, this_one) = match check {
        Check::Tenants => (
            admission.tenants.as_ref().is_some_and(|policy| !matches!(policy, TenantPolicy::Any)),
            "every tenant of the issuer may call",
            facts.tenant_id.as_deref().map(|tenant| format!("the tenant {} may call", quoted(tenant))),
        ),
        Check::Clients => (
            admission.clients.is_some(),
            "every client may call",
            facts.client_id.as_deref().map(|client| format!("the client {} may call", quoted(client))),
        ),
        _ => (admission.refuses_guests, "guests may call", Some("the caller is a member".to_owned())),
    };
    if is_asked { (Outcome::Passed, this_one) } else { (Outcome::Skipped, Some(everyone.to_owned())) }
}

/// Seconds, in the two largest units.
pub(super) fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
