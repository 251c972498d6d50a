import { devNull } from 'node:os';
import { proxyEnvironment } from '../../base/http';
import { nodeEnv } from '../../base/process';

/** A git setting, as for `-c`. */
export type Setting = readonly [key: string, value: string];

export interface GitEnvironment {
  /**
   * `user`: the machine's and the user's configuration applies, as in a terminal: safe.directory, excludesFile. Only for calls that start no program
   * named in a configuration. `none`: only the settings given here.
   */
  readonly configuration: 'user' | 'none';
  /** Allowed transports; empty for none. */
  readonly transports: readonly string[];
  /** Override all configuration. They may contain credentials, since the environment of a process is private. */
  readonly settings: readonly Setting[];
  /** Options of ssh, as `-o` takes them, without quotation marks. */
  readonly ssh?: readonly string[];
  /** Git reports HTTP headers on stderr, with credentials masked. */
  readonly traceHeaders?: boolean;
}

/** Settings that override a repository's own, so that no program, hook or helper that it names is ever started. */
const hardening: readonly Setting[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', devNull],
  ['core.quotePath', 'false'],
  ['core.longPaths', 'true'],
  ['credential.helper', ''],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  // Do not treat a folder in the tree as a bare repository, since its configuration could name programs.
  ['safe.bareRepository', 'explicit'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];

const sshOptions = ['BatchMode=yes', 'ConnectTimeout=20', 'ServerAliveInterval=15', 'ServerAliveCountMax=3'];

/** Kept in addition to the minimal environment: keys, the user's name for ssh, proxies, and certificates. */
const kept = ['SSH_AUTH_SOCK', 'USER', 'LOGNAME', 'SSL_CERT_DIR', 'ALL_PROXY', 'all_proxy'];
const keptCertificates = ['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_PROXY_SSL_CAINFO'];
const keptConfiguration = ['XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'];

/** git's environment, in addition to the minimal one: no prompts, and only the given transports. */
export function gitEnvironment(call: GitEnvironment): Record<string, string> {
  const { configuration, transports, settings, traceHeaders, ssh = [] } = call;
  const user = configuration === 'user';
  const names = [...kept, ...keptCertificates, ...(user ? keptConfiguration : [])];
  const inherited = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // Later ones take precedence.
  const all = [...(user ? safeDirectories() : []), ...hardening, ...settings];
  return {
    ...nodeEnv(),
    ...proxyEnvironment(),
    ...Object.fromEntries(inherited),
    ...(!user && { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull, GIT_ATTR_NOSYSTEM: '1' }),
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(all.map(([key], index) => [`GIT_CONFIG_KEY_${index}`, key])),
    ...Object.fromEntries(all.map(([, value], index) => [`GIT_CONFIG_VALUE_${index}`, value])),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_SSH_COMMAND: ['ssh', ...[...sshOptions, ...ssh].map((option) => `-o '${option}'`)].join(' '),
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: transports.length > 0 ? transports.join(':') : 'none',
    ...(traceHeaders && { GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1' }),
    LC_ALL: 'C',
  };
}

/** The safe repositories from this process's own environment, which CI systems set. */
function safeDirectories(): Setting[] {
  const count = Number(process.env['GIT_CONFIG_COUNT']) || 0;
  return Array.from({ length: Math.min(count, 1_000) }, (_, index): Setting[] => {
    const key = process.env[`GIT_CONFIG_KEY_${index}`];
    const value = process.env[`GIT_CONFIG_VALUE_${index}`];
    return key?.toLowerCase() === 'safe.directory' && value !== undefined ? [[key, value]] : [];
  }).flat();
}
