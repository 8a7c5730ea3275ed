//! What came of the checks, noted as they were made.

use super::advice;
use super::seen::Seen;
use crate::checks::{Check, Outcomes};
use crate::doctor::{Finding, Outcome};
use crate::error::{AuthError, Reason};

/// The outcomes so far, in the order in which a request meets them.
#[derive(Default)]
pub(super) struct Notes(Vec<(Check, Note)>);

enum Note {
    Passed,
    Refused(AuthError),
    /// It cannot be told, and why. A request that meets it is answered with the reason, if there is one.
    Unknown(String, Option<Reason>),
}

impl Outcomes for Notes {
    /// Never ends the checks.
    fn add(&mut self, check: Check, outcome: Result<(), AuthError>) -> Result<(), AuthError> {
        self.note(check, outcome);
        Ok(())
    }
}

impl Notes {
    pub(super) fn note(&mut self, check: Check, outcome: Result<(), AuthError>) {
        let note = outcome.map_or_else(Note::Refused, |()| Note::Passed);
        self.0.push((check, note));
    }

    /// Notes the outcome, and hands over what came of it.
    pub(super) fn take<T>(&mut self, check: Check, outcome: Result<T, AuthError>) -> Option<T> {
        let (value, outcome) = match outcome {
            Ok(value) => (Some(value), Ok(())),
            Err(refusal) => (None, Err(refusal)),
        };
        self.note(check, outcome);
        value
    }

    pub(super) fn unknown(&mut self, check: Check, why: &str, reason: Option<Reason>) {
        self.0.push((check, Note::Unknown(why.to_owned(), reason)));
    }

    /// Makes checks that a request makes, and notes them all.
    pub(super) fn each(&mut self, checks: impl FnOnce(&mut Self) -> Result<(), AuthError>) {
        // Nothing ends them here.
        let _ = checks(self);
    }

    /// Makes checks, and notes those about `wanted`.
    pub(super) fn each_of<const N: usize>(
        &mut self,
        wanted: [Check; N],
        checks: impl FnOnce(&mut Self) -> Result<(), AuthError>,
    ) {
        let mut all = Self::default();
        all.each(checks);
        self.0.extend(all.0.into_iter().filter(|(check, _)| wanted.contains(check)));
    }

    /// What a request is refused with.
    pub(super) fn reason(&self) -> Option<Reason> {
        self.0.iter().find_map(|(_, note)| match note {
            Note::Passed => None,
            Note::Refused(refusal) => Some(refusal.reason()),
            Note::Unknown(_, reason) => *reason,
        })
    }

    /// One finding for each check, or for each of its refusals.
    pub(super) fn findings(&self, seen: &Seen<'_>) -> Vec<Finding> {
        Check::ALL.into_iter().flat_map(|check| self.findings_of(check, seen)).collect()
    }

    fn findings_of(&self, check: Check, seen: &Seen<'_>) -> Vec<Finding> {
        let notes = || self.0.iter().filter(|(noted, _)| *noted == check).map(|(_, note)| note);
        let mut refused: Vec<Finding> = Vec::new();
        for note in notes() {
            let Note::Refused(refusal) = note else { continue };
            let finding = Finding::new(check.name(), Outcome::Failed, seen.failed(refusal))
                .with_reason(refusal.reason())
                .with_fix(advice::about(refusal, seen));
            // One rule may be asked in two places.
            if !refused.contains(&finding) {
                refused.push(finding);
            }
        }
        if !refused.is_empty() {
            return refused;
        }
        let unknown = notes().find_map(|note| match note {
            Note::Unknown(why, _) => Some(Finding::new(check.name(), Outcome::Unknown, why)),
            _ => None,
        });
        let passed = || notes().next().map(|_| seen.passed(check));
        unknown.or_else(passed).or_else(|| seen.not_reached(check)).into_iter().collect()
    }
}
