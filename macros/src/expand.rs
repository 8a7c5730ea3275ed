//! Tokens. Nothing is decided here.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ExprPath;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::item::Handler;
use crate::paths::{self, Paths, mixed_site_at};
use crate::requirement::{Guard, Node, Requirement};
use crate::value::end_of;
use crate::words::{Join, Word};

/// The handler with its hidden argument, and the requirement beside it.
pub(crate) fn handler(handler: &Handler, guard: &Guard) -> TokenStream {
    let Guard { requirement, authority, paths } = guard;
    let Handler { attrs, vis, sig, body } = handler;
    let cfgs = handler.cfgs();
    let name = format_ident!("__RequiresAuth_{}", sig.ident.unraw(), span = Span::mixed_site());
    let (requires, requirement_type, authorized) = (paths.requires(), paths.requirement(), paths.authorized());
    let (adapter, option, string) = (paths.adapter(), paths::option(), paths::string());
    let data = data(requirement, paths);
    let authority = authority.iter();

    let mut sig = sig.clone();
    let hidden = quote_spanned!(Span::mixed_site()=> __requires_auth: #authorized<#name>);
    sig.inputs.insert(0, syn::parse_quote!(#hidden));

    quote_spanned! {Span::mixed_site()=>
        #(#cfgs)*
        #[doc(hidden)]
        #[non_exhaustive]
        #vis struct #name;

        #(#cfgs)*
        impl #requires for #name {
            const REQUIREMENT: #requirement_type = #data;
            #(const AUTHORITY: #option<#string> = #option::Some(#authority);)*
        }

        // An associated const of a handler that nobody mounts is never evaluated; this one always is.
        #(#cfgs)*
        const _: &'static #requirement_type = &<#name as #requires>::REQUIREMENT;

        #(#cfgs)*
        #adapter!();

        #[allow(clippy::too_many_arguments)]
        #(#attrs)*
        #vis #sig #body
    }
}

/// The requirement as a value.
pub(crate) fn expression(guard: &Guard) -> TokenStream {
    let requirement_type = guard.paths.requirement();
    let data = data(&guard.requirement, &guard.paths);
    quote_spanned! {Span::mixed_site()=>
        {
            const __REQUIRES_AUTH: #requirement_type = #data;
            __REQUIRES_AUTH
        }
    }
}

/// The item as it was written, for editors, beside its mistakes.
pub(crate) fn refused_item(error: &syn::Error, item: &TokenStream) -> TokenStream {
    let errors = error.to_compile_error();
    quote_spanned!(Span::mixed_site()=> #errors #item)
}

/// The mistakes where a value was to be.
pub(crate) fn refused_expression(error: &syn::Error) -> TokenStream {
    let errors = error.to_compile_error();
    quote_spanned!(Span::mixed_site()=> { #errors })
}

fn data(requirement: &Requirement, paths: &Paths) -> TokenStream {
    let here = (Span::mixed_site(), Span::mixed_site());
    match requirement.node() {
        Node::AnyToken => call(paths, "any_token", here, &TokenStream::new()),
        Node::Claim(claim, value) => {
            call(paths, Word::Claim(*claim).name(), (value.span(), value.end()), &value.to_token_stream())
        }
        Node::Caller(caller, span) => call(paths, Word::Caller(*caller).name(), (*span, *span), &TokenStream::new()),
        Node::Check(path) => {
            let name = name(path);
            call(paths, Word::Check.name(), (path.span(), end_of(path)), &quote!(#name, #path))
        }
        Node::All(parts) => list(paths, Join::All, parts),
        Node::Any(parts) => list(paths, Join::Any, parts),
        Node::Not(part) => {
            let part = data(part, paths);
            joined(paths, Join::Not, &paths.requirement(), &part)
        }
    }
}

fn list(paths: &Paths, join: Join, parts: &[Requirement]) -> TokenStream {
    let requirement = paths.requirement();
    let parts = parts.iter().map(|part| data(part, paths));
    let list_type = quote_spanned!(Span::mixed_site()=> [#requirement]);
    let list = quote_spanned!(Span::mixed_site()=> [#(#parts),*]);
    joined(paths, join, &list_type, &list)
}

/// A const holds the parts, so that `&'static` does not rest on promotion. Its name is out of the way of the user's,
/// since items have no hygiene.
fn joined(paths: &Paths, join: Join, parts_type: &TokenStream, parts: &TokenStream) -> TokenStream {
    let span = Span::mixed_site();
    let join = call(paths, Word::Join(join).name(), (span, span), &quote_spanned!(span=> __REQUIRES_AUTH_PARTS));
    quote_spanned!(span=> { const __REQUIRES_AUTH_PARTS: &'static #parts_type = &#parts; #join })
}

/// A call that is underlined, when its evaluation fails, from the first span to the last.
fn call(paths: &Paths, word: &str, (first, last): (Span, Span), arguments: &TokenStream) -> TokenStream {
    let function = paths.constructor(word, first);
    let arguments = quote_spanned!(mixed_site_at(last)=> (#arguments));
    quote!(#function #arguments)
}

/// What a log calls the user's rule: its path, without generic arguments.
fn name(path: &ExprPath) -> String {
    path.path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use crate::errors::Errors;

    fn guard(tokens: TokenStream) -> Guard {
        Errors::collect(|errors| Guard::of_handler(Args::parse(tokens, errors), errors)).unwrap()
    }

    fn data_of(tokens: TokenStream) -> String {
        let guard = guard(tokens);
        data(&guard.requirement, &guard.paths)
            .to_string()
            .replace(":: requires_auth :: __private :: ", "")
            .replace("requirement :: ", "")
    }

    #[test]
    fn a_requirement_is_data() {
        assert_eq!(data_of(quote!()), "any_token ()");
        assert_eq!(data_of(quote!(scope = "weather.read")), r#"scope ("weather.read")"#);
        assert_eq!(data_of(quote!(role = names::ROLE)), "role (names :: ROLE)");
        assert_eq!(
            data_of(quote!(check = rules::r#match::<u8>)),
            r#"check ("rules::match" , rules :: r#match :: < u8 >)"#
        );
        assert_eq!(
            data_of(quote!(not(guest))),
            "{ const __REQUIRES_AUTH_PARTS : & 'static Requirement = & guest () ; not (__REQUIRES_AUTH_PARTS) }"
        );
        assert_eq!(
            data_of(quote!(delegated, guest)),
            "{ const __REQUIRES_AUTH_PARTS : & 'static [Requirement] = & [delegated () , guest ()] ; all (__REQUIRES_AUTH_PARTS) }"
        );
    }

    #[test]
    fn the_handler_gains_one_argument_and_nothing_else() {
        let item = quote! {
            #[cfg(unix)]
            #[doc = "Reads."]
            #[get("/")]
            pub(crate) async fn r#type<'a, S: Store>(State(s): State<S>, mut a: &'a str,) -> impl Display + use<'a, S> where S: 'a { not even rust }
        };
        let parsed = Errors::collect(|errors| Handler::parse(item.clone(), errors)).unwrap();
        let expanded = handler(&parsed, &guard(quote!(authority = "staff", crate = auth))).to_string();

        let (before, after) = expanded.split_once("# [allow (clippy :: too_many_arguments)]").unwrap();
        let argument = "__requires_auth : auth :: __private :: Authorized < __RequiresAuth_type > , ";
        assert_eq!(after.trim().replacen(argument, "", 1), item.to_string());
        assert_eq!(before.matches("# [cfg (unix)]").count(), 4, "{before}");
        assert!(before.contains("pub (crate) struct __RequiresAuth_type ;"), "{before}");
        assert!(before.contains(r#":: core :: option :: Option :: Some ("staff")"#), "{before}");
    }

    #[test]
    fn a_refused_item_stays_as_written_behind_every_mistake() {
        let mut error = syn::Error::new(Span::call_site(), "one");
        error.combine(syn::Error::new(Span::call_site(), "two"));
        let item = quote!(
            #[requires_auth]
            struct Weather {
                city: String,
            }
        );
        let expanded = refused_item(&error, &item).to_string();
        assert_eq!(expanded.matches("compile_error").count(), 2, "{expanded}");
        assert!(expanded.ends_with(&item.to_string()), "{expanded}");
        assert!(syn::parse2::<syn::ExprBlock>(refused_expression(&error)).is_ok());
    }
}
