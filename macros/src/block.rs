//! Syntax: an `impl` block under the attribute, whose every function is guarded.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, ImplItem, ItemImpl, Meta, Path, Token, Type, Visibility};

use crate::args::Args;
use crate::errors::Errors;
use crate::item::{self, Handler, is_function, is_guard};

/// An `impl` block as the user wrote it, without the attributes of its methods.
pub(crate) struct Block {
    pub(crate) attrs: Vec<Attribute>,
    /// From `impl` to the brace.
    pub(crate) head: TokenStream,
    pub(crate) self_type: Type,
    /// The trait whose methods these are: it fixes their arguments.
    pub(crate) of_trait: Option<Path>,
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
}

pub(crate) enum Member {
    Method(Box<Method>),
    /// A const or a type, as it is.
    Other(TokenStream),
}

pub(crate) struct Method {
    pub(crate) handler: Handler,
    /// What the method asks for itself, instead of what the block asks for.
    pub(crate) own: Option<Args>,
    /// In a block of a trait: the position of the argument that is the request.
    pub(crate) request: Option<usize>,
}

/// Whether an `impl` block begins here.
pub(crate) fn begins(item: &TokenStream) -> bool {
    let ahead = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Option<Token![unsafe]>>()?;
        let is_block = input.peek(Token![impl]);
        // Whatever comes, it was only looked at.
        input.parse::<TokenStream>()?;
        Ok(is_block)
    };
    ahead.parse2(item.clone()).unwrap_or(false)
}

impl Block {
    pub(crate) fn parse(item: TokenStream, errors: &mut Errors) -> Option<Self> {
        match Self::read(item, errors) {
            Ok(block) => Some(block),
            Err(error) => {
                errors.push(error);
                None
            }
        }
    }

    fn read(item: TokenStream, errors: &mut Errors) -> syn::Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        // The last tokens are the members; braces before them stand in the generics.
        let Some(TokenTree::Group(members)) = tokens.pop_if(|last| is_braces(last)) else {
            let item: TokenStream = tokens.into_iter().collect();
            return Err(syn::Error::new_spanned(item, "expected an `impl` block, which has methods"));
        };
        let tokens: TokenStream = tokens.into_iter().collect();
        let ItemImpl { attrs, trait_, self_ty, .. } = syn::parse2(quote!(#tokens {}))?;
        for path in attrs.iter().flat_map(|attr| item::guards(&attr.meta)) {
            errors.under(path, "one `requires_auth` guards a block: write all predicates in the first one");
        }
        let of_trait = trait_.map(|(path, _)| path);
        let head = without_attributes.parse2(tokens)?;
        let (inner_attrs, members) =
            (|input: ParseStream<'_>| members_of(input, of_trait.is_some(), errors)).parse2(members.stream())?;
        Ok(Self { attrs, head, self_type: *self_ty, of_trait, inner_attrs, members })
    }

    /// What each method asks for itself, in their order.
    pub(crate) fn take_own(&mut self) -> Vec<Option<Args>> {
        let methods = self.members.iter_mut().filter_map(|member| match member {
            Member::Method(method) => Some(method.own.take()),
            Member::Other(_) => None,
        });
        methods.collect()
    }

    pub(crate) fn cfgs(&self) -> Vec<&Attribute> {
        item::cfgs(&self.attrs)
    }
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn without_attributes(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    input.call(Attribute::parse_outer)?;
    input.parse()
}

fn members_of(
    input: ParseStream<'_>,
    of_trait: bool,
    errors: &mut Errors,
) -> syn::Result<(Vec<Attribute>, Vec<Member>)> {
    let inner_attrs = input.call(Attribute::parse_inner)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        members.push(Member::read(input, of_trait, errors)?);
    }
    Ok((inner_attrs, members))
}

impl Member {
    fn read(input: ParseStream<'_>, of_trait: bool, errors: &mut Errors) -> syn::Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if is_function(&ahead)? {
            return Ok(Self::Method(Box::new(Method::new(input.parse()?, of_trait, errors))));
        }
        let member: ImplItem = input.parse()?;
        if !matches!(member, ImplItem::Const(_) | ImplItem::Type(_)) {
            errors
                .under(&member, "a method that is not written out here cannot be guarded: move this to another block");
        }
        Ok(Self::Other(member.into_token_stream()))
    }
}

impl Method {
    fn new(mut handler: Handler, of_trait: bool, errors: &mut Errors) -> Self {
        handler.check(errors);
        let (guards, others) =
            handler.attrs.into_iter().partition::<Vec<_>, _>(|attr| !item::guards(&attr.meta).is_empty());
        handler.attrs = others;
        let (own, conditional) = guards.into_iter().partition::<Vec<_>, _>(|attr| is_guard(&attr.meta));
        for path in conditional.iter().flat_map(|attr| item::guards(&attr.meta)) {
            errors.under(path, "the block does not see behind a condition: write `cfg` on two methods instead");
        }
        let own = own_args(&own, errors);
        let request = if of_trait { request_of(&handler, errors) } else { None };
        Self { handler, own, request }
    }
}

/// The arguments of the method's own attribute.
fn own_args(attrs: &[Attribute], errors: &mut Errors) -> Option<Args> {
    let (first, rest) = attrs.split_first()?;
    for second in rest {
        errors.under(second.path(), "one `requires_auth` guards a method: write all predicates in the first one");
    }
    match &first.meta {
        Meta::Path(_) => Some(Args::default()),
        Meta::List(list) => Some(Args::parse(list.tokens.clone(), errors)),
        Meta::NameValue(_) => {
            errors.under(first, "write `#[requires_auth(scope = \"weather.read\")]`, with parentheses");
            None
        }
    }
}

/// A trait fixes the arguments, so the guard reads the one that is the request.
fn request_of(handler: &Handler, errors: &mut Errors) -> Option<usize> {
    let position = handler.sig.inputs.iter().position(|argument| match argument {
        FnArg::Typed(argument) => is_request(&argument.ty),
        FnArg::Receiver(_) => false,
    });
    if position.is_none() {
        let message = "a method of a trait is guarded through the request that it takes: name its type `Request<..>`, or \
            guard the whole service with a layer";
        errors.under(&handler.sig.ident, message);
    }
    position
}

fn is_request(argument: &Type) -> bool {
    match argument {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Request"),
        Type::Reference(reference) => is_request(&reference.elem),
        Type::Paren(paren) => is_request(&paren.elem),
        Type::Group(group) => is_request(&group.elem),
        _ => false,
    }
}

/// The words of a type or a path, for a name that no other block has.
pub(crate) fn words(tokens: impl ToTokens) -> String {
    fn collect(tokens: TokenStream, words: &mut Vec<String>) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => words.push(ident.to_string().trim_start_matches("r#").to_owned()),
                TokenTree::Group(group) => collect(group.stream(), words),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    let mut words = Vec::new();
    collect(tokens.into_token_stream(), &mut words);
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(item: TokenStream) -> syn::Result<Block> {
        Errors::collect(|errors| Block::parse(item, errors))
    }

    fn messages(item: TokenStream) -> Vec<String> {
        parse(item).err().map(|error| error.into_iter().map(|one| one.to_string()).collect()).unwrap_or_default()
    }

    #[test]
    fn a_block_begins_behind_its_attributes() {
        for block in ["impl A {}", "#[craft] unsafe impl<T> B for A<T> {}", "/// Doc.\n#[cfg(unix)] impl A {}"] {
            assert!(begins(&block.parse().unwrap()), "{block}");
        }
        for other in ["fn f() {}", "#[impl_me] async fn f() {}", "unsafe fn f() {}", "trait A {}", ""] {
            assert!(!begins(&other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn every_function_is_a_method_and_bodies_are_not_read() {
        let mut block = parse(quote! {
            #[craft]
            #[cfg(unix)]
            impl<T, const N: usize> a::Service<T, { N + 1 }> where T: Clone {
                #![allow(unused)]
                pub const DAYS: u8 = { 7 };
                type Answer = [T; N];
                #[requires_auth::requires_auth(scope = "a")]
                #[craft(handler)]
                pub(super) async fn read<'a>(&'a self) -> T { not even rust }
                fn other() {}
                #[requires_auth]
                unsafe extern "C" fn third(self: Arc<Self>) {}
            }
        })
        .unwrap();
        assert_eq!((block.attrs.len(), block.cfgs().len(), block.inner_attrs.len(), block.members.len()), (2, 1, 1, 5));
        assert!(block.of_trait.is_none());
        assert_eq!(words(&block.self_type), "a_Service_T_N");
        assert!(block.head.to_string().starts_with("impl < T , const N : usize > a :: Service"), "{}", block.head);
        let own: Vec<_> = block.take_own().iter().map(|own| own.as_ref().map(|args| args.predicates.len())).collect();
        assert_eq!(own, [Some(1), None, Some(0)]);
    }

    #[test]
    fn the_request_is_found_by_its_type() {
        let block = parse(quote! {
            impl api::weather_server::Weather for Service {
                async fn a(&self, request: tonic::Request<Reading>) -> Answer {}
                fn b(request: &mut Request<()>, other: Request<()>) -> Answer {}
                fn c(self: Box<Self>, id: u8, _: &'static http::Request<Vec<u8>>) -> Answer {}
            }
        })
        .unwrap();
        let positions = block.members.iter().map(|member| match member {
            Member::Method(method) => method.request,
            Member::Other(_) => None,
        });
        assert_eq!(positions.collect::<Vec<_>>(), [Some(1), Some(0), Some(2)]);
    }

    #[test]
    fn each_mistake_has_its_message() {
        let cases = [
            (quote!(impl A { get!(); }), "a method that is not written out"),
            (quote!(impl A { default fn f() {} }), "a method that is not written out"),
            (quote!(impl A { const fn new() {} }), "remove `const`"),
            (quote!(impl A { fn f(); }), "which has a body"),
            (quote!(impl A { #[requires_auth] #[requires_auth] fn f() {} }), "one `requires_auth` guards a method"),
            (quote!(impl A { #[cfg_attr(unix, requires_auth)] fn f() {} }), "does not see behind a condition"),
            (quote!(impl A { #[requires_auth = "a"] fn f() {} }), "with parentheses"),
            (quote!(impl A { #[requires_auth(scopes = "a")] fn f() {} }), "did you mean `scope`?"),
            (
                quote!(
                    #[requires_auth(guest)]
                    impl A {}
                ),
                "one `requires_auth` guards a block",
            ),
            (quote!(impl A for B { fn f(&self, query: Query) {} }), "name its type `Request<..>`"),
            (quote!(impl A for B), "which has methods"),
        ];
        for (block, expected) in cases {
            let messages = messages(block.clone());
            assert!(messages.len() == 1 && messages.iter().all(|m| m.contains(expected)), "{block}: {messages:?}");
        }
    }
}
