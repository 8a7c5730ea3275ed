//! Why the verifier could not be set up.

use std::fmt;

/// A mistake in the set-up. `Display` names the setting and the fix.
///
/// It is returned at start-up, to the operator; it never reaches a client.
pub struct SetupError {
    kind: SetupErrorKind,
    message: Box<str>,
}

/// What kind of mistake it is. The message of the [`SetupError`] names the setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetupErrorKind {
    /// A setting has a value that cannot be right.
    InvalidSetting,
    /// A setting is missing.
    IncompleteSettings,
    /// Two settings contradict each other.
    ContradictorySettings,
    /// The settings file cannot be read.
    SettingsFile,
    /// The process-wide verifier was set before, differently.
    AlreadyInitialized,
    /// The machine lacks something: a CA store, a thread.
    Environment,
}

impl SetupError {
    pub(crate) fn new(kind: SetupErrorKind, message: impl Into<Box<str>>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<Box<str>>) -> Self {
        Self::new(SetupErrorKind::InvalidSetting, message)
    }

    pub(crate) fn contradictory(message: impl Into<Box<str>>) -> Self {
        Self::new(SetupErrorKind::ContradictorySettings, message)
    }

    /// What kind of mistake it is.
    #[must_use]
    pub fn kind(&self) -> SetupErrorKind {
        self.kind
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A `main` that returns this error prints its `Debug`: so that is the sentence, too.
impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.message, self.kind)
    }
}

impl std::error::Error for SetupError {}
