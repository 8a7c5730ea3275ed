//! tower-oauth2-resource-server.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode, header};
use tower::{Layer as _, Service};
use tower_oauth2_resource_server::claims::DefaultClaims;
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;
use tower_oauth2_resource_server::validation::ClaimsValidationSpec;

use super::{Peer, Setup, Subject, Verdict};
use crate::sample::Sample;

pub(crate) const PEER: Peer = Peer {
    name: "tower-oauth2-resource-server",
    note: "jsonwebtoken 11 (aws_lc_rs); its tower service around one that does nothing, keys given as text; making the \
           request is in it",
    set_up: |setup| Ok(Box::new(Layered(layer(setup)?))),
};

/// Makes the service of a request. Cloning one costs more.
struct Layered(tower_oauth2_resource_server::layer::OAuth2ResourceServerLayer<(), DefaultClaims>);

/// The handler.
#[derive(Clone)]
struct Open;

fn layer(
    setup: &Setup<'_>,
) -> Result<tower_oauth2_resource_server::layer::OAuth2ResourceServerLayer<(), DefaultClaims>, String> {
    let validation = ClaimsValidationSpec::recommended(setup.issuer, &vec![setup.audience.to_owned()]);
    let tenant = TenantConfiguration::static_builder(setup.key_set).claims_validation(validation).build();
    let building = OAuth2ResourceServer::<DefaultClaims>::builder().add_tenant(tenant.map_err(super::words)?).build();
    let server = tokio::runtime::Handle::current().block_on(building).map_err(super::words)?;
    Ok(server.into_layer())
}

impl<B> Service<Request<B>> for Open {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
}

impl Subject for Layered {
    fn check(&self, sample: &Sample) -> Verdict {
        let mut request = Request::new(());
        request.headers_mut().insert(header::AUTHORIZATION, sample.value.clone());
        let answer = self.0.layer(Open).call(request);
        Verdict::of_future(async {
            let Ok(response) = answer.await;
            if response.status() == StatusCode::OK { Ok(()) } else { Err(()) }
        })
    }
}
