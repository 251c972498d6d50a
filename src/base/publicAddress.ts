import { lookup, promises as dns } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { CodedError } from './errors';

/**
 * IPv4 addresses that lead nowhere or into the local network: "this" network, private, carrier-grade NAT, loopback, link-local (where clouds keep their
 * credentials), protocols, documentation, benchmarks, multicast, reserved (RFC 6890).
 */
const privateV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

const blocked = new BlockList();
/** Routable IPv6 addresses: global unicast, and the NAT64 and mapped forms of IPv4 addresses. */
const routed = new BlockList();
routed.addSubnet('2000::', 3, 'ipv6');
for (const prefix of ['64:ff9b::', '::ffff:']) {
  routed.addSubnet(`${prefix}0.0.0.0`, 96, 'ipv6');
  for (const [address, bits] of privateV4) blocked.addSubnet(`${prefix}${address}`, 96 + bits, 'ipv6');
}
for (const [address, bits] of privateV4) blocked.addSubnet(address, bits, 'ipv4');
// Protocols (including Teredo), documentation, and 6to4, which embeds any IPv4 address.
blocked.addSubnet('2001::', 23, 'ipv6');
blocked.addSubnet('2001:db8::', 32, 'ipv6');
blocked.addSubnet('2002::', 16, 'ipv6');
blocked.addSubnet('3fff::', 20, 'ipv6');

/** Whether an IP address belongs to the public internet: not private, loopback, link-local or otherwise special. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 4) return !blocked.check(bare, 'ipv4');
  return version === 6 && routed.check(bare, 'ipv6') && !blocked.check(bare, 'ipv6');
}

/**
 * The IP addresses of a host.
 * @param host a name or an IP address, as `URL.hostname` has it
 * @returns none for a name that cannot be resolved
 */
export async function addressesOf(host: string): Promise<string[]> {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return [bare];
  try {
    return (await dns.lookup(bare, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

/**
 * Whether any of a host's addresses is not public.
 * @param host a name or an IP address, as `URL.hostname` has it
 * @returns false also for a name that cannot be resolved, since nothing can connect to it either
 */
export async function isPrivateHost(host: string): Promise<boolean> {
  return (await addressesOf(host)).some((address) => !isPublicAddress(address));
}

/** The error for a connection that was refused because its address is not public. */
export function privateHostError(host: string): CodedError<'PRIVATE_ADDRESS'> {
  return new CodedError('PRIVATE_ADDRESS', `${host} is not at a public address`);
}

/**
 * `dns.lookup` for `net.connect` and whatever takes its options (undici's `connect`). It returns public addresses only, so the checked address is
 * the one that is connected to, even if the name changes a moment later. It is not called for hosts that are IP addresses: see {@link isPrivateHost}.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, []);
      return;
    }
    const [first] = addresses;
    if (!first || !addresses.every(({ address }) => isPublicAddress(address))) callback(privateHostError(hostname), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
