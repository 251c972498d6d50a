import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { severities, severity, type OsvSettings, type Severity } from '../protocol';
import { CodedError, errorMessage } from '../base/errors';
import { baselineKinds, type BaselineKind } from '../findings/policy/baseline';
import { scopes as allScopes, type Scope } from '../service/ports/access';
import { serviceUrl } from '../base/serviceUrl';
import type { RulePackFolder } from '../findings/policy/ownFiles';
import { writerFormats, type WriterFormat } from '../findings/formats';

export const usage = `Usage:
  codeagent scan [PATH]           scan a folder (default .)
    --git URL [--ref R]           scan a repository instead
    --changed [BASE]              scan only files that differ from BASE (default HEAD), including untracked ones, and leave out findings that
                                  BASE has, too, unless --include-known is given
    --new-since REF               the same against the commit that REF and HEAD have in common
    --history [RANGE]             search git's history (all refs, or a range such as main..HEAD) for keys that were committed and removed
    --server URL                  use a scan service instead of scanning locally; token from $CODEAGENT_TOKEN
    --osv-url URL  --osv-database PATH ...  --no-osv    look up dependencies in a service, in a downloaded database, or not at all
    --tools FILE                  settings for external tools: paths, rules, custom tools (JSON; see the README)
    --rules DIR ...               folders with rules and models of your own, beside those in PATH/.codeagent (see docs/own-rules.md)
    --config FILE                 use this instead of PATH/.codeagent/config.json
    --no-config                   no configuration, no baseline, no comment counts
    --cache DIR                   keep what did not change for the next scan there (default: the user's cache folder)
    --analyzers a,b  --include GLOBS  --exclude GLOBS  --timeout SECONDS
    --format FORMAT   --output FILE   (default: text, on stdout); FORMAT: text, json, sarif, html, md, csv, junit, codeclimate, rdjson, comment (Markdown
                                  for a pull request), gitlab, or GitLab's three reports: gitlab-sast, gitlab-secrets, gitlab-dependencies
    --report FORMAT=FILE ...      more reports of the same scan
    --progress auto|plain|json|none    (on stderr; json: one Job per line on every change)
    --fail-on critical|high|medium|low|never   (default: the configuration's, else never; open findings only)
    --strict                      exit with code 4 if not everything could be scanned
  codeagent fix [PATH]            apply the fixes that findings offer; each file is scanned again, and a fix is taken back if its finding is still
                                  there, a new one has come, or the file no longer parses
    --rules a,b                   only fixes of these rules
    --dry-run                     write nothing; print a unified diff on stdout
    --unsafe                      also fixes that may change what correct code does
    --analyzers a,b  --include GLOBS  --exclude GLOBS  --timeout SECONDS  --tools FILE  --osv-url URL  --osv-database PATH ...  --no-osv
  codeagent baseline [PATH]       accept the open findings of a folder: write them to PATH/.codeagent/baseline.json
    --reason TEXT  --kind accepted|false-positive|fixed-elsewhere  --by NAME  --expires YYYY-MM-DD
    --prune                       add nothing; drop the entries that no finding matches any more, of analyzers that ran and files that were scanned
    --check                       change nothing; list the entries that have expired, and exit with code 1 if there are any
    --timeout SECONDS  --rules DIR ...  --tools FILE  --osv-url URL  --osv-database PATH ...  --no-osv
  codeagent convert FILE          convert a SARIF log from any tool, or a CodeAgent report
    --root DIR                    the folder that contains its files (default .)
    --format FORMAT   --output FILE   --report FORMAT=FILE ...   as with scan
    --fail-on critical|high|medium|low|never   (default never; open findings only)
    --strict                      exit with code 4 if there are gaps
  codeagent sbom [PATH]           list the packages that the lockfiles of a folder name, with their licenses as far as these say, without the network
    --format cyclonedx|spdx       CycloneDX 1.6 (default) or SPDX 2.3, as JSON   --output FILE   (default stdout)
    --include GLOBS  --exclude GLOBS
    --strict                      exit with code 4 if a lockfile could not be read
  codeagent mcp [--root DIR ...]  tools for AI agents, by the Model Context Protocol over stdio (default root: .)
    --no-config                   no configuration, no baseline, no comment counts: the code is not trusted
    --rules DIR ...  --tools FILE  --osv-url URL  --osv-database PATH ...  --no-osv
  codeagent serve [--host 127.0.0.1] [--port 0] [--storage DIR | --cluster FILE] [--root DIR ...] [--no-auth]
                  [--allow-host NAME ...] [--allow-origin ORIGIN ...] [--allow-private-webhooks] [--allow-file-urls]
                  [--rules DIR ...] [--tools FILE] [--osv-url URL] [--osv-database PATH ...] [--no-osv]
                                  --allow-host: a host name that a proxy uses for the service, with or without a port
                                  --allow-private-webhooks: allow webhooks at private, loopback and link-local addresses
                                  token from $CODEAGENT_TOKEN; prints one line on stdout when ready:
                                  {"event":"listening","url":"http://127.0.0.1:PORT"}
                                  --cluster: jobs are run by workers; FILE says where PostgreSQL, Redis and the blob store are ("-": $CODEAGENT_... alone);
                                  $CODEAGENT_TOKEN is then an admin's, beside the named tokens
  codeagent worker --cluster FILE [--root DIR ...] [--allow-file-urls] [--rules DIR ...] [--tools FILE] [--osv-url URL] [--osv-database PATH ...] [--no-osv]
                                  runs the jobs of a cluster; prints {"event":"working","id":"..."} when it takes jobs
  codeagent migrate --cluster FILE    makes or raises the schema of a cluster's database, and its bucket
  codeagent token create NAME --scopes read,submit,admin --cluster FILE    prints a new token, once
  codeagent token list --cluster FILE
  codeagent token revoke NAME --cluster FILE
  codeagent pack [PATH] --output FILE [--always] [--include GLOBS] [--exclude GLOBS] [--include-from LIST] [--no-config]
                                  tells, as one line of JSON, how a folder can go to a service: the pushed commit that it is at,
                                  or a zip, written to FILE, of what a scan would look at (--always: never the commit)
                                  --include-from: a file with more patterns, one a line
  codeagent known [PATH] --new-since REF [--tools FILE] [--no-config]
                                  tells, as one line of JSON, which files differ from the commit that REF and HEAD have in common, and what it has in them
  codeagent --help | --version
`;

export type OutputFormat = 'text' | WriterFormat;

/** A report in a file. */
export interface ReportFile {
  readonly format: OutputFormat;
  readonly file: string;
}

const outputFormats = ['text', ...writerFormats] as const;

export interface ScanArgs {
  command: 'scan';
  path: string;
  git: string | undefined;
  ref: string | undefined;
  /** What --changed compares with: a commit or branch. */
  changed: string | undefined;
  /** What --new-since names: the files and findings of its merge base with HEAD are left out. */
  newSince: string | undefined;
  /** Whether --changed reports findings that were there before, too. */
  includeKnown: boolean;
  /** The commits whose keys are searched for in place of the files': a range as git takes it, or `all` refs. */
  history: { readonly range: string | undefined } | undefined;
  server: string | undefined;
  analyzers: string[] | undefined;
  /** The file with the settings for external tools. */
  tools: string | undefined;
  osv: OsvArgs;
  /** The folder for what did not change between scans; undefined: the user's. */
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
  /** Undefined: what the configuration says, or never. */
  failOn: Severity | 'never' | undefined;
  /** Whether gaps in the coverage are a failure, also if the configuration does not say so. */
  strict: boolean;
  /** The configuration in place of the folder's; false for none, and no other decision. */
  config: string | false | undefined;
}

/** How the command line configures the dependency lookup. */
type OsvArgs = Partial<OsvSettings>;

export interface FixArgs {
  command: 'fix';
  path: string;
  /** Ids of rules; undefined: all. */
  rules: string[] | undefined;
  dryRun: boolean;
  unsafe: boolean;
  analyzers: string[] | undefined;
  include: string[] | undefined;
  exclude: string[] | undefined;
  timeoutSec: number | undefined;
  /** The file with the settings of external tools. */
  tools: string | undefined;
  osv: OsvArgs;
}

export interface BaselineArgs {
  command: 'baseline';
  path: string;
  does: 'add' | 'prune' | 'check';
  reason: string | undefined;
  kind: BaselineKind | undefined;
  by: string | undefined;
  expires: string | undefined;
  timeoutSec: number | undefined;
  /** The file with the settings of external tools. */
  tools: string | undefined;
  osv: OsvArgs;
  /** Folders with rules and models. */
  rulePacks: readonly RulePackFolder[];
}

export interface ConvertArgs {
  command: 'convert';
  file: string;
  root: string;
  format: OutputFormat;
  output: string | undefined;
  reports: readonly ReportFile[];
  failOn: Severity | 'never';
  strict: boolean;
}

export interface SbomArgs {
  command: 'sbom';
  path: string;
  format: 'cyclonedx' | 'spdx';
  output: string | undefined;
  include: string[] | undefined;
  exclude: string[] | undefined;
  strict: boolean;
}

export interface McpArgs {
  command: 'mcp';
  /** Folders that agents may ask about; the first is that of relative paths. */
  roots: string[];
  /** Whether what is decided in the roots counts. */
  config: boolean;
  tools: string | undefined;
  osv: OsvArgs;
  /** Folders with rules and models. */
  rulePacks: readonly RulePackFolder[];
}

export interface ServeArgs {
  command: 'serve';
  /** The file of a cluster; `-` for the environment alone, undefined for a folder. */
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

export interface PackArgs {
  command: 'pack';
  path: string;
  output: string;
  always: boolean;
  include: string[];
  /** A file with more of them, one a line. */
  includeFrom: string | undefined;
  exclude: string[];
  /** Whether the folder's configuration says what is left out, too. */
  config: boolean;
}

export interface WorkerArgs {
  command: 'worker';
  cluster: string;
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

export interface KnownArgs {
  command: 'known';
  /** As of a scan with --new-since. */
  scan: ScanArgs;
}

export type Args =
  | ScanArgs
  | FixArgs
  | BaselineArgs
  | ConvertArgs
  | SbomArgs
  | McpArgs
  | PackArgs
  | KnownArgs
  | ServeArgs
  | WorkerArgs
  | MigrateArgs
  | TokenArgs
  | { command: 'help' }
  | { command: 'version' };

/**
 * Parses the command line.
 * @param argv without node and the script
 * @throws CodedError USAGE that says what is wrong
 */
export function parseCommandLine(argv: readonly string[]): Args {
  const [command, ...rest] = argv;
  if (command === undefined) throw usageError('No command given.');
  if (command === '--help' || command === '-h' || command === 'help' || rest.includes('--help') || rest.includes('-h'))
    return { command: 'help' };
  if (command === '--version' || command === '-v') return { command: 'version' };
  if (command === 'scan') return scanArgs(rest);
  if (command === 'fix') return fixArgs(rest);
  if (command === 'baseline') return baselineArgs(rest);
  if (command === 'convert') return convertArgs(rest);
  if (command === 'sbom') return sbomArgs(rest);
  if (command === 'mcp') return mcpArgs(rest);
  if (command === 'serve') return serveArgs(rest);
  if (command === 'worker') return workerArgs(rest);
  if (command === 'migrate') return migrateArgs(rest);
  if (command === 'token') return tokenArgs(rest);
  if (command === 'pack') return packArgs(rest);
  if (command === 'known') return { command, scan: scanArgs(rest) };
  throw usageError(`Unknown command "${command}".`);
}

function usageError(message: string): CodedError<'USAGE'> {
  return new CodedError('USAGE', `${message} Run "codeagent --help" for usage.`);
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw usageError(errorMessage(error).replace(/\. To specify.*/s, '.'));
  }
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw usageError(`--${option} must be one of ${allowed.join(', ')}, not "${value}".`);
  return found;
}

function whole(option: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!(number >= min && number <= max))
    throw usageError(`--${option} must be a whole number from ${min} to ${max}, not "${value}".`);
  return number;
}

function list(value: string | undefined): string[] | undefined {
  const parts = value
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts && parts.length > 0 ? parts : undefined;
}

/** Options that may stand alone, which parseArgs does not support, with what they mean then. */
const alone: ReadonlyMap<string, string> = new Map([
  ['--changed', 'HEAD'],
  ['--history', ''],
]);

/** Inserts the value of such an option before what is another option, or can only be a path: no commit's name begins with '/', './' or '../'. */
function withValues(argv: readonly string[]): string[] {
  return argv.flatMap((arg, index) => {
    const [value, next] = [alone.get(arg), argv[index + 1]];
    return value !== undefined && (next === undefined || /^-|^\/|^\.{1,2}(?:\/|$)/.test(next))
      ? [`${arg}=${value}`]
      : [arg];
  });
}

/** The files of --report FORMAT=FILE, none of them twice. */
function reportFiles(values: readonly string[], output: string | undefined): ReportFile[] {
  const taken = new Set(output === undefined ? [] : [resolve(output)]);
  return values.map((value) => {
    const [, format, file] = /^([^=]*)=(.+)$/s.exec(value) ?? [];
    if (format === undefined || file === undefined)
      throw usageError(`--report must be FORMAT=FILE, such as sarif=report.sarif, not "${value}".`);
    if (taken.has(resolve(file))) throw usageError(`Two reports cannot be written to the same file, ${file}.`);
    taken.add(resolve(file));
    return { format: oneOf('report', format, outputFormats), file };
  });
}

const rulesOption = { rules: { type: 'string', multiple: true } } as const;

function rulePacksOf({ rules = [] }: { readonly rules?: string[] | undefined }): RulePackFolder[] {
  return rules.map((name) => ({ path: resolve(name), name }));
}

const osvOptions = {
  'osv-url': { type: 'string' },
  'osv-database': { type: 'string', multiple: true },
  'no-osv': { type: 'boolean' },
} as const;

function osvArgs(values: {
  readonly 'osv-url'?: string | undefined;
  readonly 'osv-database'?: string[] | undefined;
  readonly 'no-osv'?: boolean | undefined;
}): OsvArgs {
  const given = values['osv-url'];
  const url = given === undefined ? undefined : serviceUrl(given);
  if (given !== undefined && url === undefined)
    throw usageError('--osv-url must be an http or https URL without a password or a query.');
  const database = values['osv-database']?.map((path) => resolve(path));
  return {
    ...(url !== undefined && { url }),
    ...(database && { database }),
    ...(values['no-osv'] && { enabled: false }),
  };
}

function scanArgs(argv: readonly string[]): ScanArgs {
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
      '--rules cannot be used with --server: a server has its own rules, and those of the scanned folder.',
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
    timeoutSec: values.timeout === undefined ? undefined : whole('timeout', values.timeout, 1, 86_400),
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

function baselineArgs(argv: readonly string[]): BaselineArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        prune: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        reason: { type: 'string' },
        kind: { type: 'string' },
        by: { type: 'string' },
        expires: { type: 'string' },
        timeout: { type: 'string' },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`Expected one folder, not ${positionals.length}.`);
  const { prune, check, reason, by, expires } = values;
  if (prune && check) throw usageError('Specify --prune or --check, not both.');
  const entry = ['reason', 'kind', 'by', 'expires'] as const;
  if ((prune || check) && entry.some((name) => values[name] !== undefined))
    throw usageError(`--reason, --kind, --by and --expires cannot be used with --${prune ? 'prune' : 'check'}.`);
  if (expires !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(expires) || Number.isNaN(Date.parse(expires))))
    throw usageError(`--expires must be a date such as 2027-12-31, not "${expires}".`);
  return {
    command: 'baseline',
    path: resolve(positionals[0] ?? '.'),
    does: prune ? 'prune' : check ? 'check' : 'add',
    ...{ reason, by, expires },
    kind: values.kind === undefined ? undefined : oneOf('kind', values.kind, baselineKinds),
    timeoutSec: values.timeout === undefined ? undefined : whole('timeout', values.timeout, 1, 86_400),
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv: osvArgs(values),
  };
}

function fixArgs(argv: readonly string[]): FixArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rules: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        unsafe: { type: 'boolean', default: false },
        analyzers: { type: 'string' },
        include: { type: 'string' },
        exclude: { type: 'string' },
        timeout: { type: 'string' },
        tools: { type: 'string' },
        ...osvOptions,
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`One folder at a time, not ${positionals.length}.`);
  return {
    command: 'fix',
    path: resolve(positionals[0] ?? '.'),
    rules: list(values.rules),
    dryRun: values['dry-run'],
    unsafe: values.unsafe,
    analyzers: list(values.analyzers),
    include: list(values.include),
    exclude: list(values.exclude),
    timeoutSec: values.timeout === undefined ? undefined : whole('timeout', values.timeout, 1, 86_400),
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    osv: osvArgs(values),
  };
}

function convertArgs(argv: readonly string[]): ConvertArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        root: { type: 'string', default: '.' },
        format: { type: 'string', default: 'text' },
        output: { type: 'string' },
        report: { type: 'string', multiple: true, default: [] },
        'fail-on': { type: 'string', default: 'never' },
        strict: { type: 'boolean', default: false },
      },
    }),
  );
  const [file, ...others] = positionals;
  if (file === undefined) throw usageError('No file given.');
  if (others.length > 0) throw usageError(`Expected one file, not ${positionals.length}.`);
  return {
    command: 'convert',
    file: resolve(file),
    root: resolve(values.root),
    format: oneOf('format', values.format, outputFormats),
    output: values.output,
    reports: reportFiles(values.report, values.output),
    failOn: oneOf('fail-on', values['fail-on'], [...severity.options, 'never'] as const),
    strict: values.strict,
  };
}

function sbomArgs(argv: readonly string[]): SbomArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        format: { type: 'string', default: 'cyclonedx' },
        output: { type: 'string' },
        include: { type: 'string' },
        exclude: { type: 'string' },
        strict: { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`Expected one folder, not ${positionals.length}.`);
  return {
    command: 'sbom',
    path: resolve(positionals[0] ?? '.'),
    format: oneOf('format', values.format, ['cyclonedx', 'spdx'] as const),
    output: values.output,
    include: list(values.include),
    exclude: list(values.exclude),
    strict: values.strict,
  };
}

function mcpArgs(argv: readonly string[]): McpArgs {
  const { values } = guarded(() =>
    parseArgs({
      args: [...argv],
      options: {
        root: { type: 'string', multiple: true, default: ['.'] },
        'no-config': { type: 'boolean', default: false },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
      },
    }),
  );
  return {
    command: 'mcp',
    roots: values.root.map((root) => resolve(root)),
    config: !values['no-config'],
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv: osvArgs(values),
  };
}

function serveArgs(argv: readonly string[]): ServeArgs {
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
    port: whole('port', values.port, 0, 65_535),
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

function workerArgs(argv: readonly string[]): WorkerArgs {
  const { values } = guarded(() =>
    parseArgs({
      args: [...argv],
      options: {
        cluster: { type: 'string' },
        root: { type: 'string', multiple: true, default: [] },
        'allow-file-urls': { type: 'boolean', default: false },
        tools: { type: 'string' },
        ...rulesOption,
        ...osvOptions,
      },
    }),
  );
  return {
    command: 'worker',
    cluster: clusterFile(values.cluster),
    roots: values.root.map((root) => resolve(root)),
    allowFileUrls: values['allow-file-urls'],
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    rulePacks: rulePacksOf(values),
    osv: osvArgs(values),
  };
}

function migrateArgs(argv: readonly string[]): MigrateArgs {
  const { values } = guarded(() => parseArgs({ args: [...argv], options: { cluster: { type: 'string' } } }));
  return { command: 'migrate', cluster: clusterFile(values.cluster) };
}

function tokenArgs(argv: readonly string[]): TokenArgs {
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
  if (!scopes) throw usageError('--scopes is missing, such as --scopes read,submit.');
  return { ...base, does, name, scopes: [...new Set(scopes)] };
}

/** `-` for the environment alone. */
function clusterFile(file: string | undefined): string {
  if (file === undefined) throw usageError('--cluster is missing.');
  return file === '-' ? file : resolve(file);
}

/** A `Host` as clients send it: in lower case, with or without a port. */
function hostName(text: string): string {
  const name = text.toLowerCase();
  if (/^([\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(name)) return name;
  throw usageError(
    `--allow-host must be a host name, such as scan.example.com or scan.example.com:8443, not "${text}".`,
  );
}

function packArgs(argv: readonly string[]): PackArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        output: { type: 'string' },
        always: { type: 'boolean', default: false },
        include: { type: 'string' },
        'include-from': { type: 'string' },
        exclude: { type: 'string' },
        'no-config': { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`Expected one folder, not ${positionals.length}.`);
  if (values.output === undefined) throw usageError('--output is missing.');
  return {
    command: 'pack',
    path: resolve(positionals[0] ?? '.'),
    output: resolve(values.output),
    always: values.always,
    include: list(values.include) ?? [],
    includeFrom: values['include-from'] === undefined ? undefined : resolve(values['include-from']),
    exclude: list(values.exclude) ?? [],
    config: !values['no-config'],
  };
}

/** Whether an issue at or above `threshold` was found. */
export function reaches(counts: Readonly<Record<Severity, number>>, threshold: Severity | 'never'): boolean {
  if (threshold === 'never') return false;
  return severities.slice(0, severities.indexOf(threshold) + 1).some((s) => counts[s] > 0);
}
