import { ApiError } from '../errors/apiError';
import { addressesOf, isPublicAddress } from '../../base/publicAddress';
import { isListed } from './allowList';
import { parseGitUrl, type GitUrl } from './gitUrl';

export interface GitPolicyOptions {
  readonly allowFileUrls: boolean;
  /** Whether a host at a private, loopback or link-local address is refused unless the allow list names it: for servers. */
  readonly publicOnly: boolean;
  readonly allowList: () => Promise<readonly string[]>;
}

/** A repository that may be cloned. */
export interface AllowedGitUrl extends GitUrl {
  /**
   * The IP addresses of its host that were found to be public. Git must connect to one of them: asked again, the name may lead elsewhere. None where the
   * address does not matter, and for a name that could not be looked up here.
   */
  readonly addresses: readonly string[];
}

/** Which repositories may be cloned. */
export class GitPolicy {
  constructor(private readonly options: GitPolicyOptions) {}

  /** Reads a URL that is to be cloned. @throws ApiError INVALID_INPUT, FORBIDDEN */
  async check(text: string): Promise<AllowedGitUrl> {
    const { allowFileUrls, publicOnly, allowList } = this.options;
    const hosts = await allowList();
    const git = parseGitUrl(text, { allowFileUrls, hosts });
    if (!publicOnly || git.transport === 'file' || isListed(new URL(git.url), hosts)) return { ...git, addresses: [] };
    const addresses = await addressesOf(git.host);
    if (!addresses.every(isPublicAddress))
      throw new ApiError(
        'FORBIDDEN',
        `${git.host} is not at a public address. To clone from it, name it in the service's allow_list.`,
      );
    return { ...git, addresses };
  }
}
