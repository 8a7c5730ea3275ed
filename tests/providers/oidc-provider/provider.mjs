// A certified OpenID provider (npm oidc-provider) on a free port of loopback, for tests with tokens that nobody here
// made. It prints one line of JSON when it is ready, reads commands from stdin, and ends when stdin does:
//
//   roll over   a new signing key, published before the old one; both verify
//   withdraw    publishes the current key alone
//
// Each command is answered by one line: {"keys": [the published key ids, the signing one first]}.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

const AUDIENCE = 'api://weather';
const SCOPES = 'weather.read weather.write';

// Where the login ends: nobody listens there, a test reads the code from the redirect.
const REDIRECT_URI = 'http://127.0.0.1/signed-in';

const clients = [
  {
    client_id: 'daemon',
    client_secret: 'a-secret-of-the-daemon',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope: SCOPES,
  },
  {
    client_id: 'desktop',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    redirect_uris: [REDIRECT_URI],
    response_types: ['code'],
    scope: `openid ${SCOPES}`,
  },
];

let rollovers = 0;
const newKey = () => {
  rollovers += 1;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: `key-${rollovers}` };
};

const configuration = (keys) => ({
  clients,
  jwks: { keys },
  scopes: ['openid', ...SCOPES.split(' ')],
  pkce: { required: () => true },
  cookies: { keys: ['a key for cookies of a test'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  ttl: { AccessToken: 3600, ClientCredentials: 3600, AuthorizationCode: 60, IdToken: 3600, Interaction: 600, Session: 600, Grant: 600 },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    // Without a resource, access tokens are opaque; with one they are JWTs for it (RFC 8707, RFC 9068).
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => ({
        scope: SCOPES,
        audience: resource,
        accessTokenTTL: 3600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

let keys = [newKey()];
let answer;

// oidc-provider reads its keys once, so other keys mean another Provider behind the same server.
const publish = (issuer) => {
  answer = new Provider(issuer, configuration(keys)).callback();
};

const commands = {
  'roll over': () => { keys = [newKey(), keys[0]]; },
  withdraw: () => { keys = [keys[0]]; },
};

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const keyIds = () => keys.map((key) => key.kid);

const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  publish(issuer);
  say({ issuer, audience: AUDIENCE, redirect_uri: REDIRECT_URI, keys: keyIds() });

  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const command = commands[line];
    if (!command) {
      say({ error: `unknown command: ${line}` });
      return;
    }
    command();
    publish(issuer);
    say({ keys: keyIds() });
  });
  // The test is over, or it died.
  lines.on('close', () => process.exit(0));
});
