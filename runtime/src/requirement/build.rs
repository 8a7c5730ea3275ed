//! The builders that expansions name. Each panics in const evaluation, at compile time, on an ill-formed value: so a
//! `const` that holds a scope is checked like a literal, and the error points at the value.

use super::check::Check;
use super::{Node, Requirement};
use crate::access_token::AccessToken;
use crate::guid::is_guid;
use crate::scope::is_scope_token;

#[must_use]
pub const fn any_token() -> Requirement {
    Requirement(Node::AnyToken)
}

#[must_use]
#[track_caller]
pub const fn scope(scope: &'static str) -> Requirement {
    assert!(
        is_scope_token(scope),
        "ill-formed scope: one scope has no spaces, quotes or backslashes (RFC 6749 section 3.3)"
    );
    Requirement(Node::Scope(scope))
}

#[must_use]
#[track_caller]
pub const fn role(role: &'static str) -> Requirement {
    assert!(is_plain(role), "ill-formed role: write the value of the app role, without spaces at its ends");
    Requirement(Node::Role(role))
}

#[must_use]
#[track_caller]
pub const fn app_permission(role: &'static str) -> Requirement {
    assert!(is_plain(role), "ill-formed app_permission: write the value of the app role, without spaces at its ends");
    Requirement(Node::AppPermission(role))
}

#[must_use]
#[track_caller]
pub const fn group(group: &'static str) -> Requirement {
    assert!(is_id(group), "ill-formed group: write the group's object id in lower case, as Entra ID does");
    Requirement(Node::Group(group))
}

#[must_use]
#[track_caller]
pub const fn directory_role(role: &'static str) -> Requirement {
    assert!(is_guid(role), "ill-formed directory_role: write the role's template id, a GUID, in lower case");
    Requirement(Node::DirectoryRole(role))
}

#[must_use]
#[track_caller]
pub const fn client(client: &'static str) -> Requirement {
    assert!(is_id(client), "ill-formed client: write the client id in lower case, as Entra ID does");
    Requirement(Node::Client(client))
}

#[must_use]
#[track_caller]
pub const fn tenant(tenant: &'static str) -> Requirement {
    assert!(is_guid(tenant), "ill-formed tenant: write the tenant id, a GUID, in lower case");
    Requirement(Node::Tenant(tenant))
}

#[must_use]
#[track_caller]
pub const fn auth_context(context: &'static str) -> Requirement {
    assert!(
        matches!(context.as_bytes(), [b'c', b'1'..=b'9'] | [b'c', b'1'..=b'9', b'0'..=b'9']),
        "ill-formed auth_context: write c1 to c99"
    );
    Requirement(Node::AuthContext(context))
}

#[must_use]
pub const fn delegated() -> Requirement {
    Requirement(Node::Delegated)
}

#[must_use]
pub const fn app_only() -> Requirement {
    Requirement(Node::AppOnly)
}

#[must_use]
pub const fn guest() -> Requirement {
    Requirement(Node::Guest)
}

#[must_use]
pub const fn check(name: &'static str, function: fn(&AccessToken) -> bool) -> Requirement {
    Requirement(Node::Check(Check::new(name, function)))
}

#[must_use]
#[track_caller]
pub const fn all(parts: &'static [Requirement]) -> Requirement {
    assert!(!parts.is_empty(), "all() needs at least one requirement");
    Requirement(Node::All(parts))
}

#[must_use]
#[track_caller]
pub const fn any(parts: &'static [Requirement]) -> Requirement {
    assert!(!parts.is_empty(), "any() needs at least one requirement");
    Requirement(Node::Any(parts))
}

#[must_use]
#[track_caller]
pub const fn not(part: &'static Requirement) -> Requirement {
    assert!(
        matches!(part.0, Node::Delegated | Node::AppOnly | Node::Guest | Node::Client(_) | Node::Tenant(_)),
        "not() takes only delegated, app_only, guest, client or tenant"
    );
    Requirement(Node::Not(part))
}

/// One or more characters, none of them control characters, no space at either end.
const fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        if byte.is_ascii_control() {
            return false;
        }
        rest = tail;
    }
    *first != b' ' && *last != b' '
}

/// A word that, if it looks like a GUID, is one.
const fn is_id(text: &str) -> bool {
    let (mut rest, mut dashes, mut looks_like_guid) = (text.as_bytes(), 0, true);
    while let [byte, tail @ ..] = rest {
        if byte.is_ascii_control() || *byte == b' ' {
            return false;
        }
        dashes += (*byte == b'-') as usize;
        looks_like_guid &= byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'{' | b'}');
        rest = tail;
    }
    let looks_like_guid = looks_like_guid && dashes > 0 && text.len() >= 30;
    !text.is_empty() && (!looks_like_guid || is_guid(text))
}
