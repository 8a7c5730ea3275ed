//! Syntax: what stands behind a `=`.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::parse::{Parse, ParseStream};
use syn::{ExprPath, Ident, LitStr, Path, Token};

use crate::words::Word;

/// A string, or the path of a const that holds one.
#[derive(Clone)]
pub(crate) enum Value {
    Literal(LitStr),
    Path(ExprPath),
}

/// A path as in `use`, without generic arguments.
pub(crate) struct ModulePath(pub(crate) Path);

impl Value {
    pub(crate) fn end(&self) -> Span {
        end_of(self)
    }
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            operand(input, EXPECTED).map(Self::Literal)
        } else {
            operand(input, EXPECTED).map(Self::Path)
        }
    }
}

impl Parse for ModulePath {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Path::parse_mod_style).map(Self)
    }
}

/// Two values are equal when they say the same: `"a"` is `r"a"`.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => one.value() == other.value(),
            (Self::Path(one), Self::Path(other)) => one == other,
            _ => false,
        }
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
        }
    }
}

/// Takes the `=`, and makes sure that something follows it.
pub(crate) fn equals(input: ParseStream<'_>, key: &Ident, word: Word) -> syn::Result<()> {
    let called = call_of(&input.fork());
    if input.parse::<Option<Token![=]>>()?.is_some() && !input.is_empty() && !input.peek(Token![,]) {
        return Ok(());
    }
    let message = match called {
        Ok(literal) => format!("`{key}` takes a value: write `{key} = {:?}`", literal.value()),
        Err(_) => format!("`{key}` takes a value, as in `{}`", word.example()),
    };
    Err(syn::Error::new(key.span(), message))
}

/// The `"a"` of a `scope("a")`.
fn call_of(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let content;
    syn::parenthesized!(content in input);
    content.parse()
}

/// Reads a `T` that is all there is up to the next predicate; anything longer is another expression.
pub(crate) fn operand<T: Parse>(input: ParseStream<'_>, message: &str) -> syn::Result<T> {
    let whole = up_to_comma(&input.fork());
    match input.parse() {
        Ok(operand) if input.is_empty() || input.peek(Token![,]) || goes_on(input) => Ok(operand),
        _ => Err(syn::Error::new_spanned(whole, message)),
    }
}

/// Takes the tokens up to the next comma of this list.
pub(crate) fn up_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut taken = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        let Ok(next) = input.parse::<TokenTree>() else { break };
        taken.append(next);
    }
    taken
}

/// The span of the last token: `Spanned` stops at the first, as long as `Span::join` is not stable.
pub(crate) fn end_of(tokens: &impl ToTokens) -> Span {
    match tokens.to_token_stream().into_iter().last() {
        Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::None => group.span_close(),
        Some(token) => token.span(),
        None => Span::call_site(),
    }
}

/// Whether the next token belongs to a further predicate, so that it is the comma that is wrong.
fn goes_on(input: ParseStream<'_>) -> bool {
    input.peek(Ident) || input.peek(Token![crate]) || input.peek(Token![&]) || input.peek(Token![|])
}

const EXPECTED: &str = "expected a string literal or the path of a `&'static str` const";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_equal_when_they_say_the_same() {
        let value = |tokens| syn::parse_str::<Value>(tokens).unwrap();
        assert!(value("\"a\"") == value("r#\"a\"#"));
        assert!(value("names::A") == value("names :: A"));
        assert!(value("\"a\"") != value("\"b\""));
        assert!(value("\"a\"") != value("a"));
    }

    #[test]
    fn only_strings_and_paths_are_values() {
        for tokens in ["\"a\"", "r\"a\"", "A", "a::b::C", "::a::B", "Self::A", "<X as Names>::A", "Names::<u8>::A"] {
            assert!(syn::parse_str::<Value>(tokens).is_ok(), "{tokens}");
        }
        for tokens in [
            "1",
            "true",
            "'a'",
            "b\"a\"",
            "c\"a\"",
            "a!()",
            "a()",
            "A[0]",
            "&A",
            "(A)",
            "\"a\".trim()",
            "A + B",
            "{ A }",
        ] {
            let message = syn::parse_str::<Value>(tokens).err().map(|error| error.to_string());
            assert_eq!(message.as_deref(), Some(EXPECTED), "{tokens}");
        }
    }
}
