import { ApiError } from '../../base/apiError';
import { isPrivateHost } from '../../base/publicAddress';
import { isListed } from '../../sources/allowList';
import { parseGitUrl, type GitUrl } from '../../sources/gitUrl';

export interface GitPolicyOptions {
  readonly allowFileUrls: boolean;
  /** Whether a host at a private, loopback or link-local address is refused unless the allow list names it: for servers. */
  readonly publicOnly: boolean;
  readonly allowList: () => Promise<readonly string[]>;
}

/** Which repositories may be cloned. */
export class GitPolicy {
  constructor(private readonly options: GitPolicyOptions) {}

  /** Reads a URL that is to be cloned. @throws ApiError INVALID_INPUT, FORBIDDEN */
  async check(text: string): Promise<GitUrl> {
    const { allowFileUrls, publicOnly, allowList } = this.options;
    const hosts = await allowList();
    const git = parseGitUrl(text, { allowFileUrls, hosts });
    if (!publicOnly || git.transport === 'file' || isListed(new URL(git.url), hosts)) return git;
    if (await isPrivateHost(git.host))
      throw new ApiError(
        'FORBIDDEN',
        `${git.host} is not at a public address. To clone from it, name it in the service's allow_list.`,
      );
    return git;
  }
}
