import { CodedError, errorMessage } from '../base/errors';
import type { Logger } from '../base/logger';
import type { ClusterConfig } from '../service/cluster/config';
import type * as Opening from '../service/cluster/openCluster';
import { OneToken } from '../service/local/oneToken';
import { startWorker } from '../service/runner';
import { endSignals } from './endSignals';
import { damageOf } from './installation';
import { toolbox } from './tools';
import { makeTempFolder } from '../base/tempFolder';
import { rm } from 'node:fs/promises';
import type { MigrateArgs, TokenArgs, WorkerArgs } from './args/cluster';
import type { Limits } from '../base/limits';

/** Milliseconds between writes to a job's log, each of which is an object of the blob store. */
const logPause = 2_000;

/**
 * Loads the code that only a cluster needs: it has libraries of its own, which other commands neither load nor need.
 * @throws CodedError USAGE if the installation lacks it
 */
export async function clusterParts(file: string) {
  // It warns on stderr about Node versions that this product supports.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  let parts: typeof Opening;
  try {
    parts = await import('../service/cluster/openCluster');
  } catch (error) {
    const advice = 'Use the npm package codeagent-scanner or the container image.';
    throw new CodedError('USAGE', `This installation has no support for clusters. ${advice}`, { cause: error });
  }
  const { readClusterConfig } = await import('../service/cluster/config');
  return { ...parts, config: await readClusterConfig(file, process.env) };
}

/** Submissions that a node reads at a time: each holds up to 16 MB of its upload. */
const maxSubmissions = 64;
const maxSubmissionsEach = 16;
/** Bytes of a submission's `include` and of its `exclude`: they are in the job's row. */
const maxPatterns = 2 * 1024 * 1024;

/** The limits of a cluster that differ from the defaults. */
export function limitsOf({ limits }: ClusterConfig): Partial<Limits> {
  const { queued: maxQueued, queuedPerToken: maxQueuedEach } = limits;
  return { maxQueued, maxQueuedEach, maxSubmissions, maxSubmissionsEach, maxPatterns, logPause };
}

/** The name of the token in $CODEAGENT_TOKEN; no other token can have it. */
const adminName = '$CODEAGENT_TOKEN';

/** $CODEAGENT_TOKEN, which is an admin token; undefined for none. */
export function adminToken(token: string | undefined): OneToken | undefined {
  return token === undefined || token === '' ? undefined : new OneToken(token, adminName);
}

/** Runs the jobs of a cluster until one of {@link endSignals}. @returns the exit code */
export async function worker(args: WorkerArgs, log: Logger, version: string): Promise<number> {
  const { config, openCluster } = await clusterParts(args.cluster);
  const first = adminToken(process.env['CODEAGENT_TOKEN']);
  const ended = new Promise<string>((resolve) => {
    for (const signal of endSignals) process.on(signal, () => resolve(signal));
  });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const cache = makeTempFolder('worker');
  try {
    let opened: Awaited<ReturnType<typeof openCluster>> | undefined;
    const running = await startWorker({
      open: async ({ config: analyzers }) =>
        (opened = await openCluster({ config, analyzers, works: true, first, log })),
      roots: args.roots,
      ...(await toolbox(__dirname, args, cache, log)),
      damage: await damageOf(__dirname),
      log,
      version,
      listen: args.listen,
      concurrency: config.concurrency,
      limits: limitsOf(config),
      allowFileUrls: args.allowFileUrls,
      publicRepositoriesOnly: true,
    });
    await Promise.race([opened?.working(), ended]);
    const { url } = running;
    process.stdout.write(`${JSON.stringify({ event: 'working', id: opened?.id, pid: process.pid, url })}\n`);
    log.info(`Shutting down: ${await ended}.`);
    await running.close();
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
  return 0;
}

/** Creates or upgrades the schema of a cluster's database, and its bucket. @returns the exit code */
export async function migrateCommand(args: MigrateArgs, log: Logger): Promise<number> {
  const { config, migrateCluster } = await clusterParts(args.cluster);
  const { from, to } = await withReadableErrors(() => migrateCluster(config, log));
  const done = from === to ? `is already at version ${to}` : `was upgraded from version ${from} to ${to}`;
  process.stdout.write(`The schema ${done}.\n`);
  return 0;
}

/** Creates, lists or revokes named tokens. @returns the exit code */
export async function tokenCommand(args: TokenArgs, log: Logger): Promise<number> {
  const { config, withTokens } = await clusterParts(args.cluster);
  return withReadableErrors(() =>
    withTokens(config, log, async (tokens) => {
      switch (args.does) {
        case 'create':
          process.stdout.write(`${await tokens.create(args.name, args.scopes)}\n`);
          return 0;
        case 'list':
          for (const { name, scopes, created_at, revoked_at } of await tokens.list()) {
            const state = revoked_at === null ? '' : `\trevoked ${revoked_at}`;
            process.stdout.write(`${name}\t${scopes.join(',')}\tcreated ${created_at}${state}\n`);
          }
          return 0;
        case 'revoke':
          if (await tokens.revoke(args.name)) return 0;
          throw new CodedError('USAGE', `There is no token ${args.name}.`);
      }
    }),
  );
}

/** Turns a failure into one sentence. */
async function withReadableErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new Error(`The cluster rejected it: ${errorMessage(error)}.`, { cause: error });
  }
}
