import { devNull } from 'node:os';

/**
 * The environment git gets: nothing of ours but what finds programs and ssh keys, no configuration but the repository's own, never a question
 * on a terminal, and no transport other than the given ones.
 */
export function gitEnvironment(transports: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: transports.length > 0 ? transports.join(':') : 'none',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20',
    LC_ALL: 'C',
  };
  for (const name of [
    'PATH',
    'Path',
    'HOME',
    'USERPROFILE',
    'SYSTEMROOT',
    'SSH_AUTH_SOCK',
    'TMPDIR',
    'TEMP',
    'TMP',
    'https_proxy',
    'HTTPS_PROXY',
    'no_proxy',
    'NO_PROXY',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
  ]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Settings that override a repository's own: no program it names is ever started. */
export const safeGitSettings: readonly string[] = [
  'core.fsmonitor=false',
  `core.hooksPath=${devNull}`,
  'core.pager=cat',
  'core.quotePath=false',
  'credential.helper=',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
];

/** {@link safeGitSettings} as arguments. */
export const safeGitArguments: readonly string[] = safeGitSettings.flatMap((setting) => ['-c', setting]);
