import type { LookupFunction } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Dispatcher, FormData, RequestInit, Response } from 'undici';
import { certificateEnvironment, trustedAuthorities } from './certificates';
import { CodedError, errorMessage, isAbort } from './errors';
import { networkEnvironment, networkFromEnvironment, proxyFor, shownProxy, type Network } from './network';

// The one door to other machines: proxies and certificates are handled here. Callers decide on deadlines and retries, since only they know
// what can safely be repeated.

export type { FormData, RequestInit, Response };

/** Loaded on the first call, since it would add 60 ms to every start, including that of a window. */
const undici = () => import('./undici');

/** A form to send. undici's fetch does not accept Node's own. */
export async function newForm(): Promise<FormData> {
  return new (await undici()).FormData();
}

/** Like the global fetch; proxy errors name the proxy. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Milliseconds for establishing a connection. */
const connectTimeout = 15_000;

const made = new Map<string, Fetch>();

/** A fetch that uses the given proxies and trusts the given authorities; one instance for each network. */
export function fetchThrough(network: Network): Fetch {
  const key = JSON.stringify(network);
  const known = made.get(key) ?? makeFetch(network);
  made.set(key, known);
  return known;
}

/** {@link fetchOutside} with host names resolved by `lookup`, which may refuse. Behind a proxy, the proxy resolves them. */
export function fetchOutsideWith(lookup: LookupFunction): Fetch {
  return makeFetch(networkFromEnvironment(), lookup);
}

function makeFetch(network: Network, lookup?: LookupFunction): Fetch {
  const agents = new Map<string, Dispatcher>();
  let context: SecureContext | undefined;
  // Only once: reading some hundred certificates takes 20 ms.
  const trust = () => (context ??= createSecureContext({ ca: trustedAuthorities(network.caFile) }));

  async function agentFor(target: URL, proxy: URL | undefined): Promise<Dispatcher> {
    const { Agent, ProxyAgent } = await undici();
    const secure = target.protocol === 'https:' || proxy?.protocol === 'https:';
    const agentKey = `${String(secure)} ${proxy?.href ?? ''}`;
    const known = agents.get(agentKey);
    if (known) return known;
    const tls = { timeout: connectTimeout, ...(secure && { secureContext: trust() }) };
    const agent = proxy
      ? new ProxyAgent(proxyOptions(proxy, network, tls))
      : new Agent({ connect: { ...tls, ...(lookup && { lookup }) } });
    agents.set(agentKey, agent);
    return agent;
  }

  return async (url, init) => {
    const target = new URL(url);
    const proxy = proxyFor(target, network);
    try {
      const dispatcher = await agentFor(target, proxy);
      return await (await undici()).fetch(target, { ...init, dispatcher });
    } catch (error) {
      if (init?.signal?.aborted || !proxy) throw error;
      throw proxyError(proxy, error);
    }
  };
}

function proxyOptions(proxy: URL, network: Network, tls: { timeout: number; secureContext?: SecureContext }) {
  const verified = { ...tls, rejectUnauthorized: network.proxyStrictSsl !== false };
  const token = network.proxyAuthorization ?? credentialsOf(proxy);
  return {
    uri: shownProxy(proxy),
    ...(token !== undefined && { token }),
    requestTls: verified,
    proxyTls: verified,
    // Plain http is not tunneled, since many proxies refuse tunnels to port 80.
    proxyTunnel: false,
  };
}

/** {@link fetchThrough} the network that the environment describes. */
export function fetchOutside(): Fetch {
  return fetchThrough(networkFromEnvironment());
}

/** For our own service on loopback, past any proxy. */
export const fetchLoopback: Fetch = (url, init) => fetchThrough({})(url, init);

/**
 * The environment that makes a program that we start, such as git, reach other machines as we do.
 * @throws CodedError PROXY, CA_FILE when the settings cannot be used
 */
export function proxyEnvironment(): Record<string, string> {
  const network = networkFromEnvironment();
  const { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = networkEnvironment(network);
  const proxies = { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy };
  const set = Object.entries(proxies).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...Object.fromEntries(set), ...certificateEnvironment(network.caFile) };
}

/** Where a connection for a URL goes first: to its proxy or to its host. */
export function firstHop(url: string): { host: string; port: number } {
  const target = new URL(url);
  const { hostname, port, protocol } = proxyFor(target, networkFromEnvironment()) ?? target;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'http:' ? 80 : 443) };
}

/**
 * The body of a response as text.
 * @throws CodedError FLOOD when it has more than `maxBytes`; what fetch throws
 */
export async function readText(response: Response, maxBytes: number, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  // Rejects only if the connection has already failed, which is just as good.
  const cancel = () => void reader?.cancel().catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      const chunk = part.value as Uint8Array;
      size += chunk.length;
      if (size > maxBytes) {
        cancel();
        throw new CodedError('FLOOD', `its response is larger than ${Math.round(maxBytes / 1024 / 1024)} MB`);
      }
      chunks.push(chunk);
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const giveCaFile = 'name its CA file in the setting codeagent.server.caFile (command line: NODE_EXTRA_CA_CERTS)';

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'it timed out',
  ENOTFOUND: 'the host name does not exist',
  EAI_AGAIN: 'the host name cannot be resolved',
  ETIMEDOUT: 'it timed out',
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is self-signed; ${giveCaFile}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is signed by an untrusted authority; ${giveCaFile}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate cannot be verified; ${giveCaFile}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate is signed by an untrusted authority; ${giveCaFile}`,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Why a fetch failed, as the end of a sentence ("… cannot be reached: <this>"). Node hides the reason in `cause`. */
export function failureReason(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  if (isAbort(error)) return 'it timed out';
  const cause = causeOf(error);
  const code = codeOf(cause);
  return reasons[code] ?? (errorMessage(cause) === '' ? code : errorMessage(cause));
}

/** The innermost error. Several attempts at one host's addresses come as one AggregateError. */
function causeOf(error: unknown): unknown {
  if (error instanceof AggregateError) return causeOf(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : error;
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

function credentialsOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // It contains a bare %.
  }
}

function proxyError(proxy: URL, error: unknown): CodedError {
  const cause = causeOf(error);
  // undici gives the proxy's response only in its message.
  const status = /Proxy (?:response|Authentication Required) \((\d+)\)/.exec(errorMessage(cause))?.[1];
  const shown = shownProxy(proxy);
  if (status === '407')
    return new CodedError(
      'PROXY',
      `the proxy ${shown} requires a user name and password, or rejected the ones that are set`,
      { cause },
    );
  if (status !== undefined)
    return new CodedError('PROXY', `the proxy ${shown} refused the connection (status ${status})`, { cause });
  return new CodedError('PROXY', `through the proxy ${shown}: ${failureReason(error)}`, { cause });
}
