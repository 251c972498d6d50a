import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import {
  clusterFile,
  guarded,
  hostName,
  type OsvArgs,
  osvArgs,
  osvOptions,
  rulePacksOf,
  rulesOption,
  usageError,
  wholeNumber,
} from './options';

export interface ServeArgs {
  command: 'serve';
  /** The cluster's configuration file; `-` for environment variables only, undefined for a local folder. */
  cluster: string | undefined;
  host: string;
  port: number;
  storage: string | undefined;
  roots: string[];
  auth: boolean;
  allowHosts: string[];
  allowOrigins: string[];
  allowPrivateWebhooks: boolean;
  allowFileUrls: boolean;
  /** The file with the settings for external tools. */
  tools: string | undefined;
  osv: OsvArgs;
  /** Folders with rules and models. */
  rulePacks: readonly RulePackFolder[];
}

export function serveArgs(argv: readonly string[]): ServeArgs {
  const { values } = guarded(() =>
    parseArgs({
      args: [...argv],
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '0' },
        storage: { type: 'string' },
        cluster: { type: 'string' },
        root: { type: 'string', multiple: true, default: [] },
        'no-auth': { type: 'boolean', default: false },
        'allow-host': { type: 'string', multiple: true, default: [] },
        'allow-origin': { type: 'string', multiple: true, default: [] },
        'allow-private-webhooks': { type: 'boolean', default: false },
        'allow-file-urls': { type: 'boolean', default: false },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
      },
    }),
  );
  const osv = osvArgs(values);
  if (values.cluster !== undefined && values.storage !== undefined)
    throw usageError('Specify --storage or --cluster, not both.');
  return {
    command: 'serve',
    cluster: values.cluster === undefined ? undefined : clusterFile(values.cluster),
    host: values.host,
    port: wholeNumber('port', values.port, 0, 65_535),
    storage: values.storage === undefined ? undefined : resolve(values.storage),
    roots: values.root.map((root) => resolve(root)),
    auth: !values['no-auth'],
    allowHosts: values['allow-host'].map(hostName),
    allowOrigins: values['allow-origin'],
    allowPrivateWebhooks: values['allow-private-webhooks'],
    allowFileUrls: values['allow-file-urls'],
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv,
  };
}
