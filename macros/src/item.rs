//! Syntax: the item under the attribute.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, Signature, Token, Visibility, token};

use crate::errors::Errors;

/// A handler: a function as the user wrote it. Its body is not even looked at.
pub(crate) struct Handler {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: TokenStream,
}

impl Handler {
    pub(crate) fn parse(item: TokenStream, errors: &mut Errors) -> Option<Self> {
        let handler: Self = match Parse::parse.parse2(item) {
            Ok(handler) => handler,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        handler.check(errors);
        Some(handler)
    }

    /// The conditions under which the item is compiled: what stands beside it needs the same.
    pub(crate) fn cfgs(&self) -> Vec<&Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
    }

    fn check(&self, errors: &mut Errors) {
        if let Some(receiver) = self.sig.receiver() {
            errors.under(receiver, "expected a handler function, which has no `self`: move it out of the `impl` block");
        }
        if let Some(constness) = &self.sig.constness {
            errors.under(constness, "expected a handler function, which runs for each request: remove `const`");
        }
        for path in self.attrs.iter().flat_map(|attr| guards(&attr.meta)) {
            errors.under(path, "one `requires_auth` guards a handler: write all predicates in the first one");
        }
    }
}

impl Parse for Handler {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        expect_function(input)?;
        let sig = input.parse()?;
        if !input.peek(token::Brace) {
            return Err(input.error("expected a handler function, which has a body"));
        }
        Ok(Self { attrs, vis, sig, body: input.parse()? })
    }
}

/// Looks behind the qualifiers, since `const`, `unsafe`, `async` and `extern` begin other items too.
fn expect_function(input: ParseStream<'_>) -> syn::Result<()> {
    let ahead = input.fork();
    // Word by word, as these look into the invisible groups that `macro_rules` leaves behind.
    while ahead.peek(Token![const])
        || ahead.peek(Token![async])
        || ahead.peek(Token![unsafe])
        || ahead.peek(Token![extern])
    {
        ahead.call(Ident::parse_any)?;
        ahead.parse::<Option<LitStr>>()?;
    }
    if ahead.peek(Token![fn]) {
        return Ok(());
    }
    let found = input.call(Ident::parse_any).map_err(|_| input.error("expected a handler function"))?;
    let message = match found.to_string().as_str() {
        "impl" | "trait" => {
            format!("expected a handler function, found `{found}`: write the attribute on a free function")
        }
        "mod" => "expected a handler function, found `mod`: write the attribute on each handler in it".into(),
        found => format!("expected a handler function, found `{found}`"),
    };
    Err(syn::Error::new(found.span(), message))
}

/// The names of this very attribute in `meta`, also behind a condition.
fn guards(meta: &Meta) -> Vec<TokenStream> {
    let is_guard = |ident: &Ident| ident == "requires_auth";
    if meta.path().segments.last().is_some_and(|last| is_guard(&last.ident)) {
        return vec![meta.path().to_token_stream()];
    }
    match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
            // The first is the condition.
            metas.iter().skip(1).flat_map(guards).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn messages(item: TokenStream) -> Vec<String> {
        match Errors::collect(|errors| Handler::parse(item, errors)) {
            Ok(_) => Vec::new(),
            Err(error) => error.into_iter().map(|one| one.to_string()).collect(),
        }
    }

    #[test]
    fn functions_of_every_kind_are_handlers() {
        let items = [
            quote!(
                async fn f() {}
            ),
            quote!(
                fn f() {}
            ),
            quote!(pub(crate) async fn f<'a, T: Clone>(mut a: &'a T, [b, c]: [u8; 2]) -> impl Send + use<'a, T> where T: 'a { !@# }),
            quote!(
                #[doc = "x"]
                #[get("/")]
                pub unsafe extern "C" fn r#async() {}
            ),
        ];
        for item in items {
            assert_eq!(messages(item), [""; 0]);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let items = [
            (
                quote!(
                    struct Weather;
                ),
                "found `struct`",
            ),
            (
                quote!(
                    pub trait Weather {}
                ),
                "found `trait`",
            ),
            (quote!(impl Weather {}), "found `impl`"),
            (quote!(unsafe impl Weather {}), "found `unsafe`"),
            (
                quote!(
                    mod weather {}
                ),
                "found `mod`",
            ),
            (
                quote!(
                    const WEATHER: u8 = 1;
                ),
                "found `const`",
            ),
            (
                quote!(
                    macro_rules! weather {}
                ),
                "found `macro_rules`",
            ),
            (quote!(), "expected a handler function"),
            (
                quote!(
                    async fn weather(&self) {}
                ),
                "which has no `self`",
            ),
            (
                quote!(
                    async fn weather(self: Arc<Self>) {}
                ),
                "which has no `self`",
            ),
            (
                quote!(
                    const fn weather() {}
                ),
                "remove `const`",
            ),
            (
                quote!(
                    async fn weather();
                ),
                "which has a body",
            ),
        ];
        for (item, expected) in items {
            let messages = messages(item.clone());
            assert!(messages.len() == 1 && messages.iter().all(|m| m.contains(expected)), "{item}: {messages:?}");
        }
    }

    #[test]
    fn a_second_guard_is_refused_wherever_it_hides() {
        let items = [
            quote!(
                #[requires_auth]
                fn f() {}
            ),
            quote!(
                #[get("/")]
                #[requires_auth::requires_auth(scope = "a")]
                fn f() {}
            ),
            quote!(
                #[cfg_attr(unix, inline, requires_auth(scope = "a"))]
                fn f() {}
            ),
            quote!(
                #[cfg_attr(unix, cfg_attr(test, ::requires_auth::requires_auth))]
                fn f() {}
            ),
        ];
        for item in items {
            assert_eq!(messages(item.clone()).len(), 1, "{item}");
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        assert_eq!(
            messages(quote!(
                #[requires_auth]
                const fn f(&self) {}
            ))
            .len(),
            3
        );
    }
}
