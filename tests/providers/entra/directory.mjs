// What is registered in the tenant: the API, another API that calls it, their clients, and a user who is signed in.

export const HOST = 'login.microsoftonline.com';
export const TENANT = '0d9ba3c5-6f0d-4a8e-9b1c-2f6c1d9e7a10';
export const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';

const API = '5f3c2b1a-94d7-4e3b-8a66-7c0e1f2d3b4a';
const GATEWAY = 'a1b2c3d4-1111-4222-8333-000000000004';
export const GRAPH = '00000003-0000-0000-c000-000000000000';

// accessTokenAcceptedVersion of the API's manifest: null in a new registration, which means 1.
const apiVersion = process.argv.includes('--version-1-tokens') ? '1.0' : '2.0';

export const resources = [
  { id: API, uri: `api://${API}`, version: apiVersion, scopes: ['weather.read', 'weather.write'] },
  { id: GATEWAY, uri: `api://${GATEWAY}`, version: '2.0', scopes: ['access_as_user'] },
  { id: GRAPH, uri: 'https://graph.microsoft.com', version: '1.0', scopes: ['User.Read'], hashesNonce: true },
];

// `roles`: the app roles of each resource that an administrator granted. `consents`: the scopes of each that users
// consented to beforehand. `principal`: the object id of the application's service principal.
export const applications = {
  daemon: {
    id: 'a1b2c3d4-1111-4222-8333-000000000001',
    principal: 'a1b2c3d4-1111-4222-8333-00000000a001',
    secret: 'a~secret.of-the_daemon',
    roles: { [API]: ['Weather.Read.All'], [GRAPH]: ['User.Read.All'] },
  },
  // Entra ID gives a token to any application of the tenant, granted or not.
  stranger: {
    id: 'a1b2c3d4-1111-4222-8333-000000000002',
    principal: 'a1b2c3d4-1111-4222-8333-00000000a002',
    secret: 'a~secret.of-the_stranger',
    roles: {},
  },
  desktop: {
    id: 'a1b2c3d4-1111-4222-8333-000000000003',
    redirect: 'http://localhost',
  },
  // An API in front of the API.
  gateway: {
    id: GATEWAY,
    principal: 'a1b2c3d4-1111-4222-8333-00000000a004',
    secret: 'a~secret.of-the_gateway',
    roles: {},
    consents: { [API]: ['weather.read', 'weather.write'] },
  },
  // The API's own registration, which may have users of its own too, and call other APIs.
  portal: {
    id: API,
    redirect: 'http://localhost/portal',
    principal: 'a1b2c3d4-1111-4222-8333-00000000a005',
    secret: 'a~secret.of-the_portal',
    roles: {},
    consents: { [GRAPH]: ['User.Read'] },
  },
};

export const user = {
  id: 'bb7c6d5e-2222-4333-9444-000000000001',
  subject: 'Qm0tYSBwYWlyd2lzZSBzdWJqZWN0IG9mIGFkYS4uLi4',
  name: 'Ada Lovelace',
  account: 'ada@contoso.example',
};

/** The resource that scopes such as `api://id/weather.read`, `api://id/.default` or `User.Read` are of, and their short names. */
export function requested(scope) {
  const openid = ['openid', 'profile', 'email', 'offline_access'];
  const names = scope.split(' ').filter((name) => name && !openid.includes(name));
  const named = resources.find(({ id, uri }) => names.some((name) => [id, uri].some((it) => name.startsWith(`${it}/`))));
  // A bare name is Microsoft Graph's.
  const resource = named ?? resources.find(({ id }) => id === GRAPH);
  const short = names.map((name) => name.slice(name.lastIndexOf('/') + 1));
  const known = short.every((name) => name === '.default' || resource.scopes.includes(name));
  return { resource, scopes: short, known };
}

export const applicationOf = (id) => Object.values(applications).find((application) => application.id === id);

export const resourceOf = ({ id }) => resources.find((resource) => resource.id === id);

/** Whether `uri` is the application's redirect URI. The port of one on localhost may be any ("Redirect URI outline"). */
export function redirectsTo({ redirect }, uri) {
  if (!redirect || !URL.canParse(uri ?? '')) return false;
  const given = new URL(uri);
  if (given.protocol === 'http:' && given.hostname === 'localhost') given.port = '';
  return given.href === new URL(redirect).href;
}
