import { homedir } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '../base/errors';
import { ownIdentity } from '../base/liveness';
import type { Logger } from '../base/logger';
import { startRunner, type Runner, type RunnerOptions } from '../service/runner';
import type { ServeArgs } from './args/serve';
import { clusterParts, adminToken, limitsOf } from './cluster';
import { damageOf } from './installation';
import { teamPage } from './teamPage';
import { toolbox } from './tools';
import { endSignals } from './endSignals';

/** The default of --storage: the user's data folder. */
function defaultStorage(): string {
  const data = process.env['XDG_DATA_HOME'] ?? (process.platform === 'win32' ? process.env['LOCALAPPDATA'] : undefined);
  return join(data ?? join(homedir(), '.local', 'share'), 'codeagent');
}

/**
 * How long a forked service waits for a client after its parent is gone, in ms: a reloaded window reconnects within seconds and finds its scan
 * still running. Tests shorten it.
 */
const lingerMs = Number(process.env['CODEAGENT_LINGER_MS']) || 30_000;

/**
 * Runs the scan service until one of {@link endSignals}. A forked one also ends when its parent sends `end`, or is gone and there was no request
 * or open stream for {@link lingerMs}.
 * @returns the exit code
 * @throws CodedError USAGE when it would be open to anyone without a token
 */
export async function serve(args: ServeArgs, log: Logger, version: string): Promise<number> {
  const token = args.auth ? process.env['CODEAGENT_TOKEN'] : undefined;
  if (args.auth && args.cluster === undefined && (token === undefined || token === '')) {
    throw new CodedError(
      'USAGE',
      'Set CODEAGENT_TOKEN to the token that clients must send, or use --no-auth (loopback only).',
    );
  }
  let service: Runner | undefined;
  const ended = new Promise<string>((resolve) => {
    for (const signal of endSignals) process.on(signal, () => resolve(signal));
    process.on('message', (message) => {
      if (message === 'end') resolve('the window was closed');
    });
    const linger = async () => {
      const gone = () => resolve('the parent process is gone');
      const runner = service;
      if (!runner || !(await runner.busy())) {
        gone();
        return;
      }
      const timer = setInterval(() => {
        if (runner.idleMs() < lingerMs) return;
        clearInterval(timer);
        gone();
      }, lingerMs / 20);
    };
    process.on('disconnect', () => void linger());
  });
  // Nobody reads them once the parent is gone.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const storage = args.storage ?? defaultStorage();
  const runner = (service = await startRunner({
    storage,
    ...(args.cluster !== undefined && (await inCluster(args, args.cluster, token, log))),
    roots: args.roots,
    ...(await toolbox(__dirname, args, storage, log)),
    damage: await damageOf(__dirname),
    log,
    version,
    host: args.host,
    port: args.port,
    allowOrigins: args.allowOrigins,
    allowFileUrls: args.allowFileUrls,
    allowHosts: args.allowHosts,
    allowPrivateWebhooks: args.allowPrivateWebhooks,
    // A forked service serves one user, who may clone from anything that the machine can reach.
    publicRepositoriesOnly: process.send === undefined,
    // An editor's forked service has one user; webhooks are for services that a team runs.
    webhooks: process.send === undefined,
    // Nobody knows the address and token of a forked service.
    ...(process.send === undefined && { page: await teamPage(__dirname, log) }),
    ...(token === undefined ? {} : { token }),
  }));
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: runner.url, process: ownIdentity() })}\n`);
  const why = await ended;
  log.info(`Shutting down: ${why}.`);
  await runner.close();
  // An open channel would keep this process alive.
  if (process.connected) process.disconnect();
  return 0;
}

/** Serves a cluster, whose workers run the jobs. */
async function inCluster(
  { auth }: ServeArgs,
  file: string,
  token: string | undefined,
  log: Logger,
): Promise<Partial<RunnerOptions>> {
  const { config, openCluster } = await clusterParts(file);
  const { days, jobs, bytes, auditDays } = config.retention;
  const first = adminToken(token);
  return {
    open: ({ config: analyzers }) => openCluster({ config, analyzers, works: false, first, open: !auth, log }),
    guarded: auth,
    concurrency: 0,
    limits: limitsOf(config),
    retention: { maxAgeDays: days, maxJobs: jobs, maxBytes: bytes, auditDays },
  };
}
