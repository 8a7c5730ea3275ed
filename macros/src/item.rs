//! Syntax: the item under the attribute.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, LitStr, Meta, Signature, Token, Visibility, token};

use crate::block::{self, Block};
use crate::errors::Errors;

/// What the attribute guards.
pub(crate) enum Item {
    Function(Handler),
    Block(Block),
}

impl Item {
    pub(crate) fn parse(item: TokenStream, errors: &mut Errors) -> Option<Self> {
        if block::begins(&item) {
            return Block::parse(item, errors).map(Self::Block);
        }
        let handler: Handler = Parse::parse.parse2(item).map_err(|error| errors.push(error)).ok()?;
        handler.check(errors);
        if let Some(receiver) = handler.sig.receiver() {
            let message = "a method is guarded through its block: write `#[requires_auth]` on the `impl` block too";
            errors.under(receiver, message);
        }
        for path in handler.guards() {
            errors.under(path, "one `requires_auth` guards a handler: write all predicates in the first one");
        }
        Some(Self::Function(handler))
    }
}

/// A handler: a function as the user wrote it. Its body is not even looked at.
pub(crate) struct Handler {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Group,
}

impl Handler {
    /// The conditions under which the item is compiled: what stands beside it needs the same.
    pub(crate) fn cfgs(&self) -> Vec<&Attribute> {
        cfgs(&self.attrs)
    }

    /// Every `requires_auth` on this item.
    pub(crate) fn guards(&self) -> impl Iterator<Item = TokenStream> {
        self.attrs.iter().flat_map(|attr| guards(&attr.meta))
    }

    /// What is wrong with a handler wherever it stands.
    pub(crate) fn check(&self, errors: &mut Errors) {
        if let Some(constness) = &self.sig.constness {
            errors.under(constness, "expected a handler function, which runs for each request: remove `const`");
        }
    }
}

pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
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
        // Not parsed as a group, which `macro_rules` may have wrapped in an invisible one.
        let content;
        let brace = syn::braced!(content in input);
        let mut body = Group::new(Delimiter::Brace, content.parse()?);
        body.set_span(brace.span.join());
        Ok(Self { attrs, vis, sig, body })
    }
}

/// Looks behind the qualifiers, since `const`, `unsafe`, `async` and `extern` begin other items too.
fn expect_function(input: ParseStream<'_>) -> syn::Result<()> {
    if is_function(input)? {
        return Ok(());
    }
    let found = input.call(Ident::parse_any).map_err(|_| input.error("expected a handler function"))?;
    let message = match found.to_string().as_str() {
        "trait" => {
            "expected a handler function, found `trait`: write the attribute on the `impl` block, which has the bodies"
                .into()
        }
        "mod" => "expected a handler function, found `mod`: write the attribute on each handler in it".into(),
        found => format!("expected a handler function, found `{found}`"),
    };
    Err(syn::Error::new(found.span(), message))
}

/// Whether a function begins here, behind its visibility.
pub(crate) fn is_function(input: ParseStream<'_>) -> syn::Result<bool> {
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
    Ok(ahead.peek(Token![fn]))
}

/// The names of this very attribute in `meta`, also behind a condition.
pub(crate) fn guards(meta: &Meta) -> Vec<TokenStream> {
    if is_guard(meta) {
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

pub(crate) fn is_guard(meta: &Meta) -> bool {
    meta.path().segments.last().is_some_and(|last| last.ident == "requires_auth")
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn messages(item: TokenStream) -> Vec<String> {
        match Errors::collect(|errors| Item::parse(item, errors)) {
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
                "through its block",
            ),
            (
                quote!(
                    async fn weather(self: Arc<Self>) {}
                ),
                "through its block",
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
