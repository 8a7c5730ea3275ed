// Gets a token with Microsoft's library for Node as an application gets it: every setting that has a default keeps it.
//
//   node msal_node.mjs AUTHORITY daemon CLIENT_ID SECRET SCOPE
//   node msal_node.mjs AUTHORITY user CLIENT_ID REDIRECT_URI SCOPE...
//   node msal_node.mjs AUTHORITY on_behalf_of CLIENT_ID SECRET ASSERTION SCOPE...
//
// It prints one line of JSON: the access token, and the user's ID token; or what the library says of a refusal, in the
// members of an error response.

import { AuthError, ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node';

const [authority, flow, clientId, ...rest] = process.argv.slice(2);

const confidential = (clientSecret) => new ConfidentialClientApplication({ auth: { clientId, authority, clientSecret } });

async function daemon(clientSecret, ...scopes) {
  return confidential(clientSecret).acquireTokenByClientCredential({ scopes });
}

/** Authorization code with PKCE. The user's browser is one request, as the user is signed in already. */
async function user(redirectUri, ...scopes) {
  const application = new PublicClientApplication({ auth: { clientId, authority } });
  const { challenge, verifier } = await new CryptoProvider().generatePkceCodes();
  const url = await application.getAuthCodeUrl({ redirectUri, scopes, codeChallenge: challenge, codeChallengeMethod: 'S256' });
  const response = await fetch(url, { redirect: 'manual' });
  const location = new URL(response.headers.get('location') ?? `error:${await response.text()}`);
  const code = new URLSearchParams(location.search || location.hash.slice(1)).get('code');
  return application.acquireTokenByCode({ redirectUri, scopes, code, codeVerifier: verifier });
}

/** What an API does that calls another one for its caller. */
async function onBehalfOf(clientSecret, oboAssertion, ...scopes) {
  return confidential(clientSecret).acquireTokenOnBehalfOf({ oboAssertion, scopes });
}

function refusal(error) {
  if (!(error instanceof AuthError)) throw error;
  const { errorCode, errorMessage, subError, errorNo, claims } = error;
  return { error: errorCode, error_description: errorMessage, suberror: subError, error_codes: [Number(errorNo)], claims };
}

const flows = { daemon, user, on_behalf_of: onBehalfOf };
const answer = await flows[flow](...rest).then(
  ({ accessToken, idToken }) => ({ access_token: accessToken, id_token: idToken || null }),
  refusal,
);
process.stdout.write(`${JSON.stringify(answer)}\n`);
