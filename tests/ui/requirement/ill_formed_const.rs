use requires_auth::requires_auth;

mod scopes {
    pub(crate) const READ: &str = "weather read";
    pub(crate) const WRITE: &str = "";
}

// Nobody mounts these handlers; the consts are checked all the same.
#[requires_auth(scope = scopes::READ)]
async fn read() {}

#[requires_auth(any(delegated, all(scope = scopes::WRITE, guest)))]
async fn write() {}

fn main() {
    let _ = requires_auth::requirement!(scope = scopes::READ);
}
