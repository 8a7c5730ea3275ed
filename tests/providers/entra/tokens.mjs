// Tokens in the shapes that Entra ID documents: "Access token claims reference" and "ID token claims reference".

import { createHash, createPublicKey, randomBytes, sign, verify } from 'node:crypto';

import { HOST, TENANT, user } from './directory.mjs';

const V1_ISSUER = `https://sts.windows.net/${TENANT}/`;
const V2_ISSUER = `https://${HOST}/${TENANT}/v2.0`;

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const opaque = () => randomBytes(16).toString('base64url');

// Entra ID dates tokens five minutes back.
function times() {
  const begin = Math.floor(Date.now() / 1000) - 300;
  return { iat: begin, nbf: begin, exp: begin + 300 + 3900 };
}

function signed({ jwk, privateKey }, header, claims) {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`;
}

/** The claims of a token that `key` signed, or nothing. */
export function claimsOf({ privateKey }, token) {
  const [header, payload, signature] = token.split('.');
  const input = Buffer.from(`${header}.${payload}`);
  const isOurs = verify('RSA-SHA256', input, createPublicKey(privateKey), Buffer.from(signature ?? '', 'base64url'));
  return isOurs ? JSON.parse(Buffer.from(payload, 'base64url')) : undefined;
}

/**
 * The access token of an application itself, or of `user` at an application if `scopes` are given. The application is
 * `isPublic` if it did not prove who it is.
 */
export function accessToken(key, resource, application, { scopes, isPublic } = {}) {
  const { kid, x5t } = key.jwk;
  const v1 = resource.version === '1.0';
  const authenticated = isPublic ? '0' : '1';
  const claims = {
    // v1.0: what the client asked for; v2.0: always the client id.
    aud: v1 ? resource.uri : resource.id,
    iss: v1 ? V1_ISSUER : V2_ISSUER,
    ...times(),
    aio: opaque(),
    ...(v1 ? { appid: application.id, appidacr: authenticated } : { azp: application.id, azpacr: authenticated }),
    ...(scopes ? delegated(v1, scopes) : appOnly(v1, resource, application)),
    rh: opaque(),
    tid: TENANT,
    uti: opaque(),
    ver: resource.version,
  };
  const header = { typ: 'JWT', alg: 'RS256', ...(v1 ? { x5t } : {}), kid };
  if (!resource.hashesNonce) return signed(key, header, claims);

  // Microsoft's own APIs get a nonce in the header, which is hashed before signing, so that nobody else can verify.
  const nonce = opaque();
  const hashed = createHash('sha256').update(nonce).digest('base64url');
  const [, payload, signature] = signed(key, { ...header, nonce: hashed }, claims).split('.');
  return `${base64url({ ...header, nonce })}.${payload}.${signature}`;
}

function delegated(v1, scopes) {
  const name = v1 ? { unique_name: user.account, upn: user.account, amr: ['pwd'], acr: '1', ipaddr: '203.0.113.7' } : { preferred_username: user.account };
  return { name: user.name, oid: user.id, scp: scopes.join(' '), sub: user.subject, ...name };
}

function appOnly(v1, resource, { principal, roles }) {
  const granted = roles[resource.id];
  return { ...(v1 ? { idp: V1_ISSUER } : {}), oid: principal, sub: principal, ...(granted ? { roles: granted } : {}) };
}

/** The ID token that comes with a user's access token; its audience is the application. */
export function idToken(key, application, nonce) {
  const claims = {
    aud: application.id, iss: V2_ISSUER, ...times(), name: user.name, ...(nonce ? { nonce } : {}), oid: user.id,
    preferred_username: user.account, rh: opaque(), sub: user.subject, tid: TENANT, uti: opaque(), ver: '2.0',
  };
  return signed(key, { typ: 'JWT', alg: 'RS256', kid: key.jwk.kid }, claims);
}

export const clientInfo = () => base64url({ uid: user.id, utid: TENANT });
