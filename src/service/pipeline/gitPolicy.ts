import { ApiError } from '../errors/apiError';
import { addressesOf, isPublicAddress } from '../../base/publicAddress';
import { networkFromEnvironment, proxyFor } from '../../base/network';
import { isListed } from './allowList';
import { parseGitUrl, type GitUrl } from './gitUrl';

export interface GitPolicyOptions {
  readonly allowFileUrls: boolean;
  /** Whether hosts at private, loopback or link-local addresses must be on the allow list: for servers. */
  readonly publicOnly: boolean;
  readonly allowList: () => Promise<readonly string[]>;
}

/** A repository that may be cloned. */
export interface AllowedGitUrl extends GitUrl {
  /**
   * The IP addresses of its host that were found to be public. Git must connect to one of them, since the name may resolve differently next
   * time. Empty if the address does not matter, and for a name that only the proxy can resolve.
   */
  readonly addresses: readonly string[];
}

/** Which repositories may be cloned. */
export class GitPolicy {
  constructor(private readonly options: GitPolicyOptions) {}

  /** Checks a URL to clone. @throws ApiError INVALID_INPUT, FORBIDDEN */
  async check(text: string): Promise<AllowedGitUrl> {
    const { allowFileUrls, publicOnly, allowList } = this.options;
    const hosts = await allowList();
    const git = parseGitUrl(text, { allowFileUrls, hosts });
    if (!publicOnly || git.transport === 'file' || isListed(new URL(git.url), hosts)) return { ...git, addresses: [] };
    const addresses = await addressesOf(git.host);
    const refused = (why: string) =>
      new ApiError('FORBIDDEN', `${git.host} ${why}. To clone from it, add it to the service's allow_list.`);
    if (!addresses.every(isPublicAddress)) throw refused('is not at a public address');
    // Git might resolve what we could not: another resolver, a host in the ssh configuration, a name that was just registered.
    if (addresses.length === 0 && !usesProxy(git.url))
      throw refused('cannot be resolved, so it may not be at a public address');
    return { ...git, addresses };
  }
}

/** Whether git uses a proxy for this URL, which then resolves the name. Ssh uses none. */
function usesProxy(url: string): boolean {
  const target = new URL(url);
  return target.protocol === 'https:' && proxyFor(target, networkFromEnvironment()) !== undefined;
}
