import { join } from 'node:path';
import { format } from 'node:util';
import { version } from '../package.json';
import { dropCertificates } from './base/certificates';
import { errorCode, errorMessage } from './base/errors';
import { endGuardian, useGuardian } from './base/guardian';
import { logFields } from './base/logFields';
import type { Logger } from './base/logger';
import { sweepTempFolders } from './base/tempFolder';
import { resumeCommands, stopCommands } from './commandLine/actionsLog';
import { baseline } from './commandLine/baseline';
import { parseCommandLine, usage, type Args } from './commandLine/args';
import { migrateCommand, tokenCommand, worker } from './commandLine/cluster';
import { convert } from './commandLine/convert';
import { fix } from './commandLine/fix';
import { scanHistory } from './commandLine/history';
import { known } from './commandLine/known';
import { packCommand } from './commandLine/pack';
import { sbom } from './commandLine/sbom';
import { scan } from './commandLine/scan';
import { serve } from './commandLine/serve';

/** Logs to stderr, since stdout is for the report. Debug lines only if requested. */
function stderrLogger(): Logger {
  const write = (level: string) => (message: string) => {
    process.stderr.write(`${new Date().toISOString()} [${level}] ${message}\n`);
  };
  const quiet = () => undefined;
  return {
    debug: process.env['CODEAGENT_DEBUG'] === undefined ? quiet : write('debug'),
    info: process.env['CODEAGENT_DEBUG'] === undefined && process.argv[2] !== 'serve' ? quiet : write('info'),
    warn: write('warning'),
    error: write('error'),
  };
}

/** Logs JSON lines to stderr, each with its request or job, for log collectors. */
function jsonLogger(): Logger {
  const write = (level: string) => (message: string) => {
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...logFields() })}\n`);
  };
  const debug = process.env['CODEAGENT_DEBUG'] === undefined ? () => undefined : write('debug');
  return { debug, info: write('info'), warn: write('warning'), error: write('error') };
}

/** What libraries print goes into the log, too. */
function takeConsole(log: Logger): void {
  console.log = console.info = (...text: unknown[]) => log.info(format(...text));
  console.warn = (...text: unknown[]) => log.warn(format(...text));
  console.error = (...text: unknown[]) => log.error(format(...text));
}

/** Whether a command line starts a process of a cluster, which runs until it is asked to end. */
function isOfCluster([command, ...rest]: readonly string[]): boolean {
  return command === 'worker' || (command === 'serve' && rest.some((arg) => /^--cluster(?:=|$)/.test(arg)));
}

async function run(args: Args, log: Logger): Promise<number> {
  switch (args.command) {
    case 'help':
      process.stdout.write(usage);
      return 0;
    case 'version':
      process.stdout.write(`${version}\n`);
      return 0;
    case 'scan':
      return args.history ? scanHistory(args, args.history.range, version) : scan(args, log, version);
    case 'baseline':
      return baseline(args, log, version);
    case 'fix':
      return fix(args, log, version);
    case 'convert':
      return convert(args, version);
    case 'sbom':
      return sbom(args, log, version);
    case 'mcp':
      // Its library takes a while to load, which other commands should not wait for.
      return (await import('./commandLine/mcp')).mcp(args, log, version);
    case 'pack':
      return packCommand(args);
    case 'known':
      return known(args.scan, log, version);
    case 'serve':
      return serve(args, log, version);
    case 'worker':
      return worker(args, log, version);
    case 'migrate':
      return migrateCommand(args, log);
    case 'token':
      return tokenCommand(args, log);
  }
}

/** Commands that programs start and talk to, or that run alongside other commands of a script. */
const notForLogs = ['serve', 'worker', 'mcp', 'pack', 'known'];

async function main(): Promise<number> {
  if (!notForLogs.includes(process.argv[2] ?? '')) stopCommands();
  const ofCluster = isOfCluster(process.argv.slice(2));
  const log = ofCluster ? jsonLogger() : stderrLogger();
  if (ofCluster) takeConsole(log);
  useGuardian(join(__dirname, 'guardianProcess.js'));
  try {
    const args = parseCommandLine(process.argv.slice(2));
    const sweeping = sweepTempFolders(log);
    try {
      return await run(args, log);
    } finally {
      await sweeping;
      await dropCertificates();
      await endGuardian();
    }
  } catch (error) {
    if (ofCluster) log.error(errorMessage(error));
    else process.stderr.write(`${errorMessage(error)}\n`);
    if (errorCode(error) === 'USAGE' || errorCode(error) === 'UNSAFE_BIND') return 2;
    if (error instanceof Error && error.stack !== undefined) log.debug(error.stack);
    return 3;
  }
}

// Neither may end the process at once, since there is cleaning up to do. A closed pipe (`codeagent scan | head`) is not an error.
process.stdout.on('error', (error) => {
  if (errorCode(error) === 'EPIPE') return;
  process.stderr.write(`The output cannot be written: ${errorMessage(error)}\n`);
  process.exitCode = 3;
});
process.stderr.on('error', () => undefined);
void main().then((code) => {
  resumeCommands();
  process.exitCode ??= code;
});
