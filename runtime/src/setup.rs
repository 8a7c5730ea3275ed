//! Start-up: the process-wide verifier, set once.

use once_cell::sync::OnceCell;

use crate::authority::Authority;
use crate::settings::Settings;
use crate::setup_error::{SetupError, SetupErrorKind};
use crate::verifier::Verifier;

/// Checks tokens of one Entra ID tenant for the API that is registered as `client_id`, in the whole process.
///
/// Call it once at start-up. It waits for nothing: keys are fetched in the background, and requests that come before
/// them wait a moment. Called again with equal values it changes nothing.
///
/// ```
/// # use requires_auth::initialize;
/// let (tenant_id, client_id) = ("72f988bf-86f1-41af-91ab-2d7cd011db47", "6e74172b-be56-4843-9ff4-e66a39bb12e3");
/// initialize(tenant_id, client_id)?;
/// initialize(tenant_id, client_id)?;
/// assert!(initialize(client_id, tenant_id).is_err(), "once initialised, a process does not change its issuer");
/// # Ok::<(), requires_auth::SetupError>(())
/// ```
///
/// With `organizations`, `common` or `consumers` for the tenant, [`initialize_from`] takes the tenants that may call as
/// well: see [`Settings::with_allowed_tenants`].
///
/// # Errors
///
/// A tenant that is neither a GUID nor a domain name, or stands for any tenant; a client id that is no GUID; a machine
/// without a CA store; or an earlier call with other values.
pub fn initialize(tenant: impl Into<String>, client_id: impl Into<String>) -> Result<(), SetupError> {
    let settings = Settings::default().with_tenant_id(tenant).with_client_id(client_id);
    initialize_from(settings)
}

/// Checks tokens of one user flow of an Azure AD B2C tenant for the API that is registered as `client_id`, in the whole
/// process. Like [`initialize`] it waits for nothing, and called again with equal values it changes nothing.
///
/// `tenant` is the tenant's name (`contoso`) or initial domain (`contoso.onmicrosoft.com`). A custom domain, further user
/// flows and other audiences are [`Settings`] for [`initialize_from`]; what is checked says
/// [`Authority::b2c`](crate::Authority::b2c).
///
/// ```
/// # use requires_auth::initialize_b2c;
/// let client_id = "6e74172b-be56-4843-9ff4-e66a39bb12e3";
/// initialize_b2c("contoso", "B2C_1_SignUpSignIn", client_id)?;
/// initialize_b2c("contoso", "B2C_1_SignUpSignIn", client_id)?;
/// assert!(initialize_b2c("contoso", "B2C_1_Other", client_id).is_err(), "a process does not change its issuer");
/// # Ok::<(), requires_auth::SetupError>(())
/// ```
///
/// In fastapi_microsoft_identity it is `initialize(tenant_id, client_id, b2c_policy_name, b2c_domain_name)`. Here the
/// metadata tells the tenant's id, and `b2c_domain_name`, the label before `.b2clogin.com`, is `tenant`.
///
/// # Errors
///
/// A tenant that is neither a name nor a domain name, a user flow whose name does not begin with `B2C_1_`, a client id that
/// is no GUID, a machine without a CA store, or an earlier call with other values.
pub fn initialize_b2c(
    tenant: impl Into<String>,
    user_flow: impl Into<String>,
    client_id: impl Into<String>,
) -> Result<(), SetupError> {
    let settings = Settings::default().with_tenant_id(tenant).with_user_flow(user_flow).with_client_id(client_id);
    initialize_from(settings)
}

/// Checks tokens as `settings` say, in the whole process. See [`initialize`].
///
/// # Errors
///
/// Settings that are incomplete, contradictory or wrong; a machine without a CA store; an earlier call with other
/// settings.
pub fn initialize_from(settings: Settings) -> Result<(), SetupError> {
    let authority = settings.authority()?;
    install(Origin::Settings(Box::new(settings)), || build(authority))
}

/// Checks tokens with a verifier of your own, in the whole process. See [`initialize`]. Called again with a clone of the
/// same verifier it changes nothing.
///
/// # Errors
///
/// The process has another verifier already.
pub fn initialize_with(verifier: Verifier) -> Result<(), SetupError> {
    install(Origin::Verifier(verifier.clone()), || Ok(verifier))
}

/// The process-wide verifier, once it is initialised: for readiness probes and for tokens that come another way than
/// in a request's head.
///
/// ```
/// # use requires_auth::{Authority, Verifier, initialize_with, process_wide};
/// # let verifier = Verifier::builder(Authority::oidc("http://127.0.0.1:9", "api")).build()?;
/// assert!(process_wide().is_none());
/// initialize_with(verifier)?;
/// assert!(process_wide().is_some());
/// # Ok::<(), requires_auth::SetupError>(())
/// ```
#[must_use]
pub fn process_wide() -> Option<&'static Verifier> {
    INSTALLED.get().map(|installed| &installed.verifier)
}

static INSTALLED: OnceCell<Installed> = OnceCell::new();

struct Installed {
    origin: Origin,
    verifier: Verifier,
}

/// What the verifier was made from, to recognise a call with equal values.
enum Origin {
    Settings(Box<Settings>),
    Verifier(Verifier),
}

impl Origin {
    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Settings(left), Self::Settings(right)) => left.mean_the_same(right),
            (Self::Verifier(left), Self::Verifier(right)) => left.is_same(right),
            _ => false,
        }
    }
}

fn build(authority: Authority) -> Result<Verifier, SetupError> {
    Verifier::builder(authority).build()
}

fn install(origin: Origin, build: impl FnOnce() -> Result<Verifier, SetupError>) -> Result<(), SetupError> {
    if let Some(installed) = INSTALLED.get() {
        return same_or_error(installed, &origin);
    }
    let verifier = build()?;
    match INSTALLED.try_insert(Installed { origin, verifier }) {
        Ok(_) => Ok(()),
        // Another thread was faster. Its verifier stays; ours stops fetching as it is dropped.
        Err((installed, ours)) => same_or_error(installed, &ours.origin),
    }
}

fn same_or_error(installed: &Installed, origin: &Origin) -> Result<(), SetupError> {
    if installed.origin.equals(origin) {
        return Ok(());
    }
    Err(SetupError::new(
        SetupErrorKind::AlreadyInitialized,
        "this process was initialised before with other values; initialise once at start-up, or attach a Verifier to \
         each application instead",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

    #[test]
    fn initialize_with_any_tenant_is_a_setup_error_that_says_what_to_write() {
        for tenant in ["common", "organizations", "consumers", "Common"] {
            let error = initialize(tenant, CLIENT).unwrap_err();
            assert_eq!(error.kind(), SetupErrorKind::InvalidSetting);
            let message = error.to_string();
            for words in
                [tenant, "Directory (tenant) ID", ".with_allowed_tenants([\"tenant id\", ..])", "initialize_from"]
            {
                assert!(message.contains(words), "{message}");
            }
        }
        assert!(process_wide().is_none());
    }

    #[test]
    fn initialize_b2c_says_what_is_wrong() {
        for (tenant, flow, client_id, named) in [
            ("contoso", "susi", CLIENT, "B2C_1_"),
            ("con toso", "B2C_1_susi", CLIENT, "con toso"),
            ("common", "B2C_1_susi", CLIENT, "common"),
            ("72f988bf-86f1-41af-91ab-2d7cd011db47", "B2C_1_susi", CLIENT, "contoso.onmicrosoft.com"),
            ("contoso", "B2C_1_susi", "my-api", "GUID"),
        ] {
            let message = initialize_b2c(tenant, flow, client_id).unwrap_err().to_string();
            assert!(message.contains(named), "{message}");
        }
        assert!(process_wide().is_none());
    }
}
