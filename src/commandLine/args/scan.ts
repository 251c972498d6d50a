import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serviceUrl } from '../../base/serviceUrl';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import { type Severity, severity } from '../../protocol';
import {
  guarded,
  list,
  oneOf,
  type OsvArgs,
  osvArgs,
  osvOptions,
  type OutputFormat,
  outputFormats,
  type ReportFile,
  reportFiles,
  rulePacksOf,
  rulesOption,
  usageError,
  wholeNumber,
} from './options';

export interface ScanArgs {
  command: 'scan';
  path: string;
  git: string | undefined;
  ref: string | undefined;
  /** What --changed compares with: a commit or branch. */
  changed: string | undefined;
  /** What --new-since names: the files and findings of its merge base with HEAD are left out. */
  newSince: string | undefined;
  /** Whether --changed also reports findings that already existed. */
  includeKnown: boolean;
  /** The commits to search for keys instead of the files: a range in git's syntax, or `all` refs. */
  history: { readonly range: string | undefined } | undefined;
  server: string | undefined;
  analyzers: string[] | undefined;
  /** The file with the settings for external tools. */
  tools: string | undefined;
  osv: OsvArgs;
  /** The folder for cached results; undefined: the user's cache folder. */
  cache: string | undefined;
  /** Folders with rules and models. */
  rulePacks: readonly RulePackFolder[];
  include: string[] | undefined;
  exclude: string[] | undefined;
  timeoutSec: number | undefined;
  format: OutputFormat;
  output: string | undefined;
  /** More reports of the same scan. */
  reports: readonly ReportFile[];
  progress: 'auto' | 'plain' | 'json' | 'none';
  /** Undefined: the configuration's value, or never. */
  failOn: Severity | 'never' | undefined;
  /** Whether gaps in the coverage are a failure, even if the configuration does not say so. */
  strict: boolean;
  /** The configuration to use instead of the folder's; false to use none and ignore all other decisions. */
  config: string | false | undefined;
}

export interface KnownArgs {
  command: 'known';
  /** The options of a scan with --new-since. */
  scan: ScanArgs;
}

/** Options whose value is optional, which parseArgs does not support, with their default values. */
export const optionalValues: ReadonlyMap<string, string> = new Map([
  ['--changed', 'HEAD'],
  ['--history', ''],
]);

/**
 * Inserts the default value of such an option if another option follows, or something that can only be a path: no commit's name starts with
 * '/', './' or '../'.
 */
function withValues(argv: readonly string[]): string[] {
  return argv.flatMap((arg, index) => {
    const [value, next] = [optionalValues.get(arg), argv[index + 1]];
    return value !== undefined && (next === undefined || /^-|^\/|^\.{1,2}(?:\/|$)/.test(next))
      ? [`${arg}=${value}`]
      : [arg];
  });
}

export function scanArgs(argv: readonly string[]): ScanArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: withValues(argv),
      allowPositionals: true,
      options: {
        git: { type: 'string' },
        ref: { type: 'string' },
        changed: { type: 'string' },
        'new-since': { type: 'string' },
        'include-known': { type: 'boolean', default: false },
        history: { type: 'string' },
        cache: { type: 'string' },
        server: { type: 'string' },
        analyzers: { type: 'string' },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
        include: { type: 'string' },
        exclude: { type: 'string' },
        timeout: { type: 'string' },
        format: { type: 'string', default: 'text' },
        output: { type: 'string' },
        report: { type: 'string', multiple: true, default: [] },
        progress: { type: 'string', default: 'auto' },
        'fail-on': { type: 'string' },
        strict: { type: 'boolean', default: false },
        config: { type: 'string' },
        'no-config': { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`Expected one folder, not ${positionals.length}.`);
  if (values.config !== undefined && values['no-config'])
    throw usageError('Specify --config or --no-config, not both.');
  if (values.git !== undefined && positionals.length > 0) throw usageError('Specify a folder or --git, not both.');
  if (values.ref !== undefined && values.git === undefined) throw usageError('--ref requires --git.');
  if (values.git !== undefined && values.changed !== undefined)
    throw usageError('--changed cannot be used with --git.');
  const newSince = values['new-since'];
  if (
    newSince !== undefined &&
    (values.git !== undefined || values.server !== undefined || values.changed !== undefined)
  )
    throw usageError('--new-since cannot be used with --git, --server or --changed.');
  const others = ['git', 'changed', 'new-since', 'server', 'analyzers', 'tools'] as const;
  const other = others.find((name) => values[name] !== undefined);
  if (values.history !== undefined && other !== undefined)
    throw usageError(`--history cannot be used with --${other}.`);
  if (values['include-known'] && values.changed === undefined) throw usageError('--include-known requires --changed.');
  if (values.server !== undefined && values.tools !== undefined)
    throw usageError('--tools cannot be used with --server.');
  if (values.server !== undefined && values.rules !== undefined)
    throw usageError(
      '--rules cannot be used with --server: a server uses its own rules and those of the scanned folder.',
    );
  const osv = osvArgs(values);
  if (values.server !== undefined && Object.keys(osv).length > 0)
    throw usageError('--osv-url, --osv-database and --no-osv cannot be used with --server.');
  const server = values.server === undefined ? undefined : serviceUrl(values.server);
  if (values.server !== undefined && server === undefined) {
    throw usageError('--server must be an http or https URL without a password or a query.');
  }
  return {
    command: 'scan',
    path: resolve(positionals[0] ?? '.'),
    git: values.git,
    ref: values.ref,
    changed: values.changed,
    newSince,
    includeKnown: values['include-known'],
    history: values.history === undefined ? undefined : { range: values.history === '' ? undefined : values.history },
    server,
    analyzers: list(values.analyzers),
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv,
    cache: values.cache === undefined ? undefined : resolve(values.cache),
    include: list(values.include),
    exclude: list(values.exclude),
    timeoutSec: values.timeout === undefined ? undefined : wholeNumber('timeout', values.timeout, 1, 86_400),
    format: oneOf('format', values.format, outputFormats),
    output: values.output,
    reports: reportFiles(values.report, values.output),
    progress: oneOf('progress', values.progress, ['auto', 'plain', 'json', 'none'] as const),
    failOn:
      values['fail-on'] === undefined
        ? undefined
        : oneOf('fail-on', values['fail-on'], [...severity.options, 'never'] as const),
    strict: values.strict,
    config: values['no-config'] ? false : values.config === undefined ? undefined : resolve(values.config),
  };
}
