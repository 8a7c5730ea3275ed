//! The functions behind `check`, and what they said about one token. Nothing outside of this file can call one.

use super::Requirement;
use crate::access_token::AccessToken;

/// A function of the application, with the path that the attribute names.
#[derive(Clone, Copy)]
pub(super) struct Check {
    name: &'static str,
    function: fn(&AccessToken) -> bool,
}

impl Check {
    pub(super) const fn new(name: &'static str, function: fn(&AccessToken) -> bool) -> Self {
        Self { name, function }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}

/// What the checks of one requirement said about one token. A check is known by its address in the requirement: function
/// pointers do not compare reliably.
pub(super) struct Answers<'r> {
    // Most requirements have one check at most, so its answer costs no allocation.
    first: Option<(&'r Check, bool)>,
    more: Vec<(&'r Check, bool)>,
}

impl<'r> Answers<'r> {
    /// Nothing was asked yet.
    pub(super) const fn none() -> Self {
        Self { first: None, more: Vec::new() }
    }

    /// Whether the requirement is met. Remembers what the checks say that are asked on the way.
    // In place: to return the answers beside the outcome would copy them on the way of every request.
    #[inline]
    pub(super) fn decide(&mut self, requirement: &'r Requirement, token: &AccessToken) -> bool {
        requirement.holds(token, &mut |check| self.ask(check, token))
    }

    /// `None` if the check was not asked.
    pub(super) fn given(&self, check: &Check) -> Option<bool> {
        let mut answers = self.first.iter().chain(&self.more);
        answers.find(|(asked, _)| std::ptr::eq(*asked, check)).map(|(_, said)| *said)
    }

    fn ask(&mut self, check: &'r Check, token: &AccessToken) -> bool {
        // The compiler may store equal parts of one requirement once.
        if let Some(said) = self.given(check) {
            return said;
        }
        let said = (check.function)(token);
        match self.first {
            None => self.first = Some((check, said)),
            Some(_) => self.more.push((check, said)),
        }
        said
    }
}
