//! Meaning: what `client` wants beside it.

use crate::args::{Entry, Predicate};
use crate::errors::Errors;
use crate::words::{Caller, Claim, Join};

/// Finds each `client` that stands alone.
///
/// Whoever may sign in to a client gets delegated tokens that name it, so `client` says something only beside what was
/// granted. That must be there on every way to a yes: in the same `all`, or around it.
pub(crate) fn check(entries: &[Entry], errors: &mut Errors) {
    walk(Join::All, entries, false, errors);
}

fn walk(join: Join, entries: &[Entry], company: bool, errors: &mut Errors) {
    let company = company || (join == Join::All && entries.iter().any(is_company));
    for entry in entries {
        match &entry.predicate {
            Some(Predicate::Claim(Claim::Client, _)) if !company => errors.between(entry.span, COMPANY),
            Some(Predicate::Join(join, entries)) => walk(*join, entries, company, errors),
            _ => {}
        }
    }
}

/// Whether `entry` holds only for tokens that were granted something.
fn is_company(entry: &Entry) -> bool {
    match &entry.predicate {
        Some(Predicate::Claim(claim, _)) => matches!(claim, Claim::Scope | Claim::Role | Claim::AppPermission),
        Some(Predicate::Caller(caller)) => *caller == Caller::AppOnly,
        Some(Predicate::Join(Join::All, entries)) => entries.iter().any(is_company),
        Some(Predicate::Join(Join::Any, entries)) => !entries.is_empty() && entries.iter().all(is_company),
        Some(Predicate::Join(Join::Not, _) | Predicate::Check(_)) => false,
        // It could not be read, and one mistake gives one message.
        None => true,
    }
}

const COMPANY: &str = "`client` alone does not tell who asks: \
    write a `scope`, `role`, `app_permission` or `app_only` beside it, in the same `all(..)`";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;

    fn messages(tokens: &str) -> Vec<String> {
        let tokens = tokens.parse().unwrap();
        let checked = Errors::collect(|errors| {
            check(&Args::parse(tokens, errors).predicates, errors);
            Some(())
        });
        checked.err().map(|error| error.into_iter().map(|one| one.to_string()).collect()).unwrap_or_default()
    }

    #[test]
    fn a_client_has_company_on_every_way_to_a_yes() {
        let legal = [
            "client = \"c\", scope = \"s\"",
            "client = \"c\", app_only",
            "scope = \"s\", any(client = \"c\", client = \"d\")",
            "any(all(client = \"c\", role = \"r\"), scope = \"s\")",
            "all(client = \"c\", any(scope = \"s\", all(app_permission = \"p\", guest)))",
            "scope = \"s\", any(all(client = \"c\", guest), not(client = \"d\"))",
        ];
        for tokens in legal {
            assert_eq!(messages(tokens), [""; 0], "{tokens}");
        }
        let lonely = [
            "client = \"c\"",
            "client = \"c\", delegated",
            "client = \"c\", tenant = \"72f988bf-86f1-41af-91ab-2d7cd011db47\"",
            "any(client = \"c\", scope = \"s\")",
            "any(all(client = \"c\", guest), scope = \"s\")",
            "client = \"c\", any(scope = \"s\", delegated)",
            "client = \"c\", not(app_only)",
            "client = \"c\", check = rule",
            "not(client = \"c\")",
        ];
        for tokens in lonely {
            assert_eq!(messages(tokens), [COMPANY], "{tokens}");
        }
    }
}
