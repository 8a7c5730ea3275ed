//! Which key set answers for a token, and whom to ask where none can.

use crate::error::{AuthError, Reason, quoted};
use crate::keys::{Asked, Candidates, KeyQuery, Lookup, Now, Snapshot};

/// The sets that may hold a token's key.
#[derive(Clone, Copy)]
pub(super) struct KeySets<'s> {
    /// The issuer's, or the one that many tenants share.
    pub(super) common: &'s Snapshot,
    /// That of the token's tenant, where it has usable keys.
    pub(super) own: Option<&'s Snapshot>,
    /// Whether many tenants share the common set.
    pub(super) is_shared: bool,
}

/// What has been asked for this token so far.
#[derive(Clone, Copy)]
pub(super) enum Progress {
    /// Nothing.
    Fresh,
    /// The set that many tenants share.
    SharedAsked(Asked),
    /// The set that decides.
    Asked(Asked),
}

/// Why no key was chosen.
pub(super) enum NoKey {
    /// There is none, or none can be had now.
    Refused(AuthError),
    /// Someone may have it.
    Ask(Whom),
}

/// Whom to ask for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// The issuer's only set.
    Only,
    /// The set that many tenants share.
    Shared,
    /// The set of the token's tenant. Its key is vouched for by the shared set, or by nothing yet.
    Tenant { vouched: bool },
}

impl<'s> KeySets<'s> {
    /// The keys that may have signed the token, and the set they are in.
    ///
    /// 1. A tenant's own set decides alone, once it has keys.
    /// 2. Without it, the shared set's keys will do: they are for all tenants, as their own `issuer` says.
    /// 3. A key that is in neither is asked for in the shared set first, which all tokens ask together.
    /// 4. What that does not have is asked for in the tenant's own, if the tenant is `admitted` at all.
    pub(super) fn choose(
        self,
        query: &KeyQuery<'_>,
        now: Now,
        progress: Progress,
        admitted: impl Fn() -> bool,
    ) -> Result<(&'s Snapshot, Candidates<'s>), NoKey> {
        let lookup = match progress {
            Progress::Asked(asked) => {
                let decisive = self.own.unwrap_or(self.common);
                let lookup = match (decisive.find_after(asked, query, now), asked) {
                    // What many tenants share says nothing about a tenant's own key that could not be looked up.
                    (Lookup::Absent, Asked::Refused { retry_after }) if self.is_shared && self.own.is_none() => {
                        Lookup::NotYet { retry_after }
                    }
                    (lookup, _) => lookup,
                };
                return settle(decisive, lookup, query);
            }
            Progress::Fresh | Progress::SharedAsked(_) => {
                match self.own.map(|own| (own, own.find(query, now))) {
                    None | Some((_, Lookup::Ask)) => {}
                    Some((own, lookup)) => return settle(own, lookup, query),
                }
                match progress {
                    Progress::SharedAsked(asked) => self.common.find_after(asked, query, now),
                    _ => self.common.find(query, now),
                }
            }
        };
        match lookup {
            Lookup::Found(_) if self.own.is_some() => Err(NoKey::Ask(Whom::Tenant { vouched: true })),
            Lookup::Ask => Err(NoKey::Ask(if self.is_shared { Whom::Shared } else { Whom::Only })),
            Lookup::Absent | Lookup::NotYet { .. } | Lookup::Unavailable { .. }
                if self.is_shared && query.can_be_looked_up() && (self.own.is_some() || admitted()) =>
            {
                Err(NoKey::Ask(Whom::Tenant { vouched: false }))
            }
            lookup => settle(self.common, lookup, query),
        }
    }
}

impl Whom {
    /// What has been asked, once the answer is there.
    pub(super) fn answered(self, asked: Asked) -> Progress {
        match self {
            Self::Shared => Progress::SharedAsked(asked),
            Self::Only | Self::Tenant { .. } => Progress::Asked(asked),
        }
    }
}

/// The answer that `set` gives for good.
fn settle<'s>(
    set: &'s Snapshot,
    lookup: Lookup<'s>,
    query: &KeyQuery<'_>,
) -> Result<(&'s Snapshot, Candidates<'s>), NoKey> {
    let refusal = match lookup {
        Lookup::Found(keys) => return Ok((set, keys)),
        Lookup::Absent => {
            let named =
                query.kid.map_or_else(|| "the header has no kid".to_owned(), |kid| format!("kid is {}", quoted(kid)));
            AuthError::new(Reason::UnknownKey).with_evidence(named)
        }
        Lookup::NotYet { retry_after } => {
            AuthError::new(Reason::KeyNotLookedUp).with_retry_after(retry_after.as_secs())
        }
        Lookup::Unavailable { retry_after } => AuthError::new(Reason::KeysUnavailable)
            .with_retry_after(retry_after.as_secs())
            .with_evidence(set.last_error().unwrap_or("they are still being fetched")),
        // Whoever settles has asked before.
        Lookup::Ask => AuthError::new(Reason::KeyNotLookedUp),
    };
    Err(NoKey::Refused(refusal))
}
