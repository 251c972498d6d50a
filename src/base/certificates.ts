import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { readBoundedSync } from './boundedFile';
import { CodedError, errorMessage } from './errors';
import { makeTempFolder } from './tempFolder';

/** Where Linux distributions and BSDs keep the machine's trusted authorities, in one file. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
/** In Node since 22.15. */
interface LaterTls {
  readonly getCACertificates?: (type: 'system') => string[];
}

const maxBytes = 16 * 1024 * 1024;

/**
 * All trusted certificate authorities, in PEM: Node's, the system's, those of the files that NODE_EXTRA_CA_CERTS and
 * SSL_CERT_FILE name, and those of `caFile`.
 * @throws CodedError CA_FILE when `caFile` cannot be read or contains none
 */
export function trustedAuthorities(caFile: string | undefined): string[] {
  const named = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => process.env[name] ?? []);
  // Unreadable files are ignored, as Node does: some installers name files that do not exist.
  const extra = named.flatMap((file) => read(file) ?? []);
  return [...new Set([...tls.rootCertificates, ...systemAuthorities(), ...extra, ...own(caFile)])];
}

function own(caFile: string | undefined): string[] {
  if (caFile === undefined) return [];
  let found: string[];
  try {
    found = certificatesIn(readBoundedSync(caFile, { maxBytes, followLinks: true }).toString('latin1'));
  } catch (error) {
    throw new CodedError('CA_FILE', `the CA file ${caFile} cannot be read: ${errorMessage(error)}`, { cause: error });
  }
  if (found.length === 0) throw new CodedError('CA_FILE', `the CA file ${caFile} contains no PEM certificate`);
  return found;
}

function systemAuthorities(): string[] {
  // Reads the Keychain and the Windows store, too.
  const { getCACertificates } = tls as typeof tls & LaterTls;
  if (getCACertificates) return getCACertificates('system');
  for (const file of systemBundles) {
    const found = read(file);
    if (found) return found;
  }
  return [];
}

function read(file: string): string[] | undefined {
  try {
    return certificatesIn(readBoundedSync(file, { maxBytes, followLinks: true }).toString('latin1'));
  } catch {
    return undefined;
  }
}

function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

let bundle: { caFile: string; folder: string; path: string } | undefined;

/**
 * The environment that makes git and other programs trust the same authorities: they take one file in place of their own. Empty without a CA file; the
 * environment's own variables reach them anyway.
 * @throws CodedError CA_FILE
 */
export function certificateEnvironment(caFile: string | undefined): Record<string, string> {
  if (caFile === undefined) return {};
  if (bundle?.caFile !== caFile) {
    const text = `${trustedAuthorities(caFile).join('\n')}\n`;
    const folder = makeTempFolder('certificates');
    bundle = { caFile, folder, path: join(folder, 'authorities.pem') };
    writeFileSync(bundle.path, text, { mode: 0o600 });
  }
  const { path } = bundle;
  return { GIT_SSL_CAINFO: path, SSL_CERT_FILE: path, REQUESTS_CA_BUNDLE: path, NODE_EXTRA_CA_CERTS: path };
}

/** Removes the file that {@link certificateEnvironment} wrote. */
export async function dropCertificates(): Promise<void> {
  if (bundle) await rm(bundle.folder, { recursive: true, force: true });
  bundle = undefined;
}
