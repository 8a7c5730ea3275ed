// Answers an application that uses a client library, and prints what the library made of each answer.
//
//   node parsers.mjs PARSER '[[STATUS, CHALLENGE], ...]'
//
// It prints one line of JSON: an array with an entry for each answer.

import {
  bearerTokenAuthenticationPolicy,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import { customFetch, protectedResourceRequest, WWWAuthenticateChallengeError } from 'oauth4webapi';

const API = 'https://api.example.com/weather';

const answer = (status, challenge) => new Response(null, { status, headers: { 'WWW-Authenticate': challenge } });

/** All challenges with all parameters, which a failed request throws. */
async function oauth4webapi(status, challenge) {
  const options = { [customFetch]: async () => answer(status, challenge) };
  try {
    await protectedResourceRequest('a-token', 'GET', new URL(API), undefined, undefined, options);
  } catch (error) {
    if (error instanceof WWWAuthenticateChallengeError) return error.cause;
    throw error;
  }
  return null;
}

/** The parameters that a client of the Model Context Protocol goes by. */
async function mcp(status, challenge) {
  return extractWWWAuthenticateParams(answer(status, challenge));
}

/** The claims that were asked for with each token, and what was sent. Every request after the first is answered 200. */
async function azure(status, challenge) {
  const claims = [];
  const sent = [];
  const credential = {
    async getToken(_scopes, options) {
      claims.push(options.claims ?? null);
      return { token: `token-${claims.length}`, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
  const api = {
    async sendRequest(request) {
      sent.push(request.headers.get('Authorization'));
      return sent.length === 1
        ? { request, status, headers: createHttpHeaders({ 'WWW-Authenticate': challenge }) }
        : { request, status: 200, headers: createHttpHeaders() };
    },
  };
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: 'api://weather/.default' }));
  await pipeline.sendRequest(api, createPipelineRequest({ url: API }));
  return { claims, sent };
}

const [parser, answers] = process.argv.slice(2);
const read = [];
for (const [status, challenge] of JSON.parse(answers)) {
  read.push(await { oauth4webapi, mcp, azure }[parser](status, challenge));
}
process.stdout.write(`${JSON.stringify(read)}\n`);
