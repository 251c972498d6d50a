import { ApiError } from '../errors/apiError';
import { addressesOf, isPublicAddress } from '../../base/publicAddress';
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
   * The public IP addresses of its host. Git must connect to one of them, since the name may resolve differently later. Undefined if the
   * address does not matter or the name could not be resolved here.
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
    if (!addresses.every(isPublicAddress))
      throw new ApiError(
        'FORBIDDEN',
        `${git.host} is not at a public address. To clone from it, add it to the service's allow_list.`,
      );
    return { ...git, addresses };
  }
}
