//! Tokens. Nothing is decided here.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, ExprPath, FnArg, Pat, Visibility};

use crate::block::{Block, Member, Method, words};
use crate::item::Handler;
use crate::paths::{self, Paths, mixed_site_at};
use crate::requirement::{Guard, Node, Requirement};
use crate::value::end_of;
use crate::words::{Join, Word};

/// The handler with its hidden argument, and the requirement beside it.
pub(crate) fn handler(handler: &Handler, guard: &Guard) -> TokenStream {
    let name = format_ident!("__RequiresAuth_{}", handler.sig.ident.unraw(), span = Span::mixed_site());
    let cfgs = handler.cfgs();
    let requires = requires(&name, &handler.vis, &cfgs, guard);
    let (adapter, handler) = (guard.paths.adapter(), with_argument(handler, &name, &guard.paths));
    quote_spanned! {Span::mixed_site()=>
        #requires

        #(#cfgs)*
        #adapter!();

        #handler
    }
}

/// The block with its methods guarded, and their requirements before it.
pub(crate) fn block(block: &Block, guard: &Guard, own: &[Option<Guard>]) -> TokenStream {
    let Block { attrs, head, self_type, of_trait, inner_attrs, members } = block;
    let cfgs = block.cfgs();
    let of_trait = of_trait.as_ref().map(|path| format!("{}_", words(path))).unwrap_or_default();
    let prefix = format!("__RequiresAuth_{}_{of_trait}", words(self_type));
    let mut requirements = TokenStream::new();
    let mut own = own.iter();
    let members: Vec<_> = members
        .iter()
        .map(|member| match member {
            Member::Other(tokens) => tokens.clone(),
            Member::Method(method) => {
                let Method { handler, request, .. } = &**method;
                let name = format_ident!("{prefix}{}", handler.sig.ident.unraw(), span = Span::mixed_site());
                let guard = own.next().and_then(Option::as_ref).unwrap_or(guard);
                let cfgs: Vec<_> = cfgs.iter().copied().chain(handler.cfgs()).collect();
                let vis = if request.is_some() { &Visibility::Inherited } else { &handler.vis };
                requirements.extend(requires(&name, vis, &cfgs, guard));
                match request {
                    Some(position) => with_statement(handler, *position, &name, &guard.paths),
                    None => with_argument(handler, &name, &guard.paths),
                }
            }
        })
        .collect();
    let adapter = guard.paths.adapter();
    quote_spanned! {Span::mixed_site()=>
        #requirements

        #(#cfgs)*
        #adapter!();

        #(#attrs)*
        #head {
            #(#inner_attrs)*
            #(#members)*
        }
    }
}

/// The requirement as the constant of a type of its own.
fn requires(name: &Ident, vis: &Visibility, cfgs: &[&Attribute], guard: &Guard) -> TokenStream {
    let Guard { requirement, authority, paths } = guard;
    let (requires, requirement_type) = (paths.requires(), paths.requirement());
    let (option, string) = (paths::option(), paths::string());
    let data = data(requirement, paths);
    let authority = authority.iter();
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
    }
}

/// The function with its hidden argument, behind `self` if there is one.
fn with_argument(handler: &Handler, name: &Ident, paths: &Paths) -> TokenStream {
    let Handler { attrs, vis, sig, body } = handler;
    let authorized = paths.authorized_at(sig.fn_token.span);
    let mut sig = sig.clone();
    let hidden = quote_spanned!(Span::mixed_site()=> __requires_auth: #authorized<#name>);
    sig.inputs.insert(usize::from(sig.receiver().is_some()), syn::parse_quote!(#hidden));
    quote_spanned! {Span::mixed_site()=>
        #[allow(clippy::too_many_arguments)]
        #(#attrs)*
        #vis #sig #body
    }
}

/// The method with a first statement that asks what a layer found in the request.
fn with_statement(handler: &Handler, position: usize, name: &Ident, paths: &Paths) -> TokenStream {
    let Handler { attrs, vis, sig, body } = handler;
    let (authorize_method, authorized) = (paths.authorize_method(), paths.authorized());
    let mut sig = sig.clone();
    let request = format_ident!("__requires_auth_request", span = Span::mixed_site());
    let hidden = quote_spanned!(Span::mixed_site()=> #request);
    // The argument may have no name, or one that begins with an underscore because nothing used it so far.
    let pattern = sig.inputs.get_mut(position).and_then(|argument| match argument {
        FnArg::Typed(argument) => Some(std::mem::replace(&mut *argument.pat, syn::parse_quote!(#hidden))),
        FnArg::Receiver(_) => None,
    });
    let pattern = pattern.iter().filter(|pattern| is_used(pattern, body));
    let (inner_attrs, statements) = body_of(body);
    quote_spanned! {Span::mixed_site()=>
        #[allow(clippy::items_after_statements)]
        #(#attrs)*
        #vis #sig {
            #(#inner_attrs)*
            let _: #authorized<#name> = #authorize_method(&#request)?;
            #(let #pattern = #request;)*
            #statements
        }
    }
}

/// Whether the body could name what the pattern binds. A name that nothing uses is not bound again, for the lints' sake.
fn is_used(pattern: &Pat, body: &Group) -> bool {
    match pattern {
        Pat::Wild(_) => false,
        // A name may also stand in the text of a format string.
        Pat::Ident(binding) => {
            let name = binding.ident.to_string();
            !name.starts_with('_') || body.to_string().contains(&name)
        }
        _ => true,
    }
}

/// Not as a block in a block, which lints would see.
fn body_of(body: &Group) -> (Vec<Attribute>, TokenStream) {
    let parts = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse()?));
    parts.parse2(body.stream()).unwrap_or_else(|_| (Vec::new(), body.stream()))
}

/// The block as it was written, but for the attributes of its methods: beside its mistakes they would report others.
pub(crate) fn written(block: &Block) -> TokenStream {
    let Block { attrs, head, inner_attrs, members, .. } = block;
    let members = members.iter().map(|member| match member {
        Member::Other(tokens) => tokens.clone(),
        Member::Method(method) => {
            let Handler { attrs, vis, sig, body } = &method.handler;
            quote!(#(#attrs)* #vis #sig #body)
        }
    });
    quote!(#(#attrs)* #head { #(#inner_attrs)* #(#members)* })
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
    use crate::item::Item;

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
        let Ok(Item::Function(parsed)) = Errors::collect(|errors| Item::parse(item.clone(), errors)) else {
            panic!("no function");
        };
        let expanded = handler(&parsed, &guard(quote!(authority = "staff", crate = auth))).to_string();

        let (before, after) = expanded.split_once("# [allow (clippy :: too_many_arguments)]").unwrap();
        let argument = "__requires_auth : auth :: __private :: Authorized < __RequiresAuth_type > , ";
        assert_eq!(after.trim().replacen(argument, "", 1), item.to_string());
        assert_eq!(before.matches("# [cfg (unix)]").count(), 4, "{before}");
        assert!(before.contains("pub (crate) struct __RequiresAuth_type ;"), "{before}");
        assert!(before.contains(r#":: core :: option :: Option :: Some ("staff")"#), "{before}");
    }

    fn block_of(item: TokenStream) -> String {
        let Ok(Item::Block(mut parsed)) = Errors::collect(|errors| Item::parse(item, errors)) else {
            panic!("no block");
        };
        let guard = guard(quote!(scope = "a", authority = "staff"));
        let own = parsed.take_own().into_iter();
        let own = own.map(|args| Errors::collect(|errors| Guard::of_method(args?, &guard, errors)).ok());
        block(&parsed, &guard, &own.collect::<Vec<_>>()).to_string().replace(":: requires_auth :: __private :: ", "")
    }

    #[test]
    fn a_method_gains_its_argument_behind_self() {
        let expanded = block_of(quote! {
            #[craft]
            impl Service<u8> {
                const DAYS: u8 = 7;
                #[doc = "Reads."]
                pub fn read(&self, city: String) -> String { not even rust }
                #[requires_auth(role = "b")]
                async fn pair() {}
            }
        });
        let argument = "__requires_auth : Authorized < __RequiresAuth_Service_u8_";
        assert!(expanded.contains(&format!("fn read (& self , {argument}read > , city : String)")), "{expanded}");
        assert!(expanded.contains(&format!("fn pair ({argument}pair >)")), "{expanded}");
        assert!(expanded.contains("pub struct __RequiresAuth_Service_u8_read ;"), "{expanded}");
        assert!(expanded.contains("{ not even rust }") && expanded.contains("const DAYS : u8 = 7 ;"), "{expanded}");
        assert_eq!(expanded.matches(r#"requirement :: scope ("a")"#).count(), 1, "{expanded}");
        assert_eq!(expanded.matches(r#"requirement :: role ("b")"#).count(), 1, "{expanded}");
        assert_eq!(
            expanded.matches(r#"Some ("staff")"#).count(),
            2,
            "a method is of its block's authority: {expanded}"
        );
        assert_eq!(expanded.matches("adapter ! ()").count(), 1, "{expanded}");
    }

    #[test]
    fn a_method_of_a_trait_asks_before_its_body() {
        let expanded = block_of(quote! {
            impl api::Weather for Service {
                async fn read(&self, request: Request<City>) -> Answer { #![allow(unused)] use std::io; body }
                fn unnamed(&self, _: Request<City>) -> Answer { body }
                fn unused(&self, _request: Request<City>) -> Answer { body }
                fn used(&self, mut _request: Request<City>) -> Answer { format!("{_request}") }
            }
        });
        let name = "__RequiresAuth_Service_api_Weather_";
        let statement = |method: &str| {
            format!("let _ : Authorized < {name}{method} > = authorize_method (& __requires_auth_request) ? ;")
        };
        let arguments = "(& self , __requires_auth_request : Request < City >) -> Answer";
        assert_eq!(expanded.matches(arguments).count(), 4, "{expanded}");
        let bodies = [
            format!(
                "# ! [allow (unused)] {} let request = __requires_auth_request ; use std :: io ; body }}",
                statement("read")
            ),
            format!("{{ {} body }}", statement("unnamed")),
            format!("{{ {} body }}", statement("unused")),
            format!("{} let mut _request = __requires_auth_request ; format", statement("used")),
        ];
        for body in bodies {
            assert!(expanded.contains(&body), "{body}\n{expanded}");
        }
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
