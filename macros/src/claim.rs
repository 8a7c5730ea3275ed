//! What the string of each claim must look like.
//!
//! The runtime's constructors hold the same rules, for values that are paths; here they give the better messages.

use crate::words::{Claim, Word};

/// Says what is wrong with `text` as the value of `claim`, and how to write it.
pub(crate) fn mistake(claim: Claim, text: &str) -> Option<String> {
    let name = Word::Claim(claim).name();
    if text.is_empty() {
        return Some(format!("`{name}` is empty: write a value, as in `{}`", Word::Claim(claim).example()));
    }
    match claim {
        Claim::Scope => scope(text),
        Claim::Role | Claim::AppPermission => label(name, text),
        Claim::DirectoryRole | Claim::Tenant => guid(name, text),
        Claim::Client | Claim::Group => identifier(name, text),
        Claim::AuthContext => auth_context(text),
    }
}

/// Says what is wrong with `text` as a name of the user's own, such as a role or an authority.
pub(crate) fn label(name: &str, text: &str) -> Option<String> {
    if text.is_empty() {
        Some(format!("`{name}` is empty"))
    } else if text.chars().any(char::is_control) {
        Some(format!("`{name}` has a control character, which no name has"))
    } else if text.trim() != text {
        Some(format!("`{name}` begins or ends with white space: write {:?}", text.trim()))
    } else {
        None
    }
}

/// RFC 6749, 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn scope(text: &str) -> Option<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    match (words.as_slice(), text.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E'))) {
        (_, None) => None,
        ([], _) => Some("`scope` is blank: write the name of one scope".into()),
        ([word], Some(space)) if space.is_whitespace() => {
            Some(format!("a scope has no white space: write `scope = {word:?}`"))
        }
        (words, Some(space)) if space.is_whitespace() => {
            let each: Vec<_> = words.iter().map(|word| format!("scope = {word:?}")).collect();
            Some(format!("these are {} scopes in one string: write `all({})`", words.len(), each.join(", ")))
        }
        (_, Some(bad)) => Some(format!(
            "a scope cannot have {bad:?}: it is made of printable ASCII without `\"` and `\\` (RFC 6749, 3.3)"
        )),
    }
}

/// An id that Entra ID issued: always a GUID in lower case.
fn guid(name: &str, text: &str) -> Option<String> {
    if is_guid(text) {
        None
    } else {
        Some(respelled(text).unwrap_or_else(|| {
            let example = Word::find(name).map_or("", Word::example);
            format!("`{name}` takes the id, a GUID in lower case, as in `{example}`")
        }))
    }
}

/// An id that need not be a GUID, since not every provider issues them, but must not be a misspelt one.
fn identifier(name: &str, text: &str) -> Option<String> {
    if is_guid(text) {
        None
    } else if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Some(format!("`{name}` takes one id, without spaces or control characters"))
    } else if resembles_guid(text) {
        Some(respelled(text).unwrap_or_else(|| {
            format!("`{name}` looks like a GUID and is not one: a GUID has 8-4-4-4-12 hexadecimal digits")
        }))
    } else {
        None
    }
}

fn auth_context(text: &str) -> Option<String> {
    let known = |text: &str| {
        text.strip_prefix('c')
            .is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9']))
    };
    let lower = text.trim().to_lowercase();
    if known(text) {
        None
    } else if known(&lower) {
        Some(format!("an authentication context is written `auth_context = {lower:?}`"))
    } else {
        Some("an authentication context is one of `c1` to `c99`".into())
    }
}

/// Offers the spelling that Entra ID uses, when only the spelling is wrong.
fn respelled(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('{').trim_end_matches('}');
    let lower = bare.to_ascii_lowercase();
    if !is_guid(&lower) {
        None
    } else if bare == text {
        Some(format!("write it in lower case, as Entra ID does: {lower:?}"))
    } else {
        Some(format!("write the GUID alone, in lower case: {lower:?}"))
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn resembles_guid(text: &str) -> bool {
    text.len() >= 30
        && text.contains('-')
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || b"-{}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const UPPER: &str = "72F988BF-86F1-41AF-91AB-2D7CD011DB47";

    #[test]
    fn well_formed_values_pass() {
        let cases = [
            (Claim::Scope, "weather.read"),
            (Claim::Scope, "api://0f8f/Weather.Read[]!~"),
            (Claim::Role, "Regional Forecaster"),
            (Claim::Role, "Météo"),
            (Claim::AppPermission, "Weather.Read.All"),
            (Claim::Tenant, GUID),
            (Claim::DirectoryRole, GUID),
            (Claim::Client, GUID),
            (Claim::Client, "my-spa"),
            (Claim::Client, "abcdef-0123"),
            (Claim::Group, "/staff/forecasters"),
            (Claim::AuthContext, "c1"),
            (Claim::AuthContext, "c99"),
        ];
        for (claim, text) in cases {
            assert_eq!(mistake(claim, text), None, "{claim:?} {text}");
        }
    }

    #[test]
    fn ill_formed_values_are_told_the_fix() {
        let braced = format!("{{{GUID}}}");
        let cases = [
            (Claim::Scope, "", "`scope` is empty: write a value, as in `scope = \"weather.read\"`"),
            (Claim::Scope, " ", "`scope` is blank"),
            (Claim::Scope, "a b", "write `all(scope = \"a\", scope = \"b\")`"),
            (Claim::Scope, "a\tb  c", "write `all(scope = \"a\", scope = \"b\", scope = \"c\")`"),
            (Claim::Scope, "a ", "write `scope = \"a\"`"),
            (Claim::Scope, "a\"b", "cannot have '\"'"),
            (Claim::Scope, "a\\b", "cannot have '\\\\'"),
            (Claim::Scope, "wetter.läsen", "cannot have 'ä'"),
            (Claim::Scope, "a\u{7f}", "cannot have '\\u{7f}'"),
            (Claim::Role, " Forecaster", "write \"Forecaster\""),
            (Claim::AppPermission, "a\nb", "control character"),
            (Claim::Tenant, UPPER, "write it in lower case, as Entra ID does: \"72f988bf"),
            (Claim::Tenant, &braced, "write the GUID alone"),
            (Claim::Tenant, "contoso.onmicrosoft.com", "takes the id, a GUID"),
            (Claim::DirectoryRole, "Global Administrator", "takes the id, a GUID"),
            (Claim::Client, UPPER, "write it in lower case"),
            (Claim::Client, &braced, "write the GUID alone"),
            (Claim::Client, "my spa", "without spaces"),
            (Claim::Group, "72f988bf-86f1-41af-91ab-2d7cd011db4", "looks like a GUID"),
            (Claim::Group, "72f988bf-86f1-41af-91ab2-d7cd011db47", "looks like a GUID"),
            (Claim::AuthContext, "C1", "auth_context = \"c1\""),
            (Claim::AuthContext, "c0", "`c1` to `c99`"),
            (Claim::AuthContext, "c01", "`c1` to `c99`"),
            (Claim::AuthContext, "c100", "`c1` to `c99`"),
            (Claim::AuthContext, "1", "`c1` to `c99`"),
        ];
        for (claim, text, expected) in cases {
            let message = mistake(claim, text).unwrap_or_default();
            assert!(message.contains(expected), "{claim:?} {text:?}: {message}");
        }
    }
}
