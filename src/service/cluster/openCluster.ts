import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import type { AnalyzerConfig } from '../../protocol';
import { CodedError } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { makeTempFolder } from '../../base/tempFolder';
import type { Access } from '../ports/access';
import type { RunExclusively, OpenPorts } from '../ports/ports';
import { ClusterBlobs } from './blobs';
import { connections, type ClusterConfig } from './config';
import { Database } from './database';
import { ClusterEvents } from './events';
import { JobRows } from './jobRows';
import { Metrics } from './metrics';
import { ClusterQueue } from './queue';
import { Recovery } from './recovery';
import { endConnection, requestConnection } from './redis';
import { AuditRows, ConfigRow, ProjectRows, SpeedRows, WebhookRows } from './rows';
import { migrate, requireSchema } from './schema';
import { Seal } from './seal';
import { NamedTokens, Tokens } from './tokens';

/**
 * How long a process waits for an unavailable blob store, in ms: a worker for long, a request briefly. If a store fails one request in
 * five, a worker sees one failure in ten million, and a node one in six hundred, which its clients retry.
 */
const workerPatience = { patienceMs: 3 * 60_000, attempts: 10, silenceMs: 30_000 };
const requestPatience = { patienceMs: 4_000, attempts: 4, silenceMs: 4_000 };
/** The time that jobs have to store their state after the grace of an ending process, in ms. */
const handBackMs = 2_000;
/** How often to look for due deliveries, in ms. */
const outboxMs = 1_000;
/** The maximum time for pending requests to finish, in ms. */
const longestDrainMs = 10_000;

export interface ClusterOptions {
  readonly config: ClusterConfig;
  /** The analyzer configuration until it is changed through the service. */
  readonly analyzers: AnalyzerConfig;
  /** Whether this process runs jobs. */
  readonly works: boolean;
  /** The token given at startup; undefined for none. */
  readonly first?: Access | undefined;
  /** Whether anyone may use the service, without a token. */
  readonly open?: boolean;
  readonly log: Logger;
}

/** The ports on top of PostgreSQL, Redis and an S3-compatible store. */
export interface Cluster extends OpenPorts {
  /** Identifies this process. */
  readonly id: string;
  /** Resolves when this process accepts jobs. */
  working(): Promise<void>;
}

/**
 * Opens a cluster's storage.
 * @throws CodedError SCHEMA when `migrate` has not been run; ApiError UNAVAILABLE when PostgreSQL cannot be reached
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { config, works, log } = options;
  const { namespace, redis } = config;
  const secret = config.secretKey ?? config.blobs.secretAccessKey;
  if (secret === undefined)
    throw new CodedError('USAGE', 'The cluster needs "secretKey" ($CODEAGENT_SECRET_KEY), the same on every node.');
  const id = randomUUID();
  const closing = new AbortController();
  // Every request to the store adds a listener.
  setMaxListeners(0, closing.signal);
  const database = new Database(config.postgres, namespace, log, works ? connections.worker : connections.node);
  try {
    await requireSchema(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const seal = new Seal(secret);
  const jobs = new JobRows({ database, owner: id, seal, closing: closing.signal, log });
  const patience = works ? workerPatience : requestPatience;
  const blobs = new ClusterBlobs({ config, ...patience, closing: closing.signal, log });
  const queue = new ClusterQueue({
    ...{ redis, namespace, database, owner: id, log },
    lostAfterMs: config.lostAfterSec * 1000,
    graceMs: config.graceSec * 1000,
    onGraceOver: () => setTimeout(() => closing.abort(), handBackMs).unref(),
  });
  const own = requestConnection(redis, log);
  const watch = new Metrics({ database, queue, blobs, redis: own, namespace, log });
  const events = new ClusterEvents({
    ...{ redis, namespace, log },
    load: (job) => jobs.load(job),
    endedOf: (ids) => jobs.endedOf(ids),
    onLag: (seconds) => watch.lag(seconds),
  });
  const recovery = new Recovery({ database, queue, blobs, log });
  const alone: RunExclusively = async (name, everyMs, work) => {
    await database.alone(name, everyMs, work);
  };
  const work = makeTempFolder('cluster');
  const drainMs = Math.min(config.graceSec * 1000, longestDrainMs);
  return {
    ...{ id, work, queue, blobs, events, watch, alone, outboxMs, drainMs },
    record: {
      jobs,
      config: new ConfigRow(database, options.analyzers),
      projects: new ProjectRows(database),
      webhooks: new WebhookRows(database, seal, log),
      speeds: new SpeedRows(database),
      audit: new AuditRows(database),
    },
    access: options.open === true ? undefined : new NamedTokens(database, options.first, secret),
    working: () => queue.ready(),
    async close() {
      closing.abort();
      recovery.dispose();
      await queue.close();
      await events.dispose();
      endConnection(own);
      blobs.dispose();
      await database.close();
      await rm(work, { recursive: true, force: true });
    },
  };
}

/**
 * Creates or upgrades the schema, and creates the bucket.
 * @returns the versions of the schema before and after
 */
export async function migrateCluster(config: ClusterConfig, log: Logger): Promise<{ from: number; to: number }> {
  const blobs = new ClusterBlobs({ config, ...requestPatience, closing: new AbortController().signal, log });
  try {
    const versions = await withDatabase(config, log, migrate);
    await blobs.prepare();
    return versions;
  } finally {
    blobs.dispose();
  }
}

/** Works with the tokens of a cluster. @throws as {@link openCluster} */
export async function withTokens<T>(
  config: ClusterConfig,
  log: Logger,
  work: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  return withDatabase(config, log, async (database) => {
    await requireSchema(database);
    return work(new Tokens(database));
  });
}

async function withDatabase<T>(
  config: ClusterConfig,
  log: Logger,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = new Database(config.postgres, config.namespace, log, 1);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
