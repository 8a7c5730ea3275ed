//! Syntax: the arguments of the attribute, as they were written.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{ExprPath, Ident, LitStr, Path, Token, token};

use crate::errors::Errors;
use crate::value::{self, Value};
use crate::words::{self, Caller, Claim, Join, Setting, Word};

/// What stands between the parentheses: predicates in order, and the settings beside them.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) predicates: Vec<Entry>,
    pub(crate) settings: Settings,
}

#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) authority: Option<(Ident, Value)>,
    pub(crate) krate: Option<Path>,
}

/// One predicate and where it is written, from its word to its end.
pub(crate) struct Entry {
    pub(crate) span: (Span, Span),
    /// None where the entry could not be read; the mistake is in the bag by then.
    pub(crate) predicate: Option<Predicate>,
}

#[derive(PartialEq)]
pub(crate) enum Predicate {
    Claim(Claim, Value),
    Caller(Caller),
    Check(ExprPath),
    Join(Join, Vec<Entry>),
}

impl Args {
    /// Reads as much as it can: after a mistake it goes on behind the next comma.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut settings = Settings::default();
        let read = |input: ParseStream<'_>| Ok(list(input, Some(&mut settings), errors));
        match read.parse2(tokens) {
            Ok(predicates) => Self { predicates, settings },
            Err(error) => {
                errors.push(error);
                Self::default()
            }
        }
    }
}

/// Two entries are equal when they say the same. One that could not be read says nothing.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.predicate.is_some() && self.predicate == other.predicate
    }
}

/// Reads to the end. `settings` is where settings go, which only the outermost list has.
fn list(input: ParseStream<'_>, mut settings: Option<&mut Settings>, errors: &mut Errors) -> Vec<Entry> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        let first = input.span();
        match entry(input, settings.as_deref_mut(), errors) {
            Ok(entry) => entries.extend(entry),
            Err(error) => {
                errors.push(error);
                entries.push(Entry { span: (first, first), predicate: None });
                value::up_to_comma(input);
            }
        }
        comma(input, errors);
    }
    entries
}

fn entry(input: ParseStream<'_>, settings: Option<&mut Settings>, errors: &mut Errors) -> syn::Result<Option<Entry>> {
    let (key, word) = word(input)?;
    let (end, predicate) = match word {
        Word::Claim(claim) => {
            value::equals(input, &key, word)?;
            let value: Value = input.parse()?;
            (value.end(), Predicate::Claim(claim, value))
        }
        Word::Check => {
            value::equals(input, &key, word)?;
            let path = value::operand::<ExprPath>(input, "expected the path of a function `fn(&AccessToken) -> bool`")?;
            (value::end_of(&path), Predicate::Check(path))
        }
        Word::Caller(_) if input.peek(Token![=]) || input.peek(token::Paren) => {
            return Err(syn::Error::new(key.span(), format!("`{key}` stands alone, without a value")));
        }
        Word::Caller(caller) => (key.span(), Predicate::Caller(caller)),
        Word::Join(join) if input.peek(token::Paren) => {
            let content;
            let parentheses = syn::parenthesized!(content in input);
            (parentheses.span.close(), Predicate::Join(join, list(&content, None, errors)))
        }
        Word::Join(_) => {
            return Err(syn::Error::new(key.span(), format!("`{key}` takes a list: `{}`", word.example())));
        }
        Word::Setting(setting) => return self::setting(input, &key, setting, settings).map(|()| None),
    };
    Ok(Some(Entry { span: (key.span(), end), predicate: Some(predicate) }))
}

fn word(input: ParseStream<'_>) -> syn::Result<(Ident, Word)> {
    if let Ok(literal) = input.fork().parse::<LitStr>() {
        return Err(syn::Error::new(literal.span(), format!("say what it is: `scope = {:?}`", literal.value())));
    }
    if input.peek(Token![!]) {
        return Err(input.error("write `not(..)`, as in `not(guest)`"));
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected a predicate, such as `scope = \"weather.read\"`"));
    }
    let key = input.call(Ident::parse_any)?;
    let name = key.to_string();
    let word = Word::find(&name).ok_or_else(|| syn::Error::new(key.span(), words::unknown(&name)))?;
    Ok((key, word))
}

fn setting(input: ParseStream<'_>, key: &Ident, setting: Setting, settings: Option<&mut Settings>) -> syn::Result<()> {
    let Some(settings) = settings else {
        let message =
            format!("`{key}` is a setting of the whole attribute: write it outside the parentheses of this list");
        return Err(syn::Error::new(key.span(), message));
    };
    value::equals(input, key, Word::Setting(setting))?;
    match setting {
        Setting::Authority => {
            let value: Value = input.parse()?;
            set(&mut settings.authority, key, (key.clone(), value))
        }
        Setting::Crate => {
            let message = "expected the path of the renamed dependency, without quotes: `crate = my_auth`";
            let value::ModulePath(path) = value::operand(input, message)?;
            set(&mut settings.krate, key, path)
        }
    }
}

fn set<T>(slot: &mut Option<T>, key: &Ident, value: T) -> syn::Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(syn::Error::new(key.span(), format!("`{key}` is set a second time: keep one"))),
    }
}

fn comma(input: ParseStream<'_>, errors: &mut Errors) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    if input.peek(Token![&]) || input.peek(Token![|]) {
        errors.push(input.error("predicates are joined by `all(..)`, `any(..)` and `not(..)`, not by operators"));
    } else if let Ok(next) = input.fork().call(Ident::parse_any) {
        errors.push(input.error(format!("a comma is missing before `{next}`")));
        return;
    } else {
        errors.push(input.error("expected a comma"));
    }
    value::up_to_comma(input);
    // What follows the comma is read as usual, for mistakes of its own.
    input.parse::<Option<Token![,]>>().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tokens: &str) -> syn::Result<Args> {
        let tokens = tokens.parse().unwrap();
        Errors::collect(|errors| Some(Args::parse(tokens, errors)))
    }

    fn messages(tokens: &str) -> Vec<String> {
        parse(tokens).err().map(|error| error.into_iter().map(|one| one.to_string()).collect()).unwrap_or_default()
    }

    #[test]
    fn the_whole_grammar_is_read() {
        let tokens = "scope = \"a\", role = names::ROLE, app_permission = <X as Names>::READ, guest, check = rules::open,
            not(delegated), any(all(group = \"g\", app_only), auth_context = r\"c1\",), authority = \"x\", crate = ::my::auth,";
        let args = parse(tokens).unwrap();
        assert_eq!(args.predicates.len(), 7);
        assert!(args.predicates.iter().all(|entry| entry.predicate.is_some()));
        assert!(args.settings.authority.is_some() && args.settings.krate.is_some());
    }

    #[test]
    fn nothing_at_all_is_read() {
        assert!(parse("").unwrap().predicates.is_empty());
    }

    #[test]
    fn each_mistake_has_its_message() {
        let value = "expected a string literal or the path of a `&'static str` const";
        let function = "expected the path of a function `fn(&AccessToken) -> bool`";
        let cases = [
            (r#""weather.read""#, r#"say what it is: `scope = "weather.read"`"#),
            ("!guest", "write `not(..)`, as in `not(guest)`"),
            ("7", "expected a predicate, such as"),
            (", guest", "expected a predicate, such as"),
            ("scopes = \"a\"", "did you mean `scope`?"),
            ("scope", "`scope` takes a value"),
            ("scope(\"a\")", "`scope` takes a value: write `scope = \"a\"`"),
            ("scope(A)", "`scope` takes a value, as in `scope = \"weather.read\"`"),
            ("scope =", "`scope` takes a value"),
            ("scope = , guest", "`scope` takes a value"),
            ("crate = , guest", "`crate` takes a value"),
            ("scope = [\"a\", \"b\"]", value),
            ("scope = name()", value),
            ("check = |token| true", function),
            ("check = rule()", function),
            ("check = \"rule\"", function),
            ("crate = \"auth\"", "without quotes"),
            ("crate = <X as Y>::auth", "without quotes"),
            ("crate = auth::<u8>", "without quotes"),
            ("guest = \"yes\"", "`guest` stands alone"),
            ("any = \"a\"", "`any` takes a list"),
            ("any", "`any` takes a list"),
            ("any(crate = auth, guest)", "`crate` is a setting of the whole attribute"),
            ("crate = a, crate = b", "`crate` is set a second time"),
            ("authority = \"a\", guest, authority = \"b\"", "`authority` is set a second time"),
            ("scope = \"a\" role = \"b\"", "a comma is missing before `role`"),
            ("guest delegated", "a comma is missing before `delegated`"),
            ("any(guest) delegated", "a comma is missing before `delegated`"),
            ("guest || delegated", "not by operators"),
            ("scope = \"a\" && scope = \"b\"", "not by operators"),
            ("guest; delegated", "expected a comma"),
        ];
        for (tokens, expected) in cases {
            let messages = messages(tokens);
            assert!(messages.len() == 1 && messages.iter().all(|m| m.contains(expected)), "{tokens}: {messages:?}");
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let messages = messages("scopes = \"a\", any(role = 1, guest = 2), crate = 3, guest delegated, \"x\"");
        assert_eq!(messages.len(), 6, "{messages:?}");
    }
}
