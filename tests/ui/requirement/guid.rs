use requires_auth::requires_auth;

#[requires_auth(tenant = "72F988BF-86F1-41AF-91AB-2D7CD011DB47")]
async fn upper_case() {}

#[requires_auth(directory_role = "{62e90394-69f5-4237-9190-012177145e10}")]
async fn braces() {}

#[requires_auth(tenant = "contoso.onmicrosoft.com")]
async fn domain() {}

#[requires_auth(directory_role = "Global Administrator")]
async fn name() {}

fn main() {}
