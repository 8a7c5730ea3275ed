//! What a row of the table is: its name, its text, and how its token gets to an API.

use requires_auth::testing::Token;
use requires_auth::{Authority, SetupErrorKind, Verifier};

use super::ask;
use super::columns::{Column, Provider};

/// The size of a token cache, in bytes.
const SMALL_CACHE: usize = 16 * 1024;

/// A kind of token.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The row's first column.
    pub(crate) text: &'static str,
    /// Who can issue such a token.
    pub(crate) of: &'static [Provider],
    /// What the issuer serves differently. Such a cell has an issuer of its own, so that no other cell sees the change.
    pub(crate) after: Option<fn(&mut Column)>,
    pub(crate) sent: fn(&Column) -> Sent,
}

/// One row: its name, the providers that it is `of` if not of all, the change at the issuer that it comes `after`, its text,
/// and the token.
macro_rules! kinds {
    ($(
        $name:literal $(of $of:ident)? $(after |$changed:ident| $change:expr)? => $text:literal, |$at:ident| $sent:expr;
    )+) => {
        /// Every row, in the order of the page.
        pub(crate) const ALL: &[Kind] = &[$(
            Kind {
                name: $name,
                text: $text,
                of: kinds!(@of $($of)?),
                after: kinds!(@after $(|$changed| $change)?),
                sent: |$at| Sent::from($sent),
            },
        )+];
    };
    (@of) => { Provider::ALL };
    (@of $of:ident) => { $of };
    (@after) => { None };
    (@after |$changed:ident| $change:expr) => { Some(|$changed| $change) };
}
pub(crate) use kinds;

/// A token on its way: to the first handler, and to the column's authority, unless stated.
pub(crate) struct Sent {
    token: String,
    path: &'static str,
    authority: Option<Authority>,
}

impl Sent {
    pub(crate) fn path(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    pub(crate) fn with(self, authority: Authority) -> Self {
        Self { authority: Some(authority), ..self }
    }
}

impl From<Token> for Sent {
    fn from(token: Token) -> Self {
        token.sign().into()
    }
}

impl From<String> for Sent {
    fn from(token: String) -> Self {
        Self { token, path: "/", authority: None }
    }
}

impl Kind {
    /// What a token of this kind meets at this authority, as the page says it. Empty where no such token can be.
    ///
    /// `verifier` is the one of the column's authority as it is.
    pub(crate) async fn verdict(&self, shared: &Column, verifier: &Verifier, make: fn() -> Column) -> String {
        if !self.of.contains(&shared.provider) {
            return String::new();
        }
        let Some(change) = self.after else {
            let Sent { token, path, authority } = (self.sent)(shared);
            return match authority {
                None => ask(verifier.clone(), path, &token).await,
                Some(authority) => meet(authority, path, &token).await,
            };
        };
        let mut own = make();
        change(&mut own);
        let Sent { token, path, authority } = (self.sent)(&own);
        meet(authority.unwrap_or(own.authority), path, &token).await
    }
}

/// Asks a verifier of its own. It hears one token, and freeing a large cache takes longer than all the rest of a cell.
async fn meet(authority: Authority, path: &str, token: &str) -> String {
    match Verifier::builder(authority).token_cache(SMALL_CACHE).build() {
        Ok(verifier) => ask(verifier, path, token).await,
        Err(error) if error.kind() == SetupErrorKind::InvalidSetting => "at start".to_owned(),
        Err(error) => format!("at start: {error}"),
    }
}
