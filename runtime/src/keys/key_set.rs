//! The keys of one document, and which of them a token names.

use std::sync::Arc;

use jsonwebtoken::Algorithm;

use super::snapshot::Now;
use crate::jwk::SigningKey;

/// The keys of one document, sorted by `kid`.
#[derive(Clone)]
pub(super) struct KeySet {
    keys: Arc<[Arc<SigningKey>]>,
    /// Counts the contents that a source has had.
    pub(super) generation: u64,
    /// `None` for a fixed set, which does not age.
    pub(super) fetched: Option<Now>,
}

impl KeySet {
    /// Keys fetched at a moment, or fixed.
    pub(super) fn new(mut keys: Vec<Arc<SigningKey>>, fetched: Option<Now>) -> Self {
        // Stable, so that the issuer's order decides between two keys of one name.
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        keys.dedup();
        Self { keys: keys.into(), generation: 1, fetched }
    }

    /// The set that follows `self`. Shares the keys that both have, and keeps the generation if only the time of
    /// fetching differs.
    pub(super) fn followed_by(&self, mut keys: Vec<Arc<SigningKey>>, fetched: Now) -> Self {
        for key in &mut keys {
            let same_name = self.keys.iter().filter(|old| old.kid == key.kid);
            if let Some(same) = same_name.into_iter().find(|old| *old == key) {
                *key = Arc::clone(same);
            }
        }
        let next = Self::new(keys, Some(fetched));
        let generation = if next.keys == self.keys { self.generation } else { self.generation + 1 };
        Self { generation, ..next }
    }

    /// The same set, as the issuer has just said.
    pub(super) fn fetched_again(&self, fetched: Now) -> Self {
        Self { fetched: Some(fetched), ..self.clone() }
    }

    /// The names of keys that are in this set and not in `next`.
    pub(super) fn kids_missing_in(&self, next: &Self) -> Vec<Box<str>> {
        let kids = self.keys.iter().filter_map(|key| key.kid.as_deref());
        kids.filter(|kid| next.named(kid).is_empty()).map(Box::from).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn named(&self, kid: &str) -> &[Arc<SigningKey>] {
        let start = self.keys.partition_point(|key| key.kid.as_deref() < Some(kid));
        let end = self.keys.partition_point(|key| key.kid.as_deref() <= Some(kid));
        self.keys.get(start..end).unwrap_or_default()
    }

    pub(super) fn with_thumbprint(&self, x5t: &str, algorithm: Algorithm) -> &[Arc<SigningKey>] {
        let named = || self.keys.iter().filter(|key| key.x5t.as_deref() == Some(x5t));
        let fitting = named().find(|key| key.key.algorithm() == algorithm);
        fitting.or_else(|| named().next()).map_or(&[], std::slice::from_ref)
    }

    pub(super) fn only_fitting(&self, algorithm: Algorithm) -> &[Arc<SigningKey>] {
        let mut fitting = self.keys.iter().filter(|key| key.key.algorithm() == algorithm);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => std::slice::from_ref(only),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests;
