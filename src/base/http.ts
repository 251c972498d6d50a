import type { LookupFunction } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Dispatcher, FormData, RequestInit, Response } from 'undici';
import { certificateEnvironment, trustedAuthorities } from './certificates';
import { CodedError, errorMessage, isAbort } from './errors';
import { networkEnvironment, networkFromEnvironment, proxyFor, shownProxy, type Network } from './network';

// The one door to other machines: proxies and certificates are seen to here, for all. Who calls decides on deadlines and repeats, since only it knows
// what may be asked twice.

export type { FormData, RequestInit, Response };

/** Loaded when the first call is made: it would else cost every start 60 ms, a window's among them. */
const undici = () => import('undici');

/** A form to send. Node's own is none for undici's fetch. */
export async function newForm(): Promise<FormData> {
  return new (await undici()).FormData();
}

/** Like the global fetch; errors of a proxy name it. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Milliseconds until a connection stands. */
const connectTimeout = 15_000;

const made = new Map<string, Fetch>();

/** A fetch that goes through the given proxies and trusts the given authorities. The same one for the same network. */
export function fetchThrough(network: Network): Fetch {
  const key = JSON.stringify(network);
  const known = made.get(key) ?? makeFetch(network);
  made.set(key, known);
  return known;
}

/** {@link fetchOutside}, but names of hosts are looked up by `lookup`, which may refuse. Behind a proxy it is the proxy that looks them up. */
export function fetchOutsideWith(lookup: LookupFunction): Fetch {
  return makeFetch(networkFromEnvironment(), lookup);
}

function makeFetch(network: Network, lookup?: LookupFunction): Fetch {
  const agents = new Map<string, Dispatcher>();
  let context: SecureContext | undefined;
  // Once: some hundred certificates take 20 ms to read.
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
    // Proxies take addresses of plain http as they are; many let nobody tunnel to port 80.
    proxyTunnel: false,
  };
}

/** {@link fetchThrough} what the environment says. */
export function fetchOutside(): Fetch {
  return fetchThrough(networkFromEnvironment());
}

/** For a service of ours on loopback, which no proxy leads to. */
export const fetchLoopback: Fetch = (url, init) => fetchThrough({})(url, init);

/**
 * What a program that we start, such as git, gets to reach other machines as we do.
 * @throws CodedError PROXY, CA_FILE when what is set cannot be used
 */
export function proxyEnvironment(): Record<string, string> {
  const network = networkFromEnvironment();
  const { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = networkEnvironment(network);
  const proxies = { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy };
  const set = Object.entries(proxies).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...Object.fromEntries(set), ...certificateEnvironment(network.caFile) };
}

/** Where a connection for an address goes first: to its proxy, or to its host. */
export function firstHop(url: string): { host: string; port: number } {
  const target = new URL(url);
  const { hostname, port, protocol } = proxyFor(target, networkFromEnvironment()) ?? target;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'http:' ? 80 : 443) };
}

/**
 * The body of an answer as text.
 * @throws CodedError FLOOD when it has more bytes than it may; what fetch throws
 */
export async function readText(response: Response, maxBytes: number, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  // Rejects only when the connection has failed already, which is what is wanted.
  const cancel = () => void reader?.cancel().catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      const chunk = part.value as Uint8Array;
      size += chunk.length;
      if (size > maxBytes) {
        cancel();
        throw new CodedError('FLOOD', `its answer is longer than ${Math.round(maxBytes / 1024 / 1024)} MB`);
      }
      chunks.push(chunk);
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const giveCaFile = 'give its CA file in the setting codeagent.server.caFile (command line: NODE_EXTRA_CA_CERTS)';

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'it did not answer in time',
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is self-signed; ${giveCaFile}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is signed by an authority that is not trusted here; ${giveCaFile}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate cannot be verified; ${giveCaFile}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate is signed by an authority that is not trusted here; ${giveCaFile}`,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Why a fetch failed, as the end of a sentence ("… cannot be reached: <this>"); Node hides the reason in `cause`. */
export function whyFailed(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  if (isAbort(error)) return 'it did not answer in time';
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
    return text; // Written with a bare % in it.
  }
}

function proxyError(proxy: URL, error: unknown): CodedError {
  const cause = causeOf(error);
  // undici tells the proxy's answer in its message only.
  const status = /Proxy (?:response|Authentication Required) \((\d+)\)/.exec(errorMessage(cause))?.[1];
  const shown = shownProxy(proxy);
  if (status === '407')
    return new CodedError(
      'PROXY',
      `the proxy ${shown} asks for a user name and a password, or does not take those that are set`,
      { cause },
    );
  if (status !== undefined)
    return new CodedError('PROXY', `the proxy ${shown} refuses to connect (status ${status})`, { cause });
  return new CodedError('PROXY', `through the proxy ${shown}: ${whyFailed(error)}`, { cause });
}
