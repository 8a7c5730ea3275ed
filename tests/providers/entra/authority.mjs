// An authority that answers Microsoft's clients, and an API that trusts Entra ID, as login.microsoftonline.com does. For
// a private network in which that name is this machine:
//
//   node authority.mjs FOLDER [--version-1-tokens] [--conditional-access]
//
// With --conditional-access, a token of Microsoft Graph takes a second factor, so nobody gets one on behalf of a user.
//
// It makes its certificates in FOLDER, listens on 127.0.0.1:443, prints one line of JSON when it is ready, and ends when
// stdin does.

import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:https';

import { signingKey, tlsCertificates } from './certificates.mjs';
import {
  applicationOf, applications, CONSUMERS, GRAPH, HOST, redirectsTo, requested, resourceOf, resources, TENANT, user,
} from './directory.mjs';
import { accessToken, claimsOf, clientInfo, idToken } from './tokens.mjs';

const [folder] = process.argv.slice(2);
const CONDITIONAL_ACCESS = process.argv.includes('--conditional-access');
// The claims that satisfy the policy, as a client is to ask for them: text, not an object.
const POLICY = '{"access_token":{"polids":{"essential":true,"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}}}';
const BASE = `https://${HOST}/${TENANT}`;
const CLOUD = 'microsoftonline.com';
const TEMPLATE = `https://${HOST}/{tenantid}/v2.0`;

const tls = await tlsCertificates(folder, HOST);
// What the real document has: more than one key of this cloud, keys of another cloud, and keys for personal accounts.
const [current, ...others] = await Promise.all([
  signingKey(folder, 'current', 'accounts.accesscontrol.windows.net', TEMPLATE, CLOUD),
  signingKey(folder, 'government', 'login.microsoftonline.us', TEMPLATE, 'microsoftonline.us'),
  signingKey(folder, 'consumers', 'Live ID STS Signing Public Key', `https://${HOST}/${CONSUMERS}/v2.0`, CLOUD),
]);
const v2Keys = [...others.map((key) => key.jwk), current.jwk];
// The v1.0 document names no issuers and has no keys for personal accounts.
const v1Keys = v2Keys.filter((key) => key.issuer === TEMPLATE).map(({ issuer, ...key }) => key);

const common = {
  token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
  response_modes_supported: ['query', 'fragment', 'form_post'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
  tenant_region_scope: 'EU',
  cloud_instance_name: CLOUD,
  cloud_graph_host_name: 'graph.windows.net',
  msgraph_host: 'graph.microsoft.com',
  rbac_url: 'https://pas.windows.net',
};
const v2Metadata = {
  ...common,
  token_endpoint: `${BASE}/oauth2/v2.0/token`,
  authorization_endpoint: `${BASE}/oauth2/v2.0/authorize`,
  device_authorization_endpoint: `${BASE}/oauth2/v2.0/devicecode`,
  end_session_endpoint: `${BASE}/oauth2/v2.0/logout`,
  jwks_uri: `${BASE}/discovery/v2.0/keys`,
  issuer: `${BASE}/v2.0`,
  userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
  request_uri_parameter_supported: false,
  response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
};
const v1Metadata = {
  ...common,
  token_endpoint: `${BASE}/oauth2/token`,
  authorization_endpoint: `${BASE}/oauth2/authorize`,
  end_session_endpoint: `${BASE}/oauth2/logout`,
  jwks_uri: `${BASE}/discovery/keys`,
  issuer: `https://sts.windows.net/${TENANT}/`,
  userinfo_endpoint: `${BASE}/openid/userinfo`,
  response_types_supported: ['code', 'id_token', 'code id_token', 'token id_token', 'token'],
  scopes_supported: ['openid'],
  microsoft_multi_refresh_token: true,
};
const instances = {
  tenant_discovery_endpoint: `${BASE}/v2.0/.well-known/openid-configuration`,
  'api-version': '1.1',
  metadata: [{ preferred_network: HOST, preferred_cache: 'login.windows.net', aliases: [HOST, 'login.windows.net', 'sts.windows.net'] }],
};

const documents = {
  [`/${TENANT}/v2.0/.well-known/openid-configuration`]: v2Metadata,
  [`/${TENANT}/.well-known/openid-configuration`]: v1Metadata,
  [`/${TENANT}/discovery/v2.0/keys`]: { keys: v2Keys },
  [`/${TENANT}/discovery/keys`]: { keys: v1Keys },
  '/common/discovery/instance': instances,
};

/** An error as Entra ID words it. */
class OAuthError extends Error {
  constructor(error, code, message, members) {
    super(message);
    const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
    this.body = {
      error, error_description: `AADSTS${code}: ${message}`, error_codes: [code], timestamp,
      trace_id: randomUUID(), correlation_id: randomUUID(), error_uri: `https://${HOST}/error?code=${code}`, ...members,
    };
  }
}

function check(holds, ...error) {
  if (!holds) throw new OAuthError(...error);
}

// Codes that were handed out, with the requests that they answer.
const codes = new Map();

/** The user is signed in and has consented, so the answer to a good request is the code: where it goes, and how. */
function authorize(query) {
  const application = applicationOf(query.get('client_id'));
  const redirect = query.get('redirect_uri');
  check(application && redirectsTo(application, redirect), 'invalid_request', 50011, 'The redirect URI is not registered.');
  check(query.get('response_type') === 'code', 'unsupported_response_type', 700054, 'Only a code is given.');
  check(query.get('code_challenge_method') === 'S256' && query.get('code_challenge'), 'invalid_request', 9002325, 'Proof Key for Code Exchange is required.');
  check(requested(query.get('scope') ?? '').known, 'invalid_client', 650053, 'A scope does not exist on the resource.');
  const code = randomUUID();
  codes.set(code, query);
  const answer = { code, state: query.get('state') ?? '', client_info: clientInfo() };
  const mode = query.get('response_mode');
  if (mode === 'form_post') return { page: selfSubmitting(redirect, answer) };
  return { location: `${redirect}${mode === 'fragment' ? '#' : '?'}${new URLSearchParams(answer)}` };
}

/** OAuth 2.0 Form Post Response Mode. */
function selfSubmitting(action, fields) {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}"/>`);
  return `<html><body onload="document.forms[0].submit()"><form method="POST" action="${action}">${inputs.join('')}</form></body></html>`;
}

function token(form) {
  const application = applicationOf(form.get('client_id'));
  check(application, 'unauthorized_client', 700016, 'The application was not found in the directory.');
  const grant = form.get('grant_type');
  const secret = form.get('client_secret');
  // Who redeems a code at a redirect URI of this machine has no secret to keep.
  const isPublic = secret === null && application.redirect && grant === 'authorization_code';
  check(isPublic || (secret && secret === application.secret), 'invalid_client', 7000215, 'Invalid client secret provided.');
  if (grant === 'client_credentials') return ofApplication(application, form);
  if (grant === 'authorization_code') return ofUser(application, form, isPublic);
  if (grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer') return onBehalfOf(application, form);
  throw new OAuthError('unsupported_grant_type', 70003, `The grant type ${grant} is not supported.`);
}

const lifetime = { token_type: 'Bearer', expires_in: 3899, ext_expires_in: 3899 };

function ofApplication(application, form) {
  const { resource, scopes } = requested(form.get('scope') ?? '');
  check(scopes.length === 1 && scopes[0] === '.default', 'invalid_scope', 1002012, 'Client credential flows must have a scope with /.default.');
  return { ...lifetime, access_token: accessToken(current, resource, application) };
}

function ofUser(application, form, isPublic) {
  const request = codes.get(form.get('code'));
  codes.delete(form.get('code'));
  check(request && request.get('client_id') === application.id, 'invalid_grant', 70008, 'The code is unknown, used or expired.');
  const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
  check(challenge === request.get('code_challenge'), 'invalid_grant', 501481, 'The Code_Verifier does not match the code_challenge.');
  const { resource, scopes } = requested(request.get('scope'));
  return {
    ...lifetime,
    scope: scopes.map((scope) => `${resource.uri}/${scope}`).join(' '),
    access_token: accessToken(current, resource, application, { scopes, isPublic }),
    id_token: idToken(current, application, request.get('nonce')),
    client_info: clientInfo(),
  };
}

/** On-behalf-of: an API exchanges the token that it was called with for one of the next API, of the same user. */
function onBehalfOf(application, form) {
  check(form.get('requested_token_use') === 'on_behalf_of', 'invalid_request', 900144, 'The request body must contain requested_token_use.');
  const assertion = claimsOf(current, form.get('assertion') ?? '');
  check(assertion, 'invalid_grant', 50013, 'Assertion failed signature validation.');
  const own = resourceOf(application);
  check(own && [own.id, own.uri].includes(assertion.aud), 'invalid_grant', 500131, 'Assertion audience does not match the Client app presenting the assertion.');
  check(assertion.exp > Date.now() / 1000, 'invalid_grant', 500133, 'Assertion is not within its valid time range.');
  check(assertion.oid === user.id, 'invalid_grant', 7000114, 'The application is not allowed to make application on-behalf-of calls.');

  const { resource, scopes } = requested(form.get('scope') ?? '');
  const consented = application.consents?.[resource.id] ?? [];
  const granted = scopes[0] === '.default' ? consented : scopes;
  check(granted.length > 0 && granted.every((scope) => consented.includes(scope)), 'invalid_grant', 65001,
    'The user or administrator has not consented to use the application.', { suberror: 'consent_required' });
  check(!(CONDITIONAL_ACCESS && resource.id === GRAPH), 'interaction_required', 50076,
    'You must use multi-factor authentication to access the resource.', { suberror: 'basic_action', claims: POLICY });
  return {
    ...lifetime,
    scope: granted.map((scope) => `${resource.uri}/${scope}`).join(' '),
    access_token: accessToken(current, resource, application, { scopes: granted }),
  };
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function send(response, status, headers, content) {
  response.writeHead(status, headers).end(typeof content === 'object' ? JSON.stringify(content) : content);
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, BASE);
  try {
    if (documents[pathname]) {
      send(response, 200, { ...JSON_TYPE, 'cache-control': 'max-age=86400, private' }, documents[pathname]);
    } else if (pathname === `/${TENANT}/oauth2/v2.0/authorize`) {
      const { location, page } = authorize(searchParams);
      if (page) send(response, 200, { 'content-type': 'text/html; charset=utf-8' }, page);
      else send(response, 302, { location });
    } else if (pathname === `/${TENANT}/oauth2/v2.0/token` && request.method === 'POST') {
      send(response, 200, { ...JSON_TYPE, 'cache-control': 'no-store, no-cache' }, token(await body(request)));
    } else {
      send(response, 404, {});
    }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    send(response, error.body.error === 'invalid_client' ? 401 : 400, JSON_TYPE, error.body);
  }
}

const server = createServer(tls, answer);
server.listen(443, '127.0.0.1', () => {
  const [api, gateway] = resources;
  const ready = {
    authority: BASE, tenant: TENANT, api: api.id, api_uri: api.uri, gateway_uri: gateway.uri, ca: tls.ca, user: user.id,
    applications, policy: POLICY,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
});
