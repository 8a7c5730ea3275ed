//! What Entra's AADSTS numbers mean, for people.

/// What one AADSTS number means and who can do what about it.
///
/// See [`aadsts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The number, as in `AADSTS65001`.
    pub code: u32,
    /// Microsoft's name for it, where it has one.
    pub name: Option<&'static str>,
    /// What happened.
    pub meaning: &'static str,
    /// Who can mend it, and how.
    pub remedy: &'static str,
}

/// Explains an AADSTS number, or returns `None` for one that is not in the table.
///
/// The numbers help a developer find a cause. Microsoft changes them without notice, so a program reacts to
/// [`OAuthError::error`](super::OAuthError::error) and only shows these. The current text of any number is at
/// `https://login.microsoftonline.com/error?code=65001`.
///
/// Source: [Microsoft Entra authentication and authorization error codes](https://learn.microsoft.com/entra/identity-platform/reference-error-codes);
/// a few numbers that page lacks come from products that print them.
///
/// # Examples
///
/// ```
/// use requires_auth::oauth_error::aadsts;
///
/// let explanation = aadsts(65001).expect("a documented number");
/// assert_eq!(explanation.name, Some("DelegationDoesNotExist"));
/// assert_eq!(explanation.remedy, "Send the user through an interactive sign-in, or let an admin consent.");
///
/// assert_eq!(aadsts(1), None);
/// ```
#[must_use]
pub fn aadsts(code: u32) -> Option<Explanation> {
    let row = TABLE.binary_search_by_key(&code, |explanation| explanation.code).ok()?;
    TABLE.get(row).copied()
}

/// Rows of `code Name "meaning" "remedy"`, in order of code; `_` where Microsoft gives no name.
macro_rules! table {
    ($($code:literal $name:tt $meaning:literal $remedy:literal)*) => {
        static TABLE: &[Explanation] =
            &[$(Explanation { code: $code, name: table!(@name $name), meaning: $meaning, remedy: $remedy }),*];
    };
    (@name _) => { None };
    (@name $name:ident) => { Some(stringify!($name)) };
}

table! {
    16000 InteractionRequired "The account of that identity provider is not in the tenant."
        "Invite the account as a guest, or sign in with another one."
    16003 SsoUserAccountNotFoundInResourceTenant "The user was never added to the tenant."
        "Invite the user to the tenant."
    28002 _ "A scope of the code redemption is not valid."
        "Ask for a scope that the resource publishes."
    28003 _ "The scope of the code redemption is empty."
        "Name at least one scope."
    40008 OAuth2IdPUnretryableServerError "The federated identity provider failed."
        "Contact the identity provider; trying again does not help."
    40009 OAuth2IdPRefreshTokenRedemptionUserError "The federated identity provider refused its refresh token."
        "Let the user sign in again; if it stays, contact the identity provider."
    40010 OAuth2IdPRetryableServerError "The federated identity provider failed for the moment."
        "Try again; if it stays, contact the identity provider."
    40015 OAuth2IdPAuthCodeRedemptionUserError "The federated identity provider refused its authorization code."
        "Let the user sign in again; if it stays, contact the identity provider."
    50000 TokenIssuanceError "The sign-in service could not issue a token."
        "Try again; if it stays, open a support case with the trace and correlation ids."
    50001 InvalidResource "The resource is disabled or does not exist."
        "Check the resource part of the scope, letter by letter."
    50002 NotAllowedTenant "A tenant restriction on the network forbids this tenant."
        "Ask the administrator of the network to allow the tenant."
    50003 MissingSigningKey "The app has no signing key."
        "Configure a signing key or certificate for the app."
    50005 DevicePolicyError "Conditional Access does not support the device's platform."
        "Sign in from a supported platform, or let an admin change the policy."
    50006 InvalidSignature "A signature does not verify."
        "Sign with the key whose certificate is registered."
    50011 InvalidReplyTo "The redirect URI is not registered for the app."
        "Add the exact redirect URI to the app registration."
    50012 AuthenticationFailed "The client's certificate or assertion is not accepted."
        "Check the certificate, its chain and that the registration holds it."
    50013 InvalidAssertion "The assertion is expired, malformed, or was issued for another API or version."
        "For on-behalf-of, send the access token that was issued for this API; let the client get a fresh one."
    50014 GuestUserInPendingState "The guest has not redeemed the invitation, or the tenant is the wrong one."
        "Let the guest accept the invitation, or sign in to the right tenant."
    50017 CertificateValidationFailed "The certificate chain or its revocation list could not be checked."
        "Let an admin check the trusted certificates and the revocation list points."
    50020 UserUnauthorized "The user comes from an identity provider that the tenant does not know."
        "Invite the user to the tenant, or sign in with an account of the tenant."
    50027 InvalidJwtToken "A JWT has a wrong nonce, subject, issuer, audience, time or format."
        "Build the JWT anew from the values that the endpoint expects."
    50032 WeakRsaKey "The RSA key is too short."
        "Use a key of 2048 bits or more."
    50033 RetryableError "A transient fault."
        "Try again after a short delay."
    50034 UserAccountNotFound "The account is not in the tenant."
        "Check the spelling and the tenant, or invite the user."
    50048 SubjectMismatchesIssuer "Subject and issuer of the client assertion differ."
        "Set `sub` and `iss` of the client assertion to the client id."
    50049 NoSuchInstanceForDiscovery "The authority's host is not known."
        "Use the login host of the cloud that the tenant lives in."
    50053 IdsLocked "The account is locked after failed attempts, or the address is known as malicious."
        "Wait, or let an admin read the sign-in log and unblock the user."
    50055 InvalidPasswordExpiredPassword "The password has expired."
        "Let the user set a new password interactively."
    50056 _ "The directory holds no password for the user."
        "Let the user sign in again, or reset the password."
    50057 UserDisabled "The account is disabled."
        "Let an admin enable the account."
    50058 UserInformationNotProvided "There is no session for a silent sign-in."
        "Sign in interactively, without `prompt=none`."
    50059 MissingTenantRealmAndNoUserInformationProvided "The request does not tell which tenant is meant."
        "Use the endpoint of the tenant."
    50061 SignoutInvalidRequest "The sign-out request is not valid."
        "Check the parameters of the sign-out request."
    50064 CredentialAuthenticationError "User name or password could not be validated."
        "Let the user sign in again."
    50072 UserStrongAuthEnrollmentRequiredInterrupt "The user must enrol a second factor."
        "Send the user through an interactive sign-in."
    50074 UserStrongAuthClientAuthNRequiredInterrupt "The second factor was asked for and not passed."
        "Send the user through an interactive sign-in."
    50076 UserStrongAuthClientAuthNRequired "A policy or a new place asks for a second factor."
        "Send a new authorization request for the resource, with the `claims` of this error if there are any."
    50078 UserStrongAuthExpired "The second factor was shown too long ago."
        "Send the user through an interactive sign-in."
    50079 UserStrongAuthEnrollmentRequired "A policy asks for a second factor that the user has yet to enrol."
        "Send the user through an interactive sign-in, with the `claims` of this error if there are any."
    50085 _ "The refresh token needs a sign-in at the social identity provider."
        "Let the user sign in again."
    50087 SasRetryableError "A transient fault while checking the second factor."
        "Try again."
    50088 _ "The limit of second-factor calls by telephone is reached."
        "Try again in a few minutes, or use another factor."
    50089 _ "The sign-in took too long and its token expired."
        "Let the user sign in again."
    50097 DeviceAuthenticationRequired "The device itself must authenticate."
        "Sign in from a registered device."
    50105 EntitlementGrantsNotFound "The app demands an assignment, and the user has none."
        "Assign the user or a group to the enterprise application."
    50107 InvalidRealmUri "The federation realm does not exist."
        "Let an admin check the federation settings."
    50120 ThresholdJwtInvalidJwtFormat "The header of the JWT is not accepted."
        "Let an admin check the JWT that is sent."
    50125 PasswordResetRegistrationRequiredInterrupt "The sign-in was interrupted for a password reset or registration."
        "Let the user finish it interactively."
    50126 InvalidUserNameOrPassword "User name or password is wrong."
        "Let the user try again."
    50127 BrokerAppNotInstalled "The policy wants a broker app on the device."
        "Install the broker app."
    50128 _ "The domain name is not valid, so the tenant is not known."
        "Use the endpoint of the tenant."
    50129 DeviceIsNotWorkplaceJoined "The device is not registered with the organization."
        "Register the device."
    50131 ConditionalAccessFailed "Conditional Access refused the request."
        "Let an admin read the sign-in log for the policy that refused."
    50132 SsoArtifactInvalidOrExpired "The session ended, as the password expired or changed."
        "Let the user sign in again."
    50133 SsoArtifactRevoked "The session was revoked, as the password expired or changed."
        "Let the user sign in again."
    50140 KmsiInterrupt "The page `Keep me signed in` interrupted the sign-in."
        "Let the user go on; this is part of the flow."
    50143 _ "The session belongs to another tenant than the request hints at."
        "Let the user sign in again at the tenant of the resource."
    50146 MissingCustomSigningKey "The app maps claims and needs a signing key of its own, which is missing or not in its time."
        "Give the app its own signing key, or set `acceptMappedClaims` in its manifest."
    50147 MissingCodeChallenge "The PKCE code challenge is missing or of the wrong size."
        "Send the code challenge of RFC 7636."
    50155 DeviceAuthenticationFailed "The device could not be authenticated."
        "Register the device again, or use another one."
    50158 ExternalSecurityChallenge "The check by an external provider was not passed."
        "Send the user through an interactive sign-in."
    50173 FreshTokenNeeded "The user's tokens were revoked."
        "Let the user sign in again."
    50194 _ "The app is single-tenant, and `/common` is not for such apps."
        "Use the endpoint of the tenant, or make the app multi-tenant."
    50196 LoopDetected "The client sent the same request too often."
        "Keep tokens until they expire, and do not repeat a request that failed."
    50199 CmsiInterrupt "The user is asked to confirm which app this is."
        "Let the user go on; this is part of the flow."
    51004 UserAccountNotInDirectory "The account is not in the directory."
        "Invite the user, or sign in to the right tenant."
    53000 DeviceNotCompliant "The policy wants a compliant device."
        "Enrol the device with the organization's device management."
    53001 DeviceNotDomainJoined "The policy wants a device that is joined to the domain."
        "Sign in from such a device."
    53002 ApplicationUsedIsNotAnApprovedApp "The policy allows only approved apps."
        "Use an approved app."
    53003 BlockedByConditionalAccess "Conditional Access blocks the request."
        "Let an admin read the sign-in log for the policy that blocks."
    53004 ProofUpBlockedDueToRisk "The user must register a second factor and may not do so at this risk."
        "Register the second factor from a trusted place, or ask an admin."
    53010 ProofUpBlockedDueToSecurityInfoAcr "Second factors may be set up only from certain places or devices."
        "Register the second factor from such a place."
    53011 _ "The user is blocked for risk in the home tenant."
        "Let an admin of the home tenant clear the risk."
    54005 _ "The authorization code was redeemed before."
        "Redeem a code once; then use the refresh token."
    65001 DelegationDoesNotExist "Nobody consented to this use of the app."
        "Send the user through an interactive sign-in, or let an admin consent."
    65002 _ "The app belongs to Microsoft and lacks a pre-authorization at the API."
        "Register an app of your own."
    65004 UserDeclinedConsent "The user declined to consent."
        "Tell the user why the access is needed, and ask again."
    65005 MisconfiguredApplication "The app's required permissions do not list the resource."
        "Add the permission to the app registration and consent to it."
    70000 InvalidGrant "The grant is not valid; often a refresh token."
        "Let the user sign in again."
    70001 UnauthorizedClient "The app is disabled or not known."
        "Check the client id and that the app is enabled."
    70002 InvalidClient "The client's secret does not match."
        "Correct the client's credential."
    70003 UnsupportedGrantType "The grant type is not supported."
        "Use a grant type that the endpoint lists."
    70004 InvalidRedirectUri "The redirect URI matches none of the registered ones."
        "Send a registered redirect URI."
    70005 UnsupportedResponseType "The response type is not supported or not enabled for the app."
        "Use `response_type=code`, or enable the type in the app registration."
    70007 UnsupportedResponseMode "The response mode is not supported."
        "Use `query`, `fragment` or `form_post`."
    70008 ExpiredOrRevokedGrant "The refresh token or code has expired or was revoked."
        "Let the user sign in again."
    70011 InvalidScope "A scope is not valid."
        "Ask for scopes that the resource publishes, in their full form."
    70016 AuthorizationPending "The user has not yet finished the device flow."
        "Keep polling at the given interval."
    70018 BadVerificationCode "The code of the device flow is wrong."
        "Start the device flow again."
    70019 CodeExpired "The code of the device flow has expired."
        "Start the device flow again."
    70043 BadTokenDueToSignInFrequency "The policy's sign-in frequency ended the refresh token."
        "Let the user sign in again."
    90002 InvalidTenantName "The tenant does not exist in this cloud."
        "Check the tenant id and the cloud."
    90006 ExternalServerRetryableError "The service is unavailable for the moment."
        "Try again after a short delay."
    90009 TokenForItselfMissingIdenticalAppIdentifier "The app asks for a token for itself by another name."
        "Name the app by its client id, a GUID, in the scope."
    90014 MissingRequiredField "A required field is missing."
        "Send the field that the description names."
    90015 QueryStringTooLong "The query string is too long."
        "Send fewer or shorter parameters."
    90016 MissingRequiredClaim "A required claim is missing in the token that was sent."
        "Send a token that has the claim."
    90019 MissingTenantRealm "The request does not tell which tenant is meant."
        "Use the endpoint of the tenant."
    90023 InvalidRequest "The request is not valid."
        "Check the parameters against the documentation of the flow."
    90024 RequestBudgetExceededError "A transient fault."
        "Try again after a short delay."
    90027 _ "This version of the endpoint issues no tokens for personal accounts."
        "Use the v2.0 endpoint."
    90033 MsodsServiceUnavailable "The directory service is unavailable."
        "Try again after a short delay."
    90038 NationalCloudTenantRedirection "The tenant lives in a national cloud."
        "Use the login host of that cloud."
    90055 TenantThrottlingError "The tenant sends too many requests."
        "Back off, and keep tokens until they expire."
    90072 PassThroughUserMfaError "The external account is not in the tenant, so its second factor cannot be checked."
        "Invite the account to the tenant, or sign in with another one."
    90090 GraphRetryableError "The service is unavailable for the moment."
        "Try again after a short delay."
    90094 AdminConsentRequired "An admin must consent."
        "Let an admin consent for the tenant."
    90095 AdminConsentRequiredRequestAccess "An admin must consent, and the user can ask for it."
        "Let the user send the request, and an admin approve it."
    90124 V1ResourceV2GlobalEndpointNotSupported "The resource is not served at `/common` or `/consumers`."
        "Use `/organizations` or the endpoint of the tenant."
    90130 NonConvergedAppV2GlobalEndpointNotSupported "The app is not served at `/common` or `/consumers`."
        "Use `/organizations` or the endpoint of the tenant."
    240002 RequiredClaimIsMissing "An ID token was sent as the assertion of on-behalf-of."
        "Send the access token that was issued for this API."
    500011 InvalidResourceServicePrincipalNotFound "The resource is not installed in the tenant."
        "Let an admin consent to the resource in this tenant, or use the right tenant."
    500021 _ "A tenant restriction forbids this tenant."
        "Ask the administrator of the network to allow the tenant."
    500022 _ "A tenant restriction forbids this tenant."
        "Ask the administrator of the network to allow the tenant."
    500133 _ "The assertion is outside its time."
        "Let the client send a fresh access token."
    500208 _ "The domain does not fit the kind of account that the tenant takes."
        "Sign in with a work or school account, or with the kind that the app accepts."
    500212 NotAllowedByOutboundPolicyTenant "The user's tenant does not let its users out to this one."
        "Let an admin of the user's tenant change the cross-tenant access policy."
    500213 NotAllowedByInboundPolicyTenant "The resource's tenant does not let users of this tenant in."
        "Let an admin of the resource's tenant change the cross-tenant access policy."
    501461 _ "Mapped claims are accepted only for a GUID audience or a verified domain."
        "Use the client id as audience, or give the app its own signing key."
    501481 _ "The PKCE code verifier does not match the challenge."
        "Send the verifier that belongs to the challenge of this sign-in."
    501491 InvalidCodeChallengeMethodInvalidSize "The PKCE code challenge has the wrong size."
        "Send the code challenge of RFC 7636."
    530003 _ "The policy wants a managed device."
        "Register the device with the organization's device management."
    530032 BlockedByConditionalAccessOnSecurityPolicy "A security policy of the tenant blocks the request."
        "Let an admin read the sign-in log for the policy that blocks."
    530035 BlockedBySecurityDefaults "Security defaults block the request, often for legacy authentication."
        "Use a modern sign-in flow."
    650052 _ "The organization has not subscribed to the service, or not enabled it."
        "Let an admin enable the service in the tenant."
    650053 _ "The resource does not publish the scope."
        "Check the scope's name, and that it names the right resource."
    650054 _ "The resource was removed from the tenant."
        "Remove the permission, or install the resource again."
    650056 _ "The app lists no permission for the resource, or an admin has not consented."
        "Add the permission to the app registration and let an admin consent."
    650057 _ "The app's required permissions do not list the resource."
        "Add the permission to the app registration and consent to it."
    700005 InvalidGrantRedeemAgainstWrongTenant "The code was issued for another tenant."
        "Redeem the code at the tenant endpoint that issued it."
    700011 UnauthorizedClientAppNotFoundInOrgIdTenant "The app is not in the directory."
        "Let an admin of the tenant install the app, or use the right tenant."
    700016 UnauthorizedClient_DoesNotMatchRequest "The app was not found in this tenant."
        "Check the client id and the tenant id; let an admin install the app."
    700022 InvalidMultipleResourcesScope "The scopes belong to more than one resource."
        "Ask for the scopes of one resource at a time."
    700023 InvalidResourcelessScope "The scopes name no resource."
        "Write scopes in their full form, with the resource in front."
    700025 InvalidClientPublicClientWithCredential "A public client sent a credential."
        "Send no secret or assertion, or register the app as a confidential client."
    700027 _ "The signature of the client assertion does not verify."
        "Sign with the key whose certificate is registered, and name it in the header."
    700030 _ "The certificate's subject name is not authorized."
        "Register the subject name, or use a certificate that has a registered one."
    700054 _ "The app may not get an ID token from the authorization endpoint."
        "Enable ID tokens in the app registration, or use the code flow alone."
    700082 ExpiredOrRevokedGrantInactiveToken "The refresh token was not used for too long."
        "Let the user sign in again."
    700084 _ "The refresh token of a single-page app reached its fixed end."
        "Let the user sign in again."
    700229 ForbiddenTokenType "A federated credential takes app-only tokens alone."
        "Use a token of the client credentials flow."
    900144 _ "A required parameter is missing in the body."
        "Send the parameter that the description names."
    900382 _ "A confidential client cannot reach across clouds."
        "Register the app in the cloud of the tenant."
    900384 _ "The signature of a JWT does not verify."
        "Sign with the key that is registered, and send the JWT unchanged."
    900432 _ "A confidential client cannot reach across clouds."
        "Register the app in the cloud of the tenant."
    901002 _ "The parameter `resource` is not supported at the v2.0 endpoint."
        "Leave `resource` out, and name the resource in the scope."
    7000112 UnauthorizedClientApplicationDisabled "The app is disabled."
        "Let an admin enable the app."
    7000114 _ "The app may not make on-behalf-of calls."
        "Use an app registration that may."
    7000215 _ "The client secret is wrong; often its id was used."
        "Use the value of the secret, not its id."
    7000218 _ "A confidential client sent no secret and no assertion."
        "Send `client_secret` or `client_assertion`, or register the app as a public client."
    7000222 InvalidClientSecretExpiredKeysProvided "The client secret has expired."
        "Create a new secret, or use a certificate or a federated credential."
    9001023 _ "The grant type is not served at `/common` or `/consumers`."
        "Use `/organizations` or the endpoint of the tenant."
    9002313 InvalidRequest "The request is malformed."
        "Compare the request, byte by byte, with the documentation of the flow."
    9002332 _ "The app is for organizations alone and was used at `/consumers`."
        "Use `/organizations` or the endpoint of the tenant."
    9002341 _ "The user must permit single sign-on."
        "Send the user through an interactive sign-in."
    9010010 _ "The parameter `resource` does not fit the scopes."
        "Leave `resource` out, or send the identifier URI that the scopes carry, letter by letter."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_without_repeats() {
        for pair in TABLE.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} stands before {}", pair[0].code, pair[1].code);
        }
    }

    #[test]
    fn every_row_is_found_and_is_a_sentence() {
        for row in TABLE {
            assert_eq!(aadsts(row.code), Some(*row));
            for sentence in [row.meaning, row.remedy] {
                assert!(sentence.ends_with('.') && sentence.len() < 120, "{}: {sentence}", row.code);
                assert!(!sentence.contains(['"', '\\']) && sentence.is_ascii(), "{}: {sentence}", row.code);
            }
        }
    }

    #[test]
    fn names_are_microsofts_or_absent() {
        assert_eq!(aadsts(700016).and_then(|row| row.name), Some("UnauthorizedClient_DoesNotMatchRequest"));
        assert_eq!(aadsts(28002).map(|row| row.name), Some(None));
    }

    #[test]
    fn unknown_numbers_are_unknown() {
        for code in [0, 1, 15999, 40011, 65003, u32::MAX] {
            assert_eq!(aadsts(code), None);
        }
    }
}
