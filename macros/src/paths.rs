//! Every path that an expansion names, in one table.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Ident, Path};

/// Where the runtime lives, as seen from the user's crate.
#[derive(Clone)]
pub(crate) struct Paths {
    krate: TokenStream,
    is_users: bool,
}

macro_rules! hidden {
    ($($method:ident => $name:ident;)+) => {
        $(pub(crate) fn $method(&self) -> TokenStream {
            let krate = &self.krate;
            quote_spanned!(Span::mixed_site()=> #krate::__private::$name)
        })+
    };
}

impl Paths {
    hidden! {
        requires => Requires;
        requirement => Requirement;
        authorized => Authorized;
        authorize_method => authorize_method;
        adapter => adapter;
    }

    pub(crate) fn new(krate: Option<&Path>) -> Self {
        let is_users = krate.is_some();
        let krate = krate.map_or_else(|| quote_spanned!(Span::mixed_site()=> ::requires_auth), |path| quote!(#path));
        Self { krate, is_users }
    }

    /// The type of the hidden argument, in the hygiene of `site`: some frameworks give variables of their own that of the
    /// types that they read. A path that the user wrote keeps its own, which may be that of `$crate`.
    pub(crate) fn authorized_at(&self, site: Span) -> TokenStream {
        let authorized = self.authorized();
        if self.is_users {
            return authorized;
        }
        authorized.into_iter().map(|token| resolved(token, site)).collect()
    }

    /// The function that makes `word` a requirement. An error in const evaluation is shown at `span`.
    pub(crate) fn constructor(&self, word: &str, span: Span) -> TokenStream {
        let krate: TokenStream = self.krate.clone().into_iter().map(|token| moved(token, span)).collect();
        let span = mixed_site_at(span);
        let function = Ident::new(word, span);
        quote_spanned!(span=> #krate::__private::requirement::#function)
    }
}

pub(crate) fn option() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> ::core::option::Option)
}

pub(crate) fn string() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> &'static ::core::primitive::str)
}

/// Hygienic, and shown to the user at `span`.
pub(crate) fn mixed_site_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The same name, looked up elsewhere.
fn resolved(mut token: TokenTree, site: Span) -> TokenTree {
    token.set_span(token.span().resolved_at(site));
    token
}

/// The same name, shown elsewhere: an expression is underlined from its first token to its last.
fn moved(mut token: TokenTree, span: Span) -> TokenTree {
    token.set_span(token.span().located_at(span));
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_unless_the_user_says_where() {
        let default = Paths::new(None);
        assert_eq!(default.requires().to_string(), ":: requires_auth :: __private :: Requires");
        let renamed = Paths::new(Some(&syn::parse_quote!(my::auth)));
        assert_eq!(renamed.adapter().to_string(), "my :: auth :: __private :: adapter");
        let scope = renamed.constructor("scope", Span::call_site());
        assert_eq!(scope.to_string(), "my :: auth :: __private :: requirement :: scope");
    }
}
