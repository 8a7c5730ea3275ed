//! oauth-resource-server.

use oauth_resource_server::{KeyNaming, OAuthConfig, OAuthValidator};

use super::{Peer, Setup, Subject, Verdict};
use crate::sample::Sample;
use crate::tokens::SCOPE;

pub(crate) const PEER: Peer = Peer {
    name: "oauth-resource-server",
    note: "jsonwebtoken 9 (ring); `OAuthValidator::validate` with a required scope, keys given as text",
    set_up: |setup| Ok(Box::new(Validator(validator(setup)?))),
};

struct Validator(OAuthValidator);

fn validator(setup: &Setup<'_>) -> Result<OAuthValidator, String> {
    let config = OAuthConfig {
        enabled: true,
        issuer: setup.issuer.into(),
        // Nobody answers there: a key that is not given is asked for in vain.
        jwks_uri: Some("http://127.0.0.1:9/keys".into()),
        allow_insecure_http: true,
        audience: setup.audience.into(),
        resource: "https://api.example.com/".into(),
        required_scope: Some(SCOPE.into()),
        algorithms: vec![setup.algorithm.name().into()],
        ..OAuthConfig::default()
    };
    let config = config.resolve(KeyNaming::Dotted("oauth")).map_err(super::words)?.ok_or("switched off")?;
    OAuthValidator::builder(&config).initial_jwks(setup.key_set).build().map_err(super::words)
}

impl Subject for Validator {
    fn check(&self, sample: &Sample) -> Verdict {
        Verdict::of_future(self.0.validate(sample.token()))
    }
}
