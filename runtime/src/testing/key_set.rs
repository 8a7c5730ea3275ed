//! The keys of one issuer, or of one part of it.

use serde_json::Value;

use super::key::{KeyPair, Lease};
use super::profile::Kind;

/// Whose keys they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// All that have none of their own.
    Everyone,
    /// This tenant's alone.
    Tenant(String),
    /// The API's alone, which are served to those who ask with its `appid`.
    Application,
    /// This user flow's alone.
    Flow(String),
}

/// Keys that are published together.
pub(super) struct KeySet {
    pub(super) whose: Whose,
    pub(super) signing: KeyPair,
    pub(super) published: Vec<KeyPair>,
    /// Published beside them, member by member as they are.
    pub(super) others: Vec<Value>,
    /// Nobody else may use these keys meanwhile.
    leases: Vec<Lease>,
}

impl KeySet {
    pub(super) fn new(whose: Whose, kind: Kind) -> Self {
        let lease = Lease::take();
        let signing = name(kind, &lease, 1);
        Self { whose, published: vec![signing.clone()], signing, others: vec![], leases: vec![lease] }
    }

    pub(super) fn rotate_unpublished(&mut self, kind: Kind) {
        let lease = Lease::take();
        self.signing = name(kind, &lease, self.leases.len() + 1);
        self.leases.push(lease);
    }

    pub(super) fn publish(&mut self) {
        if self.published.iter().all(|key| key.kid() != self.signing.kid()) {
            self.published.push(self.signing.clone());
        }
    }

    pub(super) fn withdraw_old_keys(&mut self) {
        self.published.retain(|key| key.kid() == self.signing.kid());
    }
}

/// Microsoft names a key by its certificate; others by whatever they like.
fn name(kind: Kind, lease: &Lease, ordinal: usize) -> KeyPair {
    match kind {
        Kind::Oidc => lease.key().with_kid(&format!("key-{ordinal}")),
        _ => lease.key(),
    }
}
