//! Issuers that any customer of a service gets tokens from, for an audience of the customer's choice.
//!
//! A genuine token of such an issuer for this API says nothing about its caller. Issuers with a name for each customer, such
//! as those of CircleCI, Fly.io or Bitbucket, are not listed: there the issuer says whose token it is.

/// The issuer without its scheme, and the service whose customers get its tokens.
const ISSUERS: [(&str, &str); 9] = [
    // https://docs.github.com/actions/reference/security/oidc: "core.getIDToken(audience)"
    ("token.actions.githubusercontent.com", "GitHub Actions"),
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/: "aud", as the job's `id_tokens` has it
    ("gitlab.com", "GitLab.com"),
    // https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateIdToken
    ("accounts.google.com", "Google"),
    // https://buildkite.com/docs/apis/workload-identity-federation/buildkite-agents: all organizations share the issuer
    ("agent.buildkite.com", "Buildkite"),
    // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/manual-generation:
    // TFC_WORKLOAD_IDENTITY_AUDIENCE
    ("app.terraform.io", "HCP Terraform"),
    ("app.eu.terraform.io", "HCP Terraform"),
    // https://codefresh.io/docs/docs/integrations/oidc-pipelines/: custom audiences
    ("oidc.codefresh.io", "Codefresh"),
    // https://www.pulumi.com/docs/esc/guides/configuring-oidc/custom-audience/
    ("api.pulumi.com/oidc/v2", "Pulumi Cloud"),
    // https://docs.bitrise.io/en/bitrise-platform/integrations/oidc-authentication/oidc-authentication-overview.html
    ("token.builds.bitrise.io", "Bitrise"),
];

/// The service whose customers all get tokens of this issuer, if it is such a one.
///
/// A token names its issuer exactly, so another way of writing the same host can verify no genuine token.
pub(crate) fn service_of(issuer: &str) -> Option<&'static str> {
    let name = issuer.split_once("://").map_or(issuer, |(_, rest)| rest).trim_end_matches('/');
    ISSUERS.into_iter().find_map(|(public, service)| public.eq_ignore_ascii_case(name).then_some(service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_of_all_customers_is_known_and_one_of_each_is_not() {
        for (issuer, expected) in [
            ("https://token.actions.githubusercontent.com", Some("GitHub Actions")),
            ("https://token.actions.githubusercontent.com/octo-enterprise", None),
            ("https://gitlab.com", Some("GitLab.com")),
            ("https://gitlab.example.com", None),
            ("https://accounts.google.com", Some("Google")),
            ("accounts.google.com", Some("Google")),
            ("https://Accounts.Google.com/", Some("Google")),
            ("https://api.pulumi.com/oidc/v2", Some("Pulumi Cloud")),
            ("https://api.pulumi.com/oidc", None),
            ("https://oidc.circleci.com/org/0f8fad5b-d9cb-469f-a165-70867728950e", None),
            ("https://accounts.google.com.example.com", None),
        ] {
            assert_eq!(service_of(issuer), expected, "{issuer}");
        }
    }
}
