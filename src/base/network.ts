import { BlockList, isIP } from 'node:net';
import { CodedError } from './errors';

/** How this machine reaches others. */
export interface Network {
  /** For http: and https: URLs; may contain a user and a password. */
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  /** Hosts to reach without a proxy, in the format of NO_PROXY. */
  readonly noProxy?: readonly string[];
  /** A whole Proxy-Authorization header; takes precedence over credentials in the proxy's URL. */
  readonly proxyAuthorization?: string | undefined;
  /** False: certificates are not verified on connections through a proxy. */
  readonly proxyStrictSsl?: boolean;
  /** A PEM file with more certificate authorities. */
  readonly caFile?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The network that the environment describes. Lower-case variables take precedence, as in curl. */
export function networkFromEnvironment(env: Environment = process.env): Network {
  const first = (name: string) => [env[name.toLowerCase()], env[name]].find((value) => value?.trim())?.trim();
  return {
    httpProxy: first('HTTP_PROXY'),
    httpsProxy: first('HTTPS_PROXY'),
    noProxy: (first('NO_PROXY') ?? '').split(/[\s,]+/).filter((entry) => entry !== ''),
    proxyAuthorization: first('CODEAGENT_PROXY_AUTHORIZATION'),
    proxyStrictSsl: first('CODEAGENT_PROXY_STRICT_SSL') !== '0',
    caFile: first('CODEAGENT_CA_FILE'),
  };
}

/** The environment that {@link networkFromEnvironment} reads; other programs understand its proxies too. */
export function networkEnvironment(network: Network): Record<string, string> {
  const env: Record<string, string> = {};
  const both = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') env[name] = env[name.toLowerCase()] = value;
  };
  both('HTTP_PROXY', withCredentials(network.httpProxy, network.proxyAuthorization));
  both('HTTPS_PROXY', withCredentials(network.httpsProxy, network.proxyAuthorization));
  both('NO_PROXY', network.noProxy?.join(','));
  if (network.proxyAuthorization) env['CODEAGENT_PROXY_AUTHORIZATION'] = network.proxyAuthorization;
  if (network.proxyStrictSsl === false) env['CODEAGENT_PROXY_STRICT_SSL'] = '0';
  if (network.caFile !== undefined) env['CODEAGENT_CA_FILE'] = network.caFile;
  return env;
}

/** Other programs accept credentials in the URL only. */
function withCredentials(proxy: string | undefined, authorization: string | undefined): string | undefined {
  const basic = /^basic +([\w+/=]+)$/i.exec(authorization ?? '')?.[1];
  if (proxy === undefined || basic === undefined) return proxy;
  const url = parseProxy(proxy);
  const [user = '', ...password] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return url.href;
}

/**
 * The proxy for a URL; undefined for a direct connection.
 * @throws CodedError PROXY when the setting is not a usable proxy
 */
export function proxyFor(target: URL, network: Network): URL | undefined {
  const proxy = target.protocol === 'https:' ? network.httpsProxy : network.httpProxy;
  if (proxy === undefined || bypasses(target, network.noProxy ?? [])) return undefined;
  return parseProxy(proxy);
}

/** A proxy without its credentials, for display. */
export function shownProxy(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

function parseProxy(text: string): URL {
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url;
  // Anything before the last @ may be a password.
  const shown = whole.replace(/\/\/.*@/, '//');
  throw new CodedError('PROXY', `the proxy is set to "${shown}", which is not an http or https URL`);
}

function bypasses({ hostname, port, protocol }: URL, noProxy: readonly string[]): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return noProxy.some((entry) => {
    if (entry === '*') return true;
    const [, bracketed, plain = '', onlyPort] = /^(?:\[([^\]]+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
    if (onlyPort !== undefined && onlyPort !== ownPort) return false;
    const name = (bracketed ?? plain).toLowerCase().replace(/^\*?\./, '');
    if (name === '') return false;
    const [address = '', bits] = name.split('/');
    if (isIP(host) !== 0) return isIP(address) === isIP(host) && inRange(host, address, bits);
    return host === name || host.endsWith(`.${name}`);
  });
}

function inRange(host: string, address: string, bits: string | undefined): boolean {
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  const length = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > most) return false;
  const list = new BlockList();
  list.addSubnet(address, length, family);
  return list.check(host, family);
}
