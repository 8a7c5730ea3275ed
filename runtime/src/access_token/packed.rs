//! A token and the texts it states, in one piece of memory.

use super::facts::Facts;

/// The token's text, and behind it every text that it states. Two allocations, however many texts there are.
#[derive(Clone)]
pub(super) struct Packed {
    /// UTF-8, in whole pieces.
    text: Box<[u8]>,
    token: Span,
    /// In the order of [`Single`].
    singles: [Option<Span>; 6],
    items: Box<[Span]>,
    /// Where the items of each [`List`] end.
    ends: [u32; 5],
}

/// A claim of one text.
#[derive(Clone, Copy)]
pub(super) enum Single {
    Issuer,
    Subject,
    ObjectId,
    TenantId,
    ClientId,
    TokenId,
}

/// A claim of several texts.
#[derive(Clone, Copy)]
pub(super) enum List {
    Scopes,
    Roles,
    Groups,
    DirectoryRoles,
    AuthContexts,
}

/// A piece of the text. `u32` counts enough: no header field has 4 GiB, and a span that does not fit is empty, which
/// grants nothing.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

impl Packed {
    pub(super) fn new(token: &[u8], facts: &Facts<'_>) -> Self {
        let singles = [
            Some(&facts.issuer),
            facts.subject.as_ref(),
            facts.object_id.as_ref(),
            facts.tenant_id.as_ref(),
            facts.client_id.as_ref(),
            facts.token_id.as_ref(),
        ];
        let lists = [&facts.scopes, &facts.roles, &facts.groups, &facts.directory_roles, &facts.auth_contexts];
        let texts = || singles.iter().copied().flatten().chain(lists.iter().copied().flatten());

        let mut text = Vec::with_capacity(token.len() + texts().map(|text| text.len()).sum::<usize>());
        let mut push = |piece: &[u8]| {
            let start = text.len();
            text.extend_from_slice(piece);
            Span::new(start, text.len())
        };
        let token = push(token);
        let singles = singles.map(|single| single.map(|single| push(single.as_bytes())));
        let mut items = Vec::with_capacity(lists.iter().map(|list| list.len()).sum());
        let ends = lists.map(|list| {
            items.extend(list.iter().map(|item| push(item.as_bytes())));
            u32::try_from(items.len()).unwrap_or_default()
        });
        Self { text: text.into(), token, singles, items: items.into(), ends }
    }

    /// The token. ASCII, as it was verified.
    pub(super) fn token(&self) -> &[u8] {
        self.bytes(self.token)
    }

    pub(super) fn single(&self, claim: Single) -> Option<&str> {
        let span = *self.singles.get(claim as usize)?;
        span.map(|span| self.piece(span))
    }

    pub(super) fn list(&self, claim: List) -> impl Iterator<Item = &str> {
        self.spans(claim).iter().map(|span| self.piece(*span))
    }

    /// Whether an item of the list is exactly this.
    pub(super) fn holds(&self, claim: List, wanted: &str) -> bool {
        self.spans(claim).iter().any(|span| self.bytes(*span) == wanted.as_bytes())
    }

    pub(super) fn is_empty(&self, claim: List) -> bool {
        self.spans(claim).is_empty()
    }

    /// All memory that belongs to it, beside the value itself.
    pub(super) fn heap_bytes(&self) -> usize {
        self.text.len() + size_of_val(&*self.items)
    }

    fn spans(&self, claim: List) -> &[Span] {
        let end = |list: usize| self.ends.get(list).map_or(0, |end| *end as usize);
        let list = claim as usize;
        let start = list.checked_sub(1).map_or(0, end);
        self.items.get(start..end(list)).unwrap_or_default()
    }

    fn piece(&self, span: Span) -> &str {
        str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    fn bytes(&self, span: Span) -> &[u8] {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self { start, end },
            _ => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{CallerKind, Traits};
    use super::*;
    use crate::claims::Overage;

    #[test]
    fn every_text_is_found_where_it_was_put() {
        let facts = Facts {
            issuer: "https://id.example.com".into(),
            subject: Some("s\u{e4}".into()),
            object_id: None,
            tenant_id: Some("".into()),
            client_id: Some("client".into()),
            token_id: None,
            scopes: vec!["a".into(), "b.c".into()],
            roles: vec![],
            groups: vec!["g".into(), "".into(), "\u{1f600}".into()],
            directory_roles: vec!["d".into()],
            auth_contexts: vec![],
            traits: Traits {
                expires_at: 7,
                caller: CallerKind::Unknown,
                applications_have_scopes: false,
                guest: None,
                agent: false,
                overage: Overage::default(),
                claims_capable: false,
            },
        };
        let packed = Packed::new(b"h.p.s", &facts);
        assert_eq!(packed.token(), b"h.p.s");
        assert_eq!(packed.single(Single::Issuer), Some("https://id.example.com"));
        assert_eq!(packed.single(Single::Subject), Some("s\u{e4}"));
        assert_eq!(packed.single(Single::ObjectId), None);
        assert_eq!(packed.single(Single::TenantId), Some(""));
        assert_eq!(packed.single(Single::ClientId), Some("client"));
        assert_eq!(packed.single(Single::TokenId), None);
        let list = |claim| packed.list(claim).collect::<Vec<_>>();
        assert_eq!(list(List::Scopes), ["a", "b.c"]);
        assert_eq!(list(List::Roles), [""; 0]);
        assert_eq!(list(List::Groups), ["g", "", "\u{1f600}"]);
        assert_eq!(list(List::DirectoryRoles), ["d"]);
        assert_eq!(list(List::AuthContexts), [""; 0]);
        assert!(packed.is_empty(List::Roles) && !packed.is_empty(List::Scopes));
        assert!(packed.holds(List::Scopes, "b.c") && packed.holds(List::Groups, ""));
        assert!(!packed.holds(List::Scopes, "b") && !packed.holds(List::Scopes, "") && !packed.holds(List::Roles, "a"));
    }
}
