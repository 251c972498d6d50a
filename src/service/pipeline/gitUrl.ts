import { ApiError } from '../errors/apiError';
import { isListed } from './allowList';

/** A git URL that may be cloned. */
export interface GitUrl {
  /** As passed to git. */
  readonly url: string;
  /** For display: without user and password. */
  readonly shown: string;
  /** The repository's name. */
  readonly label: string;
  readonly host: string;
  readonly transport: 'https' | 'ssh' | 'file';
}

export interface GitUrlRules {
  readonly allowFileUrls: boolean;
  /** Hosts or URLs that may be cloned from; empty for any. */
  readonly hosts: readonly string[];
}

/**
 * Parses a URL to clone: https and ssh (also as git@host:path), and file only if the service allows it.
 * @throws ApiError INVALID_INPUT, FORBIDDEN
 */
export function parseGitUrl(text: string, rules: GitUrlRules): GitUrl {
  // Reject anything that git could take for an option or a shell for more than one word.
  if (/[\p{Cc}\s\\]/u.test(text) || text.startsWith('-')) throw invalid();
  const short = /^(?:([\w.-]+)@)?([\w][\w.-]*):(?!\/\/)([^-][\s\S]*)$/.exec(text);
  const url = parse(short ? `ssh://${short[1] ?? 'git'}@${short[2] ?? ''}/${short[3] ?? ''}` : text);
  // The DNS root; programs disagree on whether it makes a different host.
  url.hostname = url.hostname.replace(/\.$/, '');
  const transport = url.protocol.slice(0, -1);
  if (transport === 'http')
    throw new ApiError('INVALID_INPUT', 'Repositories can be cloned over https or ssh, not http.');
  if (transport !== 'https' && transport !== 'ssh' && transport !== 'file') throw invalid();
  if (transport === 'file' && !rules.allowFileUrls)
    throw new ApiError('FORBIDDEN', 'This service does not clone file URLs.');
  if (transport !== 'file' && !/^[\w[][\w.:[\]-]*$/.test(url.hostname)) throw invalid();
  if (/^-/.test(decoded(url.username)) || url.pathname.length < 2 || /^\/+-/.test(url.pathname)) throw invalid();
  const { hostname } = url;
  if (transport !== 'file' && rules.hosts.length > 0 && !isListed(url, rules.hosts))
    throw new ApiError('FORBIDDEN', `This service may not clone from ${hostname}.`);
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.search = '';
  bare.hash = '';
  const label =
    decoded(url.pathname)
      .split('/')
      .filter(Boolean)
      .pop()
      ?.replace(/\.git$/, '') ?? hostname;
  return { url: url.href, shown: bare.href, label: label || hostname, host: hostname, transport };
}

/** Validates a branch, tag or commit name by git's own rules. @throws ApiError INVALID_INPUT */
export function checkRef(ref: string): void {
  if (!/^[\w][\w./@+-]*$/.test(ref) || /\.\.|@\{|\/\/|\.lock$|[./]$/.test(ref))
    throw new ApiError('INVALID_INPUT', 'ref: not the name of a branch or tag.');
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw invalid();
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid();
  }
}

function invalid(): ApiError {
  return new ApiError('INVALID_INPUT', 'github_url: not the https or ssh URL of a git repository.');
}
