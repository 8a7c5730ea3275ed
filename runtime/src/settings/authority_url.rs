//! `Authority`: host, tenant and user flow in one URL.

use super::schema::Key;
use super::setting::Setting;
use crate::authority::Product;
use crate::guid;
use crate::issuer::check_url;
use crate::setup_error::SetupError;

/// What `authority` says, as settings of their own that keep its name.
///
/// The form is that of Microsoft.Identity.Web: `https://host/tenant`, for B2C `https://host/tenant/flow`, perhaps with
/// `tfp` before the tenant and `v2.0` at the end.
pub(super) fn parts(authority: &Setting) -> Result<Vec<Setting>, SetupError> {
    let (text, name) = (authority.text(), &authority.name);
    let url = check_url(&name.to_string(), text)?;
    let mut path: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    if path.last().is_some_and(|last| last.eq_ignore_ascii_case("v2.0")) {
        path.pop();
    }
    let path = match path.as_slice() {
        ["tfp", rest @ ..] => rest,
        all => all,
    };
    let (tenant, flow) = match path {
        [] => (None, None),
        [tenant] => (Some(*tenant), None),
        [tenant, flow] => (Some(*tenant), Some(*flow)),
        _ => {
            return Err(SetupError::invalid(format!(
                "{name} is {text:?}; write https://host/tenant/v2.0, or https://host/tenant/flow/v2.0 for a user flow of \
                 Azure AD B2C"
            )));
        }
    };
    let is_b2c = flow.is_some() || url.host_str().and_then(Product::of_host) == Some(Product::B2c);
    let key_of_tenant = |tenant: &str| match guid::normalized(tenant) {
        None if is_b2c => Key::Domain,
        _ => Key::TenantId,
    };
    let part = |key, value: &str| Setting { key, values: vec![value.to_owned()], name: name.clone() };
    let host = part(Key::AuthorityHost, &url.origin().ascii_serialization());
    let tenant = tenant.map(|tenant| part(key_of_tenant(tenant), tenant));
    Ok([Some(host), tenant, flow.map(|flow| part(Key::UserFlows, flow))].into_iter().flatten().collect())
}
