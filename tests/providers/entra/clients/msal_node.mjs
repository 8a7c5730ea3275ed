// Gets a token with Microsoft's library for Node as an application gets it: every setting that has a default keeps it.
//
//   node msal_node.mjs AUTHORITY daemon CLIENT_ID SECRET SCOPE
//   node msal_node.mjs AUTHORITY user CLIENT_ID REDIRECT_URI SCOPE...
//
// It prints one line of JSON: the access token, and the user's ID token.

import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from '@azure/msal-node';

const [authority, flow, clientId, ...rest] = process.argv.slice(2);

async function daemon(clientSecret, ...scopes) {
  const application = new ConfidentialClientApplication({ auth: { clientId, authority, clientSecret } });
  return application.acquireTokenByClientCredential({ scopes });
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

const { accessToken, idToken } = await { daemon, user }[flow](...rest);
process.stdout.write(`${JSON.stringify({ access_token: accessToken, id_token: idToken || null })}\n`);
