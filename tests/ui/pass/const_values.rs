use requires_auth::{Requirement, requirement, requires_auth};

mod scopes {
    pub(crate) const READ: &str = "weather.read";
}

trait Names {
    const WRITE: &'static str;
}

struct Contoso;

impl Names for Contoso {
    const WRITE: &'static str = "weather.write";
}

// Names that an expansion could be thought to use itself.
const R: &str = "weather.r";
const REQUIREMENT: &str = "weather.requirement";
const AUTHORITY: &str = "customers";

#[requires_auth(scope = scopes::READ, role = <Contoso as Names>::WRITE, authority = AUTHORITY)]
async fn weather() {}

#[requires_auth(any(scope = R, scope = REQUIREMENT, not(tenant = TENANT)))]
async fn nested() {}

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
static STATIC: Requirement = requirement!(any(scope = R, all(scope = REQUIREMENT, not(tenant = TENANT))));

fn main() {
    let _ = (weather, nested, &STATIC);
}
