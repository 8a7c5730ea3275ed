//! What the weather API says to a request that it cannot serve.

use std::fmt;

/// A sentence for the client, and what kind of mistake it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Complaint {
    /// The request makes no sense as it is: 400.
    Invalid(String),
    /// The request makes sense, but there is nothing to answer with: 404.
    NotFound(String),
}

impl Complaint {
    /// The HTTP status, as a number, since frameworks differ in whose type they take.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid(_) => 400,
            Self::NotFound(_) => 404,
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(sentence) | Self::NotFound(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for Complaint {}
