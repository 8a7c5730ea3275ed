// Keys and certificates of one run, made by openssl in a folder of their own: node's crypto has keys, but no
// certificates.

import { execFile } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const openssl = (...args) => run('openssl', args, { timeout: 30_000 });

// Of our own, so that nothing depends on how the system's openssl is set up.
const CONFIGURATION = `
[req]
distinguished_name = subject
prompt = no
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:HOST
`;

/** A certificate authority of one run, the certificate of `host` that it signed, and where its own certificate is. */
export async function tlsCertificates(folder, host) {
  const path = (name) => join(folder, name);
  writeFileSync(path('openssl.cnf'), CONFIGURATION.replace('HOST', host));
  const config = ['-config', path('openssl.cnf')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

  await openssl('req', ...config, ...curve, '-x509', '-days', '2', '-extensions', 'authority',
    '-subj', '/CN=Certificate authority of one test run', '-keyout', path('ca.key'), '-out', path('ca.pem'));
  await openssl('req', ...config, ...curve, '-new', '-subj', `/CN=${host}`, '-keyout', path('host.key'), '-out', path('host.csr'));
  await openssl('x509', '-req', '-days', '1', '-in', path('host.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'),
    '-CAcreateserial', '-extfile', path('openssl.cnf'), '-extensions', 'server', '-out', path('host.pem'));
  return { key: readFileSync(path('host.key')), cert: readFileSync(path('host.pem')), ca: path('ca.pem') };
}

/**
 * A signing key as Entra ID publishes it: without `alg`; `kid` and `x5t` are the same thumbprint. `issuer` and `cloud`
 * say whose tokens it may sign.
 */
export async function signingKey(folder, name, subject, issuer, cloud) {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  await openssl('req', '-config', join(folder, 'openssl.cnf'), '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
    '-subj', `/CN=${subject}`, '-keyout', key, '-out', cert);
  const { raw, publicKey } = new X509Certificate(readFileSync(cert));
  const { n, e } = publicKey.export({ format: 'jwk' });
  const thumbprint = createHash('sha1').update(raw).digest('base64url');
  const jwk = {
    kty: 'RSA', use: 'sig', kid: thumbprint, x5t: thumbprint, n, e, x5c: [raw.toString('base64')],
    cloud_instance_name: cloud, issuer,
  };
  return { jwk, privateKey: createPrivateKey(readFileSync(key)) };
}
