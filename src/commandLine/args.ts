import { type BaselineArgs, baselineArgs } from './args/baseline';
import { type MigrateArgs, migrateArgs, type TokenArgs, tokenArgs, type WorkerArgs, workerArgs } from './args/cluster';
import { type ConvertArgs, convertArgs } from './args/convert';
import { type FixArgs, fixArgs } from './args/fix';
import { type McpArgs, mcpArgs } from './args/mcp';
import { usageError } from './args/options';
import { type PackArgs, packArgs } from './args/pack';
import { type SbomArgs, sbomArgs } from './args/sbom';
import { type KnownArgs, type ScanArgs, scanArgs } from './args/scan';
import { type ServeArgs, serveArgs } from './args/serve';

export const usage = `Usage:
  codeagent scan [PATH]           scan a folder (default .)
    --git URL [--ref R]           scan a repository instead
    --changed [BASE]              scan only files that differ from BASE (default HEAD), including untracked ones, and leave out findings that
                                  BASE has as well, unless --include-known is given
    --new-since REF               the same, compared with the merge base of REF and HEAD
    --history [RANGE]             search git's history (all refs, or a range such as main..HEAD) for keys that were committed and removed
    --server URL                  use a scan service instead of scanning locally; token from $CODEAGENT_TOKEN
    --osv-url URL  --osv-database PATH ...  --no-osv    look up dependencies in a service, in a downloaded database, or not at all
    --tools FILE                  settings for external tools: paths, rules, custom tools (JSON; see the README)
    --rules DIR ...               folders with custom rules and models, in addition to PATH/.codeagent (see docs/custom-rules.md)
    --config FILE                 use this instead of PATH/.codeagent/config.json
    --no-config                   ignore the configuration, the baseline and comments
    --cache DIR                   where to cache results for the next scan (default: the user's cache folder)
    --analyzers a,b  --include GLOBS  --exclude GLOBS  --timeout SECONDS
    --format FORMAT   --output FILE   (default: text, on stdout); FORMAT: text, json, sarif, html, md, csv, junit, codeclimate, rdjson, comment (Markdown
                                  for a pull request), gitlab, or GitLab's three reports: gitlab-sast, gitlab-secrets, gitlab-dependencies
    --report FORMAT=FILE ...      more reports of the same scan
    --progress auto|plain|json|none    (on stderr; json: one Job per line on every change)
    --fail-on critical|high|medium|low|never   (default: the configuration's, else never; open findings only)
    --strict                      exit with code 4 if not everything could be scanned
  codeagent fix [PATH]            apply the fixes that findings offer; each file is scanned again, and a fix is reverted if its finding is still
                                  there, a new one has appeared, or the file no longer parses
    --rules a,b                   only fixes of these rules
    --dry-run                     write nothing; print a unified diff on stdout
    --unsafe                      also apply fixes that may change what correct code does
    --analyzers a,b  --include GLOBS  --exclude GLOBS  --timeout SECONDS  --tools FILE  --osv-url URL  --osv-database PATH ...  --no-osv
  codeagent baseline [PATH]       accept the open findings of a folder: write them to PATH/.codeagent/baseline.json
    --reason TEXT  --kind accepted|false-positive|fixed-elsewhere  --by NAME  --expires YYYY-MM-DD
    --prune                       add nothing; drop entries that no longer match a finding, if their analyzer ran and their file was scanned
    --check                       change nothing; list the entries that have expired, and exit with code 1 if there are any
    --timeout SECONDS  --rules DIR ...  --tools FILE  --osv-url URL  --osv-database PATH ...  --no-osv
  codeagent convert FILE          convert a SARIF log from any tool, or a CodeAgent report
    --root DIR                    the folder that contains its files (default .)
    --format FORMAT   --output FILE   --report FORMAT=FILE ...   as with scan
    --fail-on critical|high|medium|low|never   (default never; open findings only)
    --strict                      exit with code 4 if there are gaps
  codeagent sbom [PATH]           list the packages that the lockfiles of a folder name, with the licenses they state; needs no network
    --format cyclonedx|spdx       CycloneDX 1.6 (default) or SPDX 2.3, as JSON   --output FILE   (default stdout)
    --include GLOBS  --exclude GLOBS
    --strict                      exit with code 4 if a lockfile could not be read
  codeagent mcp [--root DIR ...]  tools for AI agents, over the Model Context Protocol on stdio (default root: .)
    --no-config                   ignore the configuration, the baseline and comments, for code that you do not trust
    --rules DIR ...  --tools FILE  --osv-url URL  --osv-database PATH ...  --no-osv
  codeagent serve [--host 127.0.0.1] [--port 0] [--storage DIR | --cluster FILE] [--root DIR ...] [--no-auth]
                  [--allow-host NAME ...] [--allow-origin ORIGIN ...] [--allow-private-webhooks] [--allow-file-urls]
                  [--rules DIR ...] [--tools FILE] [--osv-url URL] [--osv-database PATH ...] [--no-osv]
                                  --allow-host: a host name that a proxy uses for the service, with or without a port
                                  --allow-private-webhooks: allow webhooks at private, loopback and link-local addresses
                                  token from $CODEAGENT_TOKEN; prints one line on stdout when ready:
                                  {"event":"listening","url":"http://127.0.0.1:PORT"}
                                  --cluster: jobs are run by workers; FILE says where PostgreSQL, Redis and the blob store are ("-": $CODEAGENT_... alone);
                                  $CODEAGENT_TOKEN is then an admin token, in addition to the named tokens
  codeagent worker --cluster FILE [--port N [--host 127.0.0.1] [--allow-host NAME ...]] [--root DIR ...] [--allow-file-urls] [--rules DIR ...] [--tools FILE] [--osv-url URL] [--osv-database PATH ...] [--no-osv]
                                  runs the jobs of a cluster; prints {"event":"working","id":"..."} when it takes jobs
                                  --port: serves GET /health and /ready, and GET /metrics with a token
  codeagent migrate --cluster FILE    creates or upgrades a cluster's database schema, and creates its bucket
  codeagent token create NAME --scopes read,submit,admin --cluster FILE    prints a new token, once
  codeagent token list --cluster FILE
  codeagent token revoke NAME --cluster FILE
  codeagent pack [PATH] --output FILE [--always] [--include GLOBS] [--exclude GLOBS] [--include-from LIST] [--no-config]
                                  prints, as one line of JSON, how to send a folder to a service: the pushed commit that it is at,
                                  or a zip of what a scan would read, written to FILE (--always: never the commit)
                                  --include-from: a file with more patterns, one per line
  codeagent known [PATH] --new-since REF [--tools FILE] [--no-config]
                                  prints, as one line of JSON, which files differ from the merge base of REF and HEAD, and the findings that it has in them
  codeagent --help | --version
`;

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
