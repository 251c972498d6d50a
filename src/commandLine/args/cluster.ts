import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import { type Scope, scopes as allScopes } from '../../service/ports/access';
import {
  clusterFile,
  guarded,
  hostName,
  list,
  oneOf,
  type OsvArgs,
  osvArgs,
  osvOptions,
  rulePacksOf,
  rulesOption,
  usageError,
  wholeNumber,
} from './options';

export interface WorkerArgs {
  command: 'worker';
  cluster: string;
  /** Where to serve its health and metrics; undefined for nowhere. */
  listen: { host: string; port: number; allowHosts: string[] } | undefined;
  roots: string[];
  allowFileUrls: boolean;
  tools: string | undefined;
  rulePacks: RulePackFolder[];
  osv: OsvArgs;
}

export interface MigrateArgs {
  command: 'migrate';
  cluster: string;
}

export type TokenArgs = { command: 'token'; cluster: string } & (
  | { does: 'create'; name: string; scopes: Scope[] }
  | { does: 'list' }
  | { does: 'revoke'; name: string }
);

export function workerArgs(argv: readonly string[]): WorkerArgs {
  const { values } = guarded(() =>
    parseArgs({
      args: [...argv],
      options: {
        cluster: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string' },
        'allow-host': { type: 'string', multiple: true, default: [] },
        root: { type: 'string', multiple: true, default: [] },
        'allow-file-urls': { type: 'boolean', default: false },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
      },
    }),
  );
  const { host, port } = values;
  const allowHosts = values['allow-host'].map(hostName);
  if (port === undefined && (host !== '127.0.0.1' || allowHosts.length > 0))
    throw usageError('--host and --allow-host are only for a worker with --port.');
  return {
    command: 'worker',
    cluster: clusterFile(values.cluster),
    listen: port === undefined ? undefined : { host, port: wholeNumber('port', port, 0, 65_535), allowHosts },
    roots: values.root.map((root) => resolve(root)),
    allowFileUrls: values['allow-file-urls'],
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv: osvArgs(values),
  };
}

export function migrateArgs(argv: readonly string[]): MigrateArgs {
  const { values } = guarded(() => parseArgs({ args: [...argv], options: { cluster: { type: 'string' } } }));
  return { command: 'migrate', cluster: clusterFile(values.cluster) };
}

export function tokenArgs(argv: readonly string[]): TokenArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { cluster: { type: 'string' }, scopes: { type: 'string' } },
    }),
  );
  const [does, name, ...others] = positionals;
  if (others.length > 0) throw usageError(`Expected one name, not ${others.length + 1}.`);
  const base = { command: 'token', cluster: clusterFile(values.cluster) } as const;
  if (values.scopes !== undefined && does !== 'create') throw usageError('--scopes is only for "token create".');
  if (does === 'list' && name === undefined) return { ...base, does };
  if ((does !== 'create' && does !== 'revoke') || name === undefined)
    throw usageError('Use "token create NAME --scopes SCOPES", "token list" or "token revoke NAME".');
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw usageError(`A token's name has up to 64 letters, digits, dots, dashes, underscores and @, not "${name}".`);
  if (does === 'revoke') return { ...base, does, name };
  const scopes = list(values.scopes)?.map((scope) => oneOf('scopes', scope, allScopes));
  if (!scopes) throw usageError('--scopes is missing; for example, --scopes read,submit.');
  return { ...base, does, name, scopes: [...new Set(scopes)] };
}
