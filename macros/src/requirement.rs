//! Meaning: what the written predicates demand of a token.

use proc_macro2::Span;
use syn::ExprPath;

use crate::args::{Args, Entry, Predicate};
use crate::claim;
use crate::company;
use crate::errors::Errors;
use crate::paths::Paths;
use crate::value::Value;
use crate::words::{Caller, Claim, Join};

/// A whole attribute that makes sense.
pub(crate) struct Guard {
    pub(crate) requirement: Requirement,
    pub(crate) authority: Option<Value>,
    pub(crate) paths: Paths,
}

/// A requirement that makes sense: only [`Requirement::new`] builds one.
pub(crate) struct Requirement(Node);

pub(crate) enum Node {
    AnyToken,
    Claim(Claim, Value),
    Caller(Caller, Span),
    Check(ExprPath),
    /// Two or more.
    All(Vec<Requirement>),
    /// Two or more.
    Any(Vec<Requirement>),
    Not(Box<Requirement>),
}

impl Guard {
    /// The meaning of `#[requires_auth(..)]`.
    pub(crate) fn of_handler(args: Args, errors: &mut Errors) -> Option<Self> {
        if let Some((key, Value::Literal(literal))) = &args.settings.authority
            && let Some(mistake) = claim::label(&key.to_string(), &literal.value())
        {
            errors.under(literal, mistake);
        }
        Self::of(args, errors)
    }

    /// The meaning of an attribute on a method: what it does not set is as its block sets it.
    pub(crate) fn of_method(args: Args, block: &Self, errors: &mut Errors) -> Option<Self> {
        let renamed = args.settings.krate.is_some();
        let mut guard = Self::of_handler(args, errors)?;
        guard.authority = guard.authority.or_else(|| block.authority.clone());
        if !renamed {
            guard.paths = block.paths.clone();
        }
        Some(guard)
    }

    /// The meaning of `requirement!(..)`, which has no request and so no authority to choose.
    pub(crate) fn of_expression(args: Args, errors: &mut Errors) -> Option<Self> {
        if let Some((key, _)) = &args.settings.authority {
            errors.under(key, "an authority is chosen by `#[requires_auth]`, not by a requirement: remove it");
        }
        Self::of(args, errors)
    }

    fn of(args: Args, errors: &mut Errors) -> Option<Self> {
        let requirement = Requirement::new(&args.predicates, errors)?;
        let authority = args.settings.authority.map(|(_, name)| name);
        Some(Self { requirement, authority, paths: Paths::new(args.settings.krate.as_ref()) })
    }
}

impl Requirement {
    fn new(entries: &[Entry], errors: &mut Errors) -> Option<Self> {
        company::check(entries, errors);
        if entries.is_empty() { Some(Self(Node::AnyToken)) } else { Self::joined(entries, Node::All, errors) }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0
    }

    fn of(entry: &Entry, errors: &mut Errors) -> Option<Self> {
        Some(match entry.predicate.as_ref()? {
            Predicate::Claim(claim, value) => {
                if let Value::Literal(literal) = value
                    && let Some(mistake) = claim::mistake(*claim, &literal.value())
                {
                    errors.under(literal, mistake);
                }
                Self(Node::Claim(*claim, value.clone()))
            }
            Predicate::Caller(caller) => Self(Node::Caller(*caller, entry.span.0)),
            Predicate::Check(path) => Self(Node::Check(path.clone())),
            Predicate::Join(Join::All, entries) if entries.is_empty() => {
                errors.between(entry.span, "`all()` demands nothing: write a predicate in it, or remove it");
                return None;
            }
            Predicate::Join(Join::Any, entries) if entries.is_empty() => {
                errors.between(entry.span, "`any()` can never hold: write a predicate in it, or remove it");
                return None;
            }
            Predicate::Join(Join::All, entries) => Self::joined(entries, Node::All, errors)?,
            Predicate::Join(Join::Any, entries) => Self::joined(entries, Node::Any, errors)?,
            Predicate::Join(Join::Not, entries) => Self::denied(entry, entries, errors)?,
        })
    }

    fn joined(entries: &[Entry], join: fn(Vec<Self>) -> Node, errors: &mut Errors) -> Option<Self> {
        for (place, entry) in entries.iter().enumerate() {
            if entries.iter().take(place).any(|earlier| earlier == entry) {
                errors.between(entry.span, "this predicate is already in the list: remove one");
            }
        }
        let parts: Vec<_> = entries.iter().map(|entry| Self::of(entry, errors)).collect();
        let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
        // One predicate needs nothing to join it.
        if parts.len() == 1 { parts.pop() } else { Some(Self(join(parts))) }
    }

    fn denied(not: &Entry, entries: &[Entry], errors: &mut Errors) -> Option<Self> {
        let [entry] = entries else {
            errors.between(not.span, "`not` takes exactly one predicate: write one `not(..)` for each");
            return None;
        };
        match entry.predicate.as_ref()? {
            Predicate::Caller(_) | Predicate::Claim(Claim::Client | Claim::Tenant, _) => {
                Self::of(entry, errors).map(|part| Self(Node::Not(Box::new(part))))
            }
            _ => {
                errors.between(entry.span, NOT);
                None
            }
        }
    }
}

const NOT: &str = "`not` takes only `delegated`, `app_only`, `guest`, `client` and `tenant`: \
    lacking a permission must never open a door";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tokens: &str) -> syn::Result<Guard> {
        let tokens = tokens.parse().unwrap();
        Errors::collect(|errors| {
            let args = Args::parse(tokens, errors);
            Guard::of_handler(args, errors)
        })
    }

    fn messages(tokens: &str) -> Vec<String> {
        read(tokens).err().map(|error| error.into_iter().map(|one| one.to_string()).collect()).unwrap_or_default()
    }

    #[test]
    fn one_predicate_stays_bare_and_a_comma_is_all() {
        assert!(matches!(read("authority = \"a\"").unwrap().requirement.node(), Node::AnyToken));
        assert!(matches!(read("scope = \"a\"").unwrap().requirement.node(), Node::Claim(Claim::Scope, _)));
        assert!(matches!(read("any(all(guest))").unwrap().requirement.node(), Node::Caller(Caller::Guest, _)));
        assert!(
            matches!(read("guest, scope = \"a\"").unwrap().requirement.node(), Node::All(parts) if parts.len() == 2)
        );
    }

    #[test]
    fn lacking_a_permission_never_opens_a_door() {
        for inner in ["scope = \"s\"", "role = \"r\"", "group = \"g\"", "check = rule", "any(guest)", "not(guest)"] {
            assert_eq!(messages(&format!("not({inner})")), [NOT], "{inner}");
        }
        for inner in ["guest", "delegated", "app_only", "tenant = \"72f988bf-86f1-41af-91ab-2d7cd011db47\""] {
            assert_eq!(messages(&format!("not({inner})")), [""; 0], "{inner}");
        }
    }

    #[test]
    fn each_mistake_has_its_message() {
        let cases = [
            ("all()", "`all()` demands nothing"),
            ("scope = \"s\", any()", "`any()` can never hold"),
            ("not()", "exactly one predicate"),
            ("not(guest, delegated)", "exactly one predicate"),
            ("scope = \"a b\"", "write `all(scope = \"a\", scope = \"b\")`"),
            ("authority = \"\"", "`authority` is empty"),
            ("guest, guest", "already in the list"),
            ("scope = \"a\", scope = r\"a\"", "already in the list"),
            ("scope = A, scope = A", "already in the list"),
            ("any(not(guest), not(guest))", "already in the list"),
        ];
        for (tokens, expected) in cases {
            let messages = messages(tokens);
            assert!(messages.len() == 1 && messages.iter().all(|m| m.contains(expected)), "{tokens}: {messages:?}");
        }
    }

    #[test]
    fn a_broken_predicate_gives_one_message() {
        for tokens in ["any(scopes = \"s\")", "not(scopes = \"s\")", "client = \"c\", scopes = \"s\""] {
            assert_eq!(messages(tokens).len(), 1, "{tokens}");
        }
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let messages =
            messages("scope = \"\", any(), not(role = \"r\"), any(client = \"a b\"), guest, guest, authority = \" \"");
        assert_eq!(messages.len(), 6, "{messages:?}");
    }
}
