//! What is wrong, in sentences: with the set-up ([`Diagnosis`]), or with one token ([`Explanation`]).
//!
//! Both are lists of [`Finding`]s. `Display` prints them as plain text for a terminal of 100 columns, `colored` with the
//! colours of one; they serialize, too. For developers and operators: an explanation quotes claims, which are personal
//! data, so it is not for a client, and not for a log that others read. Neither ever holds a token or a signature.
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! # use requires_auth::{Reason, testing::Issuer};
//! # let issuer = Issuer::entra();
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! # let verifier = issuer.verifier();
//! let diagnosis = verifier.diagnose().await;
//! assert!(diagnosis.is_well(), "{diagnosis}");
//!
//! # verifier.ready().await;
//! let explanation = verifier.explain(&issuer.token().audience("https://graph.microsoft.com").sign());
//! assert_eq!(explanation.reason(), Some(Reason::Audience));
//! println!("{explanation}");
//! # });
//! # }
//! ```

mod print;

use std::fmt;

use serde::{Serialize, Serializer};

use self::print::Page;
use crate::error::{ErrorKind, Reason};

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// It works, and somebody should look at it.
    Warning,
    /// Wrong. The [`fix`](Finding::fix) says what to do.
    Failed,
    /// Not reached, or it cannot be told.
    Unknown,
    /// Nothing is asked here.
    Skipped,
}

/// One check, what came of it, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    check: &'static str,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_code")]
    reason: Option<Reason>,
    sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    pub(crate) fn new(check: &'static str, outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self { check, outcome, reason: None, sentence: sentence.into(), fix: None }
    }

    pub(crate) fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    pub(crate) fn with_reason(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// What was checked, in a word or two: `audience`.
    #[must_use]
    pub fn check(&self) -> &'static str {
        self.check
    }

    /// What came of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The reason that a request is refused with for this, if it is.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// What was found. May quote claims.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> Option<&str> {
        self.fix.as_deref()
    }
}

/// The findings about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    title: String,
    findings: Vec<Finding>,
}

impl Section {
    pub(crate) fn new(title: impl Into<String>, findings: Vec<Finding>) -> Self {
        Self { title: title.into(), findings }
    }

    /// What the findings are about: the settings, or an issuer.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// In the order in which they were made.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// What is wrong with the set-up, if anything. Made by [`Verifier::diagnose`](crate::Verifier::diagnose).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    sections: Vec<Section>,
}

impl Diagnosis {
    pub(crate) fn new(sections: Vec<Section>) -> Self {
        Self { sections }
    }

    /// One section for the settings, and one for each issuer: Entra ID has two for a tenant, one for tokens of each version.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// All findings.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.sections.iter().flat_map(|section| &section.findings)
    }

    /// Whether nothing failed. Warnings are well.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings().all(|finding| finding.outcome != Outcome::Failed)
    }

    /// Prints it with the colours of a terminal.
    #[must_use]
    pub fn colored(&self) -> impl fmt::Display + '_ {
        Colored(self)
    }

    fn print(&self, mut page: Page<'_, '_>) -> fmt::Result {
        for section in &self.sections {
            page.section(&section.title, &section.findings)?;
        }
        let failed = self.findings().filter(|finding| finding.outcome == Outcome::Failed).count();
        let warnings = self.findings().filter(|finding| finding.outcome == Outcome::Warning).count();
        let summary = match (failed, warnings) {
            (0, 0) => "Nothing is wrong.".to_owned(),
            (0, 1) => "Nothing is wrong. Look at 1 warning.".to_owned(),
            (0, _) => format!("Nothing is wrong. Look at {warnings} warnings."),
            (1, _) => "1 thing is wrong.".to_owned(),
            _ => format!("{failed} things are wrong."),
        };
        page.summary(if failed == 0 { Outcome::Passed } else { Outcome::Failed }, &summary)
    }
}

/// Every check of one token. Made by [`Verifier::explain`](crate::Verifier::explain).
///
/// It quotes the token's claims, which are personal data. It holds neither the token nor its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_code")]
    reason: Option<Reason>,
    findings: Vec<Finding>,
}

impl Explanation {
    pub(crate) fn new(reason: Option<Reason>, findings: Vec<Finding>) -> Self {
        Self { reason, findings }
    }

    /// The reason with which [`Verifier::verify`](crate::Verifier::verify) refuses the token: that of the first check that
    /// fails, in the order in which a request makes them. `None` if it verifies.
    ///
    /// [`Reason::KeyNotLookedUp`] and [`Reason::KeysUnavailable`] mean that it cannot be told from the keys that are here
    /// now. A request would wait for them.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// In the order of the token: its form, its claims, its signature, who may call.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Prints it with the colours of a terminal.
    #[must_use]
    pub fn colored(&self) -> impl fmt::Display + '_ {
        Colored(self)
    }

    fn print(&self, mut page: Page<'_, '_>) -> fmt::Result {
        page.section("the token", &self.findings)?;
        let Some(reason) = self.reason else {
            return page.summary(Outcome::Passed, "The token verifies. What it may do, each handler decides.");
        };
        let (kind, code) = (reason.kind(), reason.code());
        let (outcome, summary) = match kind {
            ErrorKind::Unavailable => {
                (Outcome::Unknown, format!("Not decided: the keys to tell are not here ({code})."))
            }
            _ => (
                Outcome::Failed,
                format!("A request with this token is answered with {}, {code}.", reason.kind().status()),
            ),
        };
        page.summary(outcome, &summary)
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(Page::plain(f))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(Page::plain(f))
    }
}

/// Prints with the colours of a terminal.
struct Colored<'t, T>(&'t T);

impl fmt::Display for Colored<'_, Diagnosis> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print(Page::colored(f))
    }
}

impl fmt::Display for Colored<'_, Explanation> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print(Page::colored(f))
    }
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn as_code<S: Serializer>(reason: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
    reason.map(Reason::code).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explanation() -> Explanation {
        let wrong =
            Finding::new("audience", Outcome::Failed, "aud is \"x\"").with_reason(Reason::Audience).with_fix("y");
        Explanation::new(Some(Reason::Audience), vec![Finding::new("format", Outcome::Passed, "three parts"), wrong])
    }

    #[test]
    fn serializes_with_codes() {
        assert_eq!(
            serde_json::to_string(&explanation()).unwrap(),
            r#"{"reason":"audience","findings":[{"check":"format","outcome":"passed","sentence":"three parts"},{"check":"audience","outcome":"failed","reason":"audience","sentence":"aud is \"x\"","fix":"y"}]}"#
        );
    }

    #[test]
    fn says_what_a_request_is_answered_with() {
        assert!(explanation().to_string().ends_with("A request with this token is answered with 401, audience.\n"));
        let undecided = Explanation::new(Some(Reason::KeysUnavailable), vec![]);
        assert!(undecided.to_string().contains("Not decided"));
        assert!(Explanation::new(None, vec![]).to_string().contains("verifies"));
    }

    #[test]
    fn warnings_are_well_and_are_counted() {
        let of = |outcomes: &[Outcome]| {
            let findings = outcomes.iter().map(|outcome| Finding::new("x", *outcome, "y")).collect();
            Diagnosis::new(vec![Section::new("z", findings)])
        };
        let (well, ill) = (of(&[Outcome::Passed, Outcome::Warning]), of(&[Outcome::Failed, Outcome::Failed]));
        assert!(well.is_well() && well.to_string().contains("1 warning"), "{well}");
        assert!(!ill.is_well() && ill.to_string().contains("2 things are wrong"), "{ill}");
    }
}
