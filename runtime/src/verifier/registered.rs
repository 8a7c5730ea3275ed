//! The registered claims: who issued the token, for whom, and when.
//!
//! Sources: RFC 7519 section 4.1, RFC 9068 section 4, Entra ID's
//! [Validate tokens](https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens).

use std::ops::Range;

use crate::authority::{Profile, TrustedIssuer};
use crate::checks::{Check, FirstRefusal, Outcomes};
use crate::claims::Claims;
use crate::error::{AuthError, Reason, quoted};

/// The present, and how far two clocks may differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) now: i64,
    pub(crate) leeway: i64,
}

/// Checks all claims that decide whether the token is current and for this API.
///
/// Called twice with the same claims: before the signature, where it can only refuse, and after it.
pub(crate) fn check(
    claims: &Claims<'_>,
    profile: &Profile,
    issuer: &TrustedIssuer,
    window: Window,
) -> Result<(), AuthError> {
    check_each(claims, profile, issuer, window, &mut FirstRefusal)
}

/// Makes the same checks in the same order, and tells `outcomes` of each.
pub(crate) fn check_each(
    claims: &Claims<'_>,
    profile: &Profile,
    issuer: &TrustedIssuer,
    window: Window,
    outcomes: &mut impl Outcomes,
) -> Result<(), AuthError> {
    outcomes.add(Check::Issuer, this_issuer(claims, issuer))?;
    // What the issuer never writes into an access token comes next: who sends an ID token should hear just that.
    profile.check(claims, issuer, outcomes)?;
    outcomes.add(Check::Audience, audience(claims, profile, issuer))?;
    outcomes.add(Check::Time, expiry(claims, window))?;
    outcomes.add(Check::Time, beginning(claims, window))?;
    outcomes.add(Check::Time, issuance(claims, window))
}

/// The seconds in which these claims pass, as far as time decides: [`expiry`], [`beginning`] and [`issuance`] say the
/// same.
pub(crate) fn current(claims: &Claims<'_>, leeway: i64) -> Range<i64> {
    let begins = claims.nbf.max(claims.iat).unwrap_or(i64::MIN);
    begins.saturating_sub(leeway)..claims.exp.unwrap_or(i64::MIN).saturating_add(leeway)
}

/// The last second in which the token can have been signed, by the issuer's clock; it is not known of a token without
/// `iat`. Entra ID dates some tokens 5 minutes back, so that machines whose clocks are behind take them at once.
pub(crate) fn signed_by(claims: &Claims<'_>) -> i64 {
    claims.iat.map_or(i64::MAX, |iat| iat.saturating_add(DATED_BACK))
}

const DATED_BACK: i64 = 300;

/// iss: exactly the configured issuer, byte for byte (RFC 9068 section 4). It was found by this very claim.
fn this_issuer(claims: &Claims<'_>, issuer: &TrustedIssuer) -> Result<(), AuthError> {
    if claims.iss.as_deref().is_some_and(|iss| issuer.fits(iss)) { Ok(()) } else { Err(unknown_issuer(claims)) }
}

/// The refusal of an issuer that is not configured.
pub(crate) fn unknown_issuer(claims: &Claims<'_>) -> AuthError {
    let evidence = match claims.iss.as_deref() {
        Some(iss) => format!("iss is {}", quoted(iss)),
        None => "the token has no iss".to_owned(),
    };
    AuthError::new(Reason::Issuer).with_evidence(evidence)
}

/// aud: must be there and must name this API (RFC 7519 section 4.1.3); compared exactly, no prefix, no wildcard.
fn audience(claims: &Claims<'_>, profile: &Profile, issuer: &TrustedIssuer) -> Result<(), AuthError> {
    let audiences = match &claims.aud {
        Some(audiences) => audiences.as_slice(),
        // Amazon Cognito: the client is the audience. An aud that is there decides, also an empty one.
        None if profile.client_id_is_audience() => claims.client_id.as_slice(),
        None => &[],
    };
    let ours = |audience: &str| issuer.audiences.iter().any(|accepted| **accepted == *audience);
    if audiences.iter().any(|audience| ours(audience)) {
        return Ok(());
    }
    let found = match audiences {
        [] => "the token has no aud".to_owned(),
        [first, ..] => ["aud is ", &quoted(first)].concat(),
    };
    let evidence = [&found, ", this API accepts ", &issuer.audiences.join(", ")].concat();
    Err(AuthError::new(Reason::Audience).with_evidence(evidence))
}

/// exp: required. "on or after which the JWT MUST NOT be accepted" (RFC 7519 section 4.1.4), with leeway: the token is
/// refused from the second exp + leeway on.
fn expiry(claims: &Claims<'_>, Window { now, leeway }: Window) -> Result<(), AuthError> {
    let Some(exp) = claims.exp else {
        return Err(AuthError::new(Reason::Claims).with_evidence("the token has no exp"));
    };
    if now >= exp.saturating_add(leeway) {
        let evidence = format!("it expired {} s ago", now.saturating_sub(exp));
        return Err(AuthError::new(Reason::Expired).with_evidence(evidence));
    }
    Ok(())
}

/// nbf: optional (RFC 7519 section 4.1.5).
fn beginning(claims: &Claims<'_>, Window { now, leeway }: Window) -> Result<(), AuthError> {
    if let Some(nbf) = claims.nbf
        && nbf > now.saturating_add(leeway)
    {
        let evidence = format!("it becomes valid in {} s", nbf.saturating_sub(now));
        return Err(AuthError::new(Reason::NotYetValid).with_evidence(evidence));
    }
    // A token that expires before it begins was never valid.
    if let (Some(nbf), Some(exp)) = (claims.nbf, claims.exp)
        && nbf > exp
    {
        return Err(AuthError::new(Reason::Claims).with_evidence("nbf lies after exp"));
    }
    Ok(())
}

/// iat: optional; an honest issuer does not write the future (RFC 7519 section 4.1.6 sets no rule).
fn issuance(claims: &Claims<'_>, Window { now, leeway }: Window) -> Result<(), AuthError> {
    if let Some(iat) = claims.iat
        && iat > now.saturating_add(leeway)
    {
        let evidence = format!("iat lies {} s ahead", iat.saturating_sub(now));
        return Err(AuthError::new(Reason::IssuedInFuture).with_evidence(evidence));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::IssuerRule;
    use crate::discovery::ExpectedIssuer;
    use crate::keys::KeyOrigin;

    const NOW: i64 = 1_800_000_000;
    const WINDOW: Window = Window { now: NOW, leeway: 60 };

    fn issuer() -> TrustedIssuer {
        TrustedIssuer {
            issuer: IssuerRule::Exact { issuer: "https://id.example.com".into(), tenant: None },
            keys: KeyOrigin::Metadata { url: String::new(), issuer: ExpectedIssuer::Exact(String::new()) },
            metadata_of_tenant: None,
            audiences: vec!["api".into(), "https://api.example.com/".into()],
            key_issuers: vec![],
            version: None,
            user_flow: None,
            single_key_without_kid: true,
        }
    }

    fn reason(members: &str) -> Option<Reason> {
        let text = format!("{{{members}}}");
        let claims = Claims::parse(text.as_bytes()).unwrap();
        check(&claims, &Profile::Oidc(None), &issuer(), WINDOW).err().map(|error| error.reason())
    }

    fn with_times(members: &str) -> Option<Reason> {
        reason(&format!(r#""iss":"https://id.example.com","aud":"api",{members}"#))
    }

    #[test]
    fn expiry_is_refused_from_exp_plus_leeway_on() {
        for (exp, expected) in [
            (NOW + 1, None),
            (NOW, None),
            (NOW - 59, None),
            (NOW - 60, Some(Reason::Expired)),
            (NOW - 61, Some(Reason::Expired)),
            (0, Some(Reason::Expired)),
            (-5, Some(Reason::Expired)),
        ] {
            assert_eq!(with_times(&format!(r#""exp":{exp}"#)), expected, "{exp}");
        }
        assert_eq!(with_times(r#""sub":"x""#), Some(Reason::Claims), "exp is required");
    }

    #[test]
    fn the_future_is_refused_beyond_leeway() {
        let exp = NOW + 3_600;
        for (claim, reason) in [("nbf", Reason::NotYetValid), ("iat", Reason::IssuedInFuture)] {
            assert_eq!(with_times(&format!(r#""exp":{exp},"{claim}":{}"#, NOW + 60)), None, "{claim}");
            assert_eq!(with_times(&format!(r#""exp":{exp},"{claim}":{}"#, NOW + 61)), Some(reason), "{claim}");
        }
        assert_eq!(with_times(&format!(r#""exp":{NOW},"nbf":{}"#, NOW + 1)), Some(Reason::Claims));
        assert_eq!(with_times(&format!(r#""exp":{NOW},"nbf":{NOW}"#)), None, "it is valid for as long as the leeway");
    }

    #[test]
    fn the_range_of_time_says_what_the_checks_say() {
        let times = [None, Some(NOW - 61), Some(NOW - 60), Some(NOW - 1), Some(NOW), Some(NOW + 60), Some(NOW + 61)];
        for exp in times {
            for nbf in times {
                for iat in times {
                    let claims = Claims { exp, nbf, iat, ..Claims::default() };
                    let checks = [expiry, beginning, issuance].map(|check| check(&claims, WINDOW).is_ok());
                    // That nbf lies after exp does not depend on the time.
                    if nbf.is_none_or(|nbf| exp.is_none_or(|exp| nbf <= exp)) {
                        let passes = current(&claims, WINDOW.leeway).contains(&NOW);
                        assert_eq!(passes, checks == [true; 3], "{exp:?} {nbf:?} {iat:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn audiences_are_compared_exactly() {
        let exp = NOW + 3_600;
        let with_aud = |aud: &str| reason(&format!(r#""iss":"https://id.example.com","exp":{exp},"aud":{aud}"#));
        for aud in [r#""api""#, r#"["x","api"]"#, r#""https://api.example.com/""#] {
            assert_eq!(with_aud(aud), None, "{aud}");
        }
        for aud in [
            r#""API""#,
            r#""api/""#,
            r#""ap""#,
            r#""xapi""#,
            r#""*""#,
            r#""""#,
            "[]",
            r#"["x"]"#,
            r#""https://api.example.com""#,
        ] {
            assert_eq!(with_aud(aud), Some(Reason::Audience), "{aud}");
        }
        assert_eq!(reason(&format!(r#""iss":"https://id.example.com","exp":{exp}"#)), Some(Reason::Audience));
        let of_client = format!(r#""iss":"https://id.example.com","exp":{exp},"client_id":"api""#);
        assert_eq!(reason(&of_client), Some(Reason::Audience), "the client is no audience unless a profile says so");
    }

    #[test]
    fn issuers_are_compared_exactly() {
        for iss in [
            "https://id.example.com/",
            "http://id.example.com",
            "https://ID.example.com",
            "https://id.example.com.evil.com",
            "",
        ] {
            assert_eq!(
                reason(&format!(r#""iss":"{iss}","aud":"api","exp":{}"#, NOW + 60)),
                Some(Reason::Issuer),
                "{iss}"
            );
        }
        assert_eq!(reason(&format!(r#""aud":"api","exp":{}"#, NOW + 60)), Some(Reason::Issuer));
    }
}
