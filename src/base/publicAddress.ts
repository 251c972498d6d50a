import { lookup, promises as dns } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { CodedError } from './errors';

/**
 * IPv4 addresses that lead nowhere or into one's own network: "this" network, private, shared by a provider, loopback, link-local (where clouds keep their
 * credentials), for protocols, documentation and benchmarks, multicast, reserved (RFC 6890).
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
/** The IPv6 addresses that lead anywhere: global unicast, and NAT64's and mapped forms of IPv4 addresses. */
const routed = new BlockList();
routed.addSubnet('2000::', 3, 'ipv6');
for (const prefix of ['64:ff9b::', '::ffff:']) {
  routed.addSubnet(`${prefix}0.0.0.0`, 96, 'ipv6');
  for (const [address, bits] of privateV4) blocked.addSubnet(`${prefix}${address}`, 96 + bits, 'ipv6');
}
for (const [address, bits] of privateV4) blocked.addSubnet(address, bits, 'ipv4');
// Protocols (Teredo among them), documentation, and 6to4, which holds any IPv4 address.
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
 * @returns none for a name that cannot be looked up
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
 * Whether a host is known to be at an address that is not public, or at one that is and one that is not.
 * @param host a name or an IP address, as `URL.hostname` has it
 * @returns false as well for a name that cannot be looked up: nobody can connect to it either
 */
export async function isPrivateHost(host: string): Promise<boolean> {
  return (await addressesOf(host)).some((address) => !isPublicAddress(address));
}

/** A connection that was refused since it would have gone to an address that is not public. */
export function privateHostError(host: string): CodedError<'PRIVATE_ADDRESS'> {
  return new CodedError('PRIVATE_ADDRESS', `${host} is not at a public address`);
}

/**
 * `dns.lookup` for `net.connect` and whatever takes its options (undici's `connect`): it gives public addresses only, so that the address that was checked is
 * the one that is connected to, whatever the name says a moment later. It is not asked about a host that is an IP address: see {@link isPrivateHost}.
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
