//! Every mistake at once, and none forgotten.

use std::fmt::Display;

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote};

/// The mistakes found so far.
///
/// A bag exists only inside [`Errors::collect`], whose answer is an error as soon as the bag holds one: a phase can
/// neither keep a mistake to itself nor hand on a value built beside one.
pub(crate) struct Errors {
    found: Option<syn::Error>,
}

impl Errors {
    /// Runs `phases` with an empty bag. Their value counts only if the bag is still empty afterwards.
    pub(crate) fn collect<T>(phases: impl FnOnce(&mut Self) -> Option<T>) -> syn::Result<T> {
        let mut errors = Self { found: None };
        let value = phases(&mut errors);
        match (errors.found, value) {
            (None, Some(value)) => Ok(value),
            (Some(found), _) => Err(found),
            // A phase that gives up without a word is a fault of ours; the handler must stay closed all the same.
            (None, None) => Err(syn::Error::new(Span::call_site(), SILENT)),
        }
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.found {
            Some(found) => found.combine(error),
            None => self.found = Some(error),
        }
    }

    /// Adds `message`, underlining `words`.
    pub(crate) fn under(&mut self, words: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(words, message));
    }

    /// Adds `message`, underlining everything from the first span to the last.
    pub(crate) fn between(&mut self, (first, last): (Span, Span), message: impl Display) {
        // `Span::join` is not stable; `new_spanned` underlines from the first token it is given to the last.
        let (first, last) = (Ident::new("first", first), Ident::new("last", last));
        self.push(syn::Error::new_spanned(quote!(#first #last), message));
    }
}

const SILENT: &str =
    "this could not be read, and no reason was given: please report it to the authors of requires-auth";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_built_beside_a_mistake_does_not_count() {
        let answer = Errors::collect(|errors| {
            errors.push(syn::Error::new(Span::call_site(), "first"));
            errors.between((Span::call_site(), Span::call_site()), "second");
            Some(())
        });
        let messages: Vec<_> = answer.unwrap_err().into_iter().map(|error| error.to_string()).collect();
        assert_eq!(messages, ["first", "second"]);
    }

    #[test]
    fn giving_up_without_a_reason_is_still_a_mistake() {
        assert!(Errors::collect(|_| None::<()>).is_err());
    }

    #[test]
    fn an_empty_bag_lets_the_value_through() {
        assert_eq!(Errors::collect(|_| Some(7)).unwrap(), 7);
    }
}
