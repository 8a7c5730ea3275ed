//! What a verifier tells about its keys, and what it hands to the next process.

use super::Verifier;
use crate::keys::{Health, IssuerHealth, Now, export};

impl Verifier {
    /// How the keys fare: how old they are, why the last refresh failed, when the next is due. For probes and operators.
    ///
    /// Takes no lock and asks nobody, so it may be called at any rate. [`ready`](Self::ready) waits for the same state.
    /// A probe of readiness, here with axum:
    ///
    /// ```
    /// # #[cfg(all(feature = "axum", feature = "testing"))] {
    /// # use requires_auth::{Health, Verifier, testing::Issuer};
    /// use axum::{Extension, Json, Router, http::StatusCode, routing::get};
    ///
    /// async fn healthz(Extension(verifier): Extension<Verifier>) -> (StatusCode, Json<Health>) {
    ///     let health = verifier.health();
    ///     // Not `is_degraded`: an API that still verifies tokens must not be taken off the network.
    ///     let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    ///     (status, Json(health))
    /// }
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let issuer = Issuer::oidc();
    /// let verifier = issuer.verifier();
    /// # runtime.block_on(verifier.ready());
    /// assert!(verifier.health().is_ready() && !verifier.health().is_degraded());
    /// assert_eq!(verifier.health().issuers()[0].keys, 1);
    ///
    /// let app: Router = Router::new().route("/healthz", get(healthz)).layer(Extension(verifier));
    /// # assert!(app.has_routes());
    /// # }
    /// ```
    ///
    /// It names issuers and the URLs of failed fetches, without queries: for your operators, not for the public.
    #[must_use]
    pub fn health(&self) -> Health {
        let now = Now::read(&*self.0.clock);
        let issuers = self.0.routes.iter().map(|route| {
            let (issuer, authority) = (route.issuer.issuer.text(), route.authority.as_deref());
            IssuerHealth::of(&route.keys.load(), issuer, authority, route.is_required(), now)
        });
        Health::new(issuers.collect())
    }

    /// The issuers' public keys as a text, for [`VerifierBuilder::preloaded_keys`](crate::VerifierBuilder::preloaded_keys)
    /// of a process that starts later: in a serverless function, or one that scales from zero, the first request then
    /// waits for no fetch.
    ///
    /// Holds the keys that can be used now, each set with its issuer, where it was fetched and when; nothing secret.
    /// Keys that were given, or come from a file, are not in it, nor are those of single tenants beside the set that all
    /// tenants share. The text is JSON of a form that a later version may change.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use requires_auth::{Verifier, testing::Issuer};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # let issuer = Issuer::oidc();
    /// # let first = issuer.verifier();
    /// # runtime.block_on(async {
    /// first.ready().await;
    /// let text = first.export_keys();
    ///
    /// # issuer.go_down();
    /// let next = Verifier::builder(issuer.authority()).preloaded_keys(text).build()?;
    /// assert!(next.health().is_ready()); // although nothing was fetched yet
    /// # Ok::<(), requires_auth::SetupError>(())
    /// # }).unwrap();
    /// # }
    /// ```
    ///
    /// # Security
    ///
    /// Whoever can write the text can make tokens. Keep it where only the API can write.
    #[must_use]
    pub fn export_keys(&self) -> String {
        let now = Now::read(&*self.0.clock);
        let loaded: Vec<_> = self.0.routes.iter().map(|route| (&route.issuer.keys, route.keys.load())).collect();
        export(loaded.iter().map(|(origin, snapshot)| (*origin, &***snapshot)), now)
    }
}
