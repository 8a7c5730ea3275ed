//! jwt-authorizer.

use jwt_authorizer::{Authorizer, JwtAuthorizer, Validation};

use super::{Claims, Peer, Subject, Verdict};
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "jwt-authorizer",
    note: "jsonwebtoken 9 (ring); `Authorizer::check_auth`, keys given as text",
    set_up: |setup| {
        let validation = Validation::new().iss(&[setup.issuer]).aud(&[setup.audience]).nbf(true);
        let building = JwtAuthorizer::<Claims>::from_jwks_text(setup.key_set).validation(validation).build();
        let authorizer = tokio::runtime::Handle::current().block_on(building).map_err(super::words)?;
        Ok(Box::new(JwtAuthorizerPeer(authorizer)))
    },
};

struct JwtAuthorizerPeer(Authorizer<Claims>);

impl Subject for JwtAuthorizerPeer {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of_future(self.0.check_auth(sample.token()))
    }
}
