//! This library.

use std::iter;

use requires_auth::{Authority, RequestHead, Verifier, VerifierBuilder, validate_scope};

use super::{Memory, Peer, Setup, Subject, Verdict};
use crate::algorithm::Algorithm;
use crate::sample::Sample;
use crate::tokens::{SCOPE, TENANT};

pub(crate) const PEER: Peer = Peer {
    name: "requires-auth",
    note: "`validate_scope`, from the bytes of the header to the decision",
    set_up: |setup| Ok(Box::new(Guard(verifier(setup)?))),
};

pub(crate) const VERIFY: Peer = Peer {
    name: "requires-auth verify",
    note: "`Verifier::verify` of the token alone, no requirement",
    set_up: |setup| Ok(Box::new(Verify(verifier(setup)?))),
};

/// From a request to a decision.
struct Guard(Verifier);

/// A token alone.
struct Verify(Verifier);

struct Head<'a> {
    field: &'a [u8],
    verifier: &'a Verifier,
}

/// RS256 is Entra ID's, whose profile checks more; for the other algorithms there is a plain OpenID provider.
fn verifier(setup: &Setup<'_>) -> Result<Verifier, String> {
    let authority = match setup.algorithm {
        Algorithm::Rs256 => Authority::entra(TENANT, setup.audience).keys(setup.key_set),
        Algorithm::Ps256 => provider(setup, requires_auth::Algorithm::PS256),
        Algorithm::Es256 => provider(setup, requires_auth::Algorithm::ES256),
        Algorithm::EdDsa => provider(setup, requires_auth::Algorithm::EdDSA),
    };
    remembering(Verifier::builder(authority), setup.memory).build().map_err(super::words)
}

fn provider(setup: &Setup<'_>, algorithm: requires_auth::Algorithm) -> Authority {
    Authority::static_keys(setup.issuer, setup.audience, setup.key_set).algorithms([algorithm])
}

/// Where tokens are remembered, 10,000 of them fit.
fn remembering(builder: VerifierBuilder, memory: Memory) -> VerifierBuilder {
    match memory {
        Memory::Off => builder.token_cache(0),
        // As it is by default.
        Memory::On => builder,
    }
}

impl RequestHead for Head<'_> {
    fn authorization_fields(&self) -> impl Iterator<Item = &[u8]> {
        iter::once(self.field)
    }

    fn verifier(&self) -> Option<&Verifier> {
        Some(self.verifier)
    }
}

impl Subject for Guard {
    fn check(&self, sample: &Sample) -> Verdict {
        let head = Head { field: sample.field(), verifier: &self.0 };
        Verdict::of_future(validate_scope(SCOPE, &head))
    }
}

impl Subject for Verify {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of_future(self.0.verify(sample.token()))
    }
}
