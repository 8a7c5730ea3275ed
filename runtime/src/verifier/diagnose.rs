//! What is wrong with the set-up: the settings by themselves, and each issuer as it answers now.

mod fetching;
mod settings;

use std::collections::BTreeMap;

use super::issuers::{Difference, difference_from_rule, product_of};
use super::{Route, Verifier};
use crate::authority::{IssuerRule, Profile};
use crate::discovery::{MetadataError, ProviderMetadata};
use crate::doctor::{Diagnosis, Finding, Outcome, Section};
use crate::jwk::{IgnoredKey, KeySetError, KeySetReport};
use crate::keys::{
    ClockOffset, FetchError, Inspection, IssuerInspection, KeyOrigin, KeysReport, OwnKeysError, PublishedKeys,
};

impl Verifier {
    /// Looks at the settings, and at every issuer as it answers now: metadata, keys, clock.
    ///
    /// Each document is fetched once, on the thread that fetches keys and through its client, so it sees the same proxy
    /// and the same certificates. The keys that are cached are left alone, and a guarded handler notices nothing. It
    /// needs no particular runtime, and ends after about 10 s however an issuer behaves.
    ///
    /// For start-up, a command line or an operator's page. Not for whoever sends a request: it makes the issuers be
    /// asked.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::{Authority, Verifier, testing::Issuer};
    /// # let issuer = Issuer::entra();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert!(issuer.verifier().diagnose().await.is_well());
    ///
    /// issuer.go_down();
    /// let diagnosis = issuer.verifier().diagnose().await;
    /// assert!(!diagnosis.is_well());
    /// println!("{diagnosis}");
    /// # });
    /// # }
    /// ```
    pub fn diagnose(&self) -> impl Future<Output = Diagnosis> + Send + use<> {
        let verifier = self.clone();
        // All are asked at once.
        let looks: Vec<_> = self.0.routes.iter().map(|route| route.keys.inspect()).collect();
        async move {
            let inner = &verifier.0;
            let mut sections = vec![Section::new("the settings", settings::findings(&inner.routes, inner.leeway))];
            // One host has one clock, however many issuers it serves.
            let mut clocks_of = Vec::new();
            for (route, look) in inner.routes.iter().zip(looks) {
                let look = look.await;
                let mut findings = vec![route.expects()];
                match look {
                    _ if matches!(route.issuer.keys, KeyOrigin::Given(_)) => {
                        findings.push(Finding::new("keys", Outcome::Passed, "given to the program; they never change"));
                    }
                    None => findings.push(nobody_looks()),
                    Some(Inspection::File(path, content)) => findings.push(own_keys(&path, content)),
                    Some(Inspection::Issuer(look)) => {
                        let measured = look.metadata.is_ok().then(|| (look.host(), look.clock));
                        findings.extend(route.findings(look));
                        if let Some((host, clock)) = measured
                            && !clocks_of.contains(&host)
                        {
                            findings.push(clock_finding(clock, inner.leeway));
                            clocks_of.push(host);
                        }
                    }
                }
                sections.push(Section::new(route.title(), findings));
            }
            Diagnosis::new(sections)
        }
    }
}

impl Route {
    fn title(&self) -> String {
        let flow = self.issuer.user_flow.as_deref().map(|flow| format!(", user flow {flow}"));
        let name = self.authority.as_deref().map(|name| format!(", authority {name:?}"));
        format!("the issuer {}{}{}", self.issuer.issuer.text(), flow.unwrap_or_default(), name.unwrap_or_default())
    }

    /// What its tokens must say, and what makes the issuer write that.
    fn expects(&self) -> Finding {
        let audiences = self.issuer.audiences.join(" or ");
        let sentence = match (self.profile, self.issuer.version) {
            (Profile::Entra, Some(version @ "1.0")) => format!(
                "ver {version}, aud {audiences}. Entra ID writes such where requestedAccessTokenVersion is null or 1 in the \
                 manifest of the API's app registration; aud is then the App ID URI (Expose an API) that the client asks for"
            ),
            (Profile::Entra | Profile::ExternalId, Some(version)) => format!(
                "ver {version}, aud {audiences}. Entra ID writes such where requestedAccessTokenVersion \
                 (accessTokenAcceptedVersion) is 2 in the manifest of the API's app registration"
            ),
            (Profile::B2c, _) => format!("aud {audiences}, and tfp or acr names the user flow"),
            _ => format!("aud {audiences}"),
        };
        Finding::new("tokens", Outcome::Passed, sentence)
    }

    fn findings(&self, look: IssuerInspection) -> Vec<Finding> {
        let url = &look.metadata_url;
        let metadata = match look.metadata {
            Ok(metadata) => metadata,
            Err(error) => return vec![self.not_fetched("metadata", url, &error)],
        };
        let mut findings = vec![match &metadata.content {
            Ok(_) | Err(MetadataError::Issuer { .. }) => {
                Finding::new("metadata", Outcome::Passed, format!("read from {url}"))
            }
            Err(error) => Finding::new("metadata", Outcome::Failed, format!("{url}: {error}"))
                .with_fix("That is no provider metadata. Compare the URL with the one that the provider documents."),
        }];
        match &metadata.content {
            Ok(content) => {
                findings.push(self.issuer_named(content));
                findings.extend(self.cloud(content));
            }
            Err(MetadataError::Issuer { found, .. }) => findings.push(self.wrong_issuer(found)),
            Err(_) => {}
        }
        match look.keys {
            None => {
                let sentence = "not asked for: this metadata does not count";
                findings.push(Finding::new("keys", Outcome::Unknown, sentence));
            }
            Some(KeysReport { url, content: Ok(content) }) => findings.extend(self.keys(&url, content)),
            Some(KeysReport { url, content: Err(error) }) => findings.push(self.not_fetched("keys", &url, &error)),
        }
        findings.extend(self.algorithms(&metadata.algorithms));
        findings
    }

    fn not_fetched(&self, check: &'static str, url: &str, error: &FetchError) -> Finding {
        Finding::new(check, Outcome::Failed, format!("{url}: {error}")).with_fix(fetching::advice(
            error,
            url,
            self.profile,
        ))
    }

    fn issuer_named(&self, content: &ProviderMetadata) -> Finding {
        let named = &content.issuer;
        if let (IssuerRule::Learned(_), Some(known)) = (&self.issuer.issuer, self.keys.load().issuer())
            && known != named
        {
            let sentence =
                format!("the document names {named}; when this process started it named {known}, which counts");
            return Finding::new("issuer", Outcome::Failed, sentence).with_fix(
                "Configure the tenant by its id. If the domain moved to another tenant on purpose, restart.",
            );
        }
        let sentence = match &self.issuer.issuer {
            IssuerRule::Learned(_) => format!("the document names {named}; tokens must say the same"),
            IssuerRule::AnyTenant(_) => "the document is for any tenant, as configured".to_owned(),
            IssuerRule::Exact { .. } => "the document names it, to the letter".to_owned(),
        };
        Finding::new("issuer", Outcome::Passed, sentence)
    }

    fn wrong_issuer(&self, found: &str) -> Finding {
        let rule = &self.issuer.issuer;
        let sentence = format!("the document names {found}, {} is configured", rule.text());
        Finding::new("issuer", Outcome::Failed, sentence).with_fix(advice_on_issuer(found, rule, self.profile))
    }

    /// The cloud that the document names, where the host tells which one it should be.
    fn cloud(&self, content: &ProviderMetadata) -> Option<Finding> {
        let named = content.cloud_instance_name.as_deref()?;
        let rest = content.issuer.strip_prefix("https://login.")?;
        let expected = rest.split('/').next()?;
        if self.profile != Profile::Entra || named == expected {
            return Some(Finding::new("cloud", Outcome::Passed, format!("the document names {named}")));
        }
        let sentence = format!("the document names the cloud {named}, its issuer is of {expected}");
        Some(Finding::new("cloud", Outcome::Warning, sentence).with_fix(
            "If requests are refused with key_issuer, the tenant lives in that cloud: set the authority host \
             (AzureAd__Instance).",
        ))
    }

    fn keys(&self, url: &str, content: Result<KeySetReport, KeySetError>) -> Vec<Finding> {
        let report = match content {
            Ok(report) => report,
            Err(error) => {
                let finding = Finding::new("keys", Outcome::Failed, format!("{url}: {error}"));
                return vec![finding.with_fix("That is no JWKS document. Something else answers at jwks_uri.")];
            }
        };
        let mut findings = Vec::new();
        if report.usable.is_empty() {
            let sentence = format!("{url}: none of the {} keys can be used", report.ignored.len());
            let fix = format!(
                "This authority allows {:?}. If the issuer signs with another algorithm, name it with .algorithms([..]).",
                self.algorithms
            );
            findings.push(Finding::new("keys", Outcome::Failed, sentence).with_fix(fix));
        } else {
            let mut kinds = BTreeMap::<String, usize>::new();
            for algorithm in &report.usable {
                *kinds.entry(format!("{algorithm:?}")).or_default() += 1;
            }
            let kinds: Vec<_> =
                kinds.into_iter().map(|(algorithm, number)| format!("{number} for {algorithm}")).collect();
            findings.push(Finding::new("keys", Outcome::Passed, format!("{} at {url}", kinds.join(", "))));
        }
        findings.extend(ignored(&report.ignored));
        findings
    }

    /// What the issuer says it signs with is said of ID tokens. It mostly does the same with access tokens.
    fn algorithms(&self, stated: &[String]) -> Option<Finding> {
        let allowed: Vec<_> = self.algorithms.iter().map(|algorithm| format!("{algorithm:?}")).collect();
        if stated.is_empty() {
            return None;
        }
        let sentence =
            format!("the issuer signs ID tokens with {}, {} is allowed", stated.join(", "), allowed.join(", "));
        if allowed.iter().any(|allowed| stated.contains(allowed)) {
            return Some(Finding::new("algorithms", Outcome::Passed, sentence));
        }
        let fix = "If it signs access tokens with the same, name that with .algorithms([..]).";
        Some(Finding::new("algorithms", Outcome::Warning, sentence).with_fix(fix))
    }
}

/// What to do about a document that names another issuer than the configured one.
fn advice_on_issuer(found: &str, configured: &IssuerRule, profile: Profile) -> String {
    let difference = difference_from_rule(found, configured).map(|(difference, _)| difference);
    match (difference, product_of(found)) {
        // As a plain provider's, their tokens would lose checks.
        (_, Some(product)) if profile == Profile::Oidc => format!(
            "That is an issuer of {}, whose tokens need checks of their own: use {}.",
            product.name(),
            product.constructor()
        ),
        (Some(Difference::Slash | Difference::Case | Difference::Scheme), _) if profile == Profile::Oidc => {
            format!("Configure the issuer as the provider writes it: {found}")
        }
        (Some(Difference::Cloud(host)), _) => {
            format!("The tenant lives in another cloud: set the authority host (AzureAd__Instance) to https://{host}.")
        }
        (Some(Difference::Tenant(_)), _) => {
            "The document is of another tenant. Compare the tenant (AzureAd__TenantId) with Directory (tenant) ID on the app \
             registration's overview page."
                .to_owned()
        }
        (_, Some(product)) => {
            format!("That is an issuer of {}. If it is the one that is meant, use {}.", product.name(), product.constructor())
        }
        _ => format!("If {found} is the issuer that is meant, configure it to the letter. Else somebody else answers there."),
    }
}

fn nobody_looks() -> Finding {
    let sentence = "nobody fetches documents any more: the process was forked, or too many diagnoses are under way";
    Finding::new("metadata", Outcome::Failed, sentence).with_fix("Build the verifier in the process that serves.")
}

/// The keys of a file on this machine.
fn own_keys(path: &str, content: Result<PublishedKeys, OwnKeysError>) -> Finding {
    match content {
        Ok(PublishedKeys { keys, unusable_kids }) if unusable_kids.is_empty() => {
            Finding::new("keys", Outcome::Passed, format!("{} in {path}", keys.len()))
        }
        Ok(PublishedKeys { keys, unusable_kids }) => {
            let sentence =
                format!("{} in {path}, where these cannot be used: {}", keys.len(), unusable_kids.join(", "));
            Finding::new("keys", Outcome::Warning, sentence)
                .with_fix("Compare their kty, use and alg with the authority's.")
        }
        Err(error) => Finding::new("keys", Outcome::Failed, format!("{path}: {error}")).with_fix(
            "Keys that were read before go on serving for 24 hours. Put a JWKS document of public keys there.",
        ),
    }
}

/// The keys that are left out, by cause; the issuer's mistakes first.
fn ignored(keys: &[IgnoredKey]) -> Option<Finding> {
    /// Of the causes, and of the keys for each.
    const SHOWN: usize = 3;
    let mut causes = BTreeMap::<(bool, &str), Vec<String>>::new();
    for key in keys {
        let kid = key.kid.as_deref().map_or_else(|| "one without kid".to_owned(), |kid| format!("{kid:?}"));
        causes.entry((!key.is_defect, key.why)).or_default().push(kid);
    }
    let (is_fine, _) = causes.keys().next()?;
    let cause = |((_, why), kids): (&(bool, &str), &Vec<String>)| {
        let others = if kids.len() > SHOWN { " and others" } else { "" };
        format!("{}{others}: {why}", kids.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    let others = if causes.len() > SHOWN { "; and others" } else { "" };
    let shown: Vec<_> = causes.iter().take(SHOWN).map(cause).collect();
    let sentence = format!("{} not used. {}{others}", keys.len(), shown.join("; "));
    if *is_fine {
        return Some(Finding::new("other keys", Outcome::Passed, sentence));
    }
    let fix = "The issuer published them wrongly. Tokens that they sign are refused with unknown_key.";
    Some(Finding::new("other keys", Outcome::Warning, sentence).with_fix(fix))
}

fn clock_finding(offset: Option<ClockOffset>, leeway: i64) -> Finding {
    let Some(ClockOffset(ahead)) = offset else {
        return Finding::new("clock", Outcome::Unknown, "the issuer's answer has no Date to compare with");
    };
    let off = ahead.saturating_abs();
    let sentence = match ahead {
        0 => return Finding::new("clock", Outcome::Passed, "it agrees with the issuer's"),
        1.. => format!("this machine's clock is at least {off} s ahead of the issuer's, {leeway} s are allowed"),
        _ => format!("this machine's clock is at least {off} s behind the issuer's, {leeway} s are allowed"),
    };
    let outcome = match off {
        off if off > leeway => Outcome::Failed,
        off if off > leeway / 2 => Outcome::Warning,
        _ => return Finding::new("clock", Outcome::Passed, sentence),
    };
    let consequence = match ahead {
        1.. => "Tokens expire early for it.",
        _ => "Fresh tokens are not yet valid for it.",
    };
    Finding::new("clock", outcome, sentence).with_fix(format!("Set it by NTP. {consequence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms that catch people out: see `Authority::b2c` and `Authority::external_id`.
    #[test]
    fn another_issuer_has_advice_of_its_own() {
        const T: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        let exact = |issuer: &str| IssuerRule::Exact { issuer: issuer.into(), tenant: None };
        let v2 = format!("https://login.microsoftonline.com/{T}/v2.0");
        for (found, configured, profile, expected) in [
            (
                format!("https://{T}.ciamlogin.com/{T}/v2.0"),
                format!("https://contoso.ciamlogin.com/{T}/v2.0"),
                Profile::Oidc,
                "Authority::external_id",
            ),
            (
                format!("https://contoso.b2clogin.com/{T}/v2.0/"),
                format!("https://contoso.b2clogin.com/{T}/v2.0"),
                Profile::Oidc,
                "Authority::b2c",
            ),
            ("https://login.microsoftonline.com/{tenantid}/v2.0".into(), v2.clone(), Profile::Oidc, "Authority::entra"),
            (v2.replace(".com", ".us"), v2.clone(), Profile::Entra, "https://login.microsoftonline.us"),
            (v2.replace("72f988bf", "00000000"), v2.clone(), Profile::Entra, "AzureAd__TenantId"),
            (format!("https://{T}.ciamlogin.com/{T}/v2.0"), v2, Profile::Entra, "Authority::external_id"),
            (
                "https://id.example.com/".into(),
                "https://id.example.com".into(),
                Profile::Oidc,
                "as the provider writes it",
            ),
            ("https://x.example".into(), "https://id.example.com".into(), Profile::Oidc, "somebody else"),
        ] {
            let advice = advice_on_issuer(&found, &exact(&configured), profile);
            assert!(advice.contains(expected), "{found}: {advice}");
        }
    }

    #[test]
    fn half_the_leeway_warns_and_more_than_it_fails() {
        for (ahead, expected) in [
            (0, Outcome::Passed),
            (30, Outcome::Passed),
            (31, Outcome::Warning),
            (-60, Outcome::Warning),
            (61, Outcome::Failed),
            (-61, Outcome::Failed),
            (i64::MIN, Outcome::Failed),
        ] {
            assert_eq!(clock_finding(Some(ClockOffset(ahead)), 60).outcome(), expected, "{ahead}");
        }
        assert_eq!(clock_finding(None, 60).outcome(), Outcome::Unknown);
        assert!(clock_finding(Some(ClockOffset(240)), 60).sentence().contains("240 s ahead"));
    }
}
