use requires_auth::{Requirement, requirement};

fn main() {
    let _one: Requirement = requirement!(scopes = "weather.read");
    let _two: Requirement = requirement!(scope = "", any());
    let _authority: Requirement = requirement!(scope = "weather.read", authority = "customers");
}
