import type { Server } from 'node:http';
import { realpath } from 'node:fs/promises';
import { isIP, type AddressInfo } from 'node:net';
import type { AnalyzerConfig } from '../protocol';
import type { Logger } from '../base/logger';
import { CodedError, errorMessage } from '../base/errors';
import { withLogFields } from '../base/logFields';
import type { Analyzer } from '../engines/engine/engine';
import type { RulePackFolder } from '../findings/policy/customFiles';
import { createApp, createWatchedApp } from './api/app';
import type { Page } from './api/context';
import { EventStreams } from './api/eventStream';
import { createHttpServer } from './api/httpServer';
import { closeAnalyzers, Jobs } from './jobs/jobs';
import { Retention, type RetentionRules } from './jobs/retention';
import { Webhooks } from './jobs/webhooks';
import { OneToken } from './local/oneToken';
import { openLocal } from './local/openLocal';
import { defaultLimits, type Limits } from '../base/limits';
import { Checks } from './pipeline/checks';
import { RuleTries } from './pipeline/tryRule';
import { GitPolicy } from './pipeline/gitPolicy';
import { Sources } from './pipeline/sources';
import { Speeds } from './pipeline/speeds';
import type { OpenPorts } from './ports/ports';

/** Options of every process of a service. */
export interface CoreOptions {
  /** Opens the storage and the channels. */
  readonly open: OpenStorage;
  /** Folders that may contain a job's `path`. */
  readonly roots: readonly string[];
  readonly analyzers: readonly Analyzer[];
  /** Initial rule sets by analyzer id, until changed through the service. */
  readonly rulesets?: Readonly<Record<string, string[]>>;
  /** Missing or damaged parts of this installation, one sentence each, for every report. */
  readonly damage?: readonly string[];
  /** The IDs of the built-in rules, to warn about unknown ones in a configuration; no warnings without them. */
  readonly ruleIds?: ReadonlySet<string>;
  /** Folders with rules and models for every scan, in addition to those of the scanned folder. */
  readonly rulePacks?: readonly RulePackFolder[];
  readonly log: Logger;
  /** Concurrent jobs; 2 by default, 0 to leave them to workers. */
  readonly concurrency?: number;
  /** Whether file:// URLs may be cloned; for tests. */
  readonly allowFileUrls?: boolean;
  /** Whether repositories at private, loopback and link-local addresses must be in `allow_list`; for servers. */
  readonly publicRepositoriesOnly?: boolean;
  /** Whether webhooks may use private, loopback and link-local addresses. */
  readonly allowPrivateWebhooks?: boolean;
  /** Whether webhooks can be registered, and are delivered by this process; for servers. */
  readonly webhooks?: boolean;
  /** Milliseconds before each retry of a webhook's delivery. */
  readonly webhookDelays?: readonly number[];
  /** Overrides of {@link defaultLimits}. */
  readonly limits?: Partial<Limits>;
}

/** Opens the storage and the channels. @throws when they cannot be used */
export type OpenStorage = (defaults: {
  /** The configuration until it is changed through the service. */
  readonly config: AnalyzerConfig;
  readonly limits: Limits;
}) => Promise<OpenPorts>;

export interface RunnerOptions extends Omit<CoreOptions, 'open'> {
  /** Folder for jobs and settings, unless `open` is given; created if missing. Several runners on one machine may share it. */
  readonly storage: string;
  readonly open?: OpenStorage;
  /** Whether the storage opened by `open` requires a token for access. */
  readonly guarded?: boolean;
  readonly version: string;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0 or undefined for any free port. */
  readonly port?: number;
  /** Bearer token; undefined for none, which is allowed on loopback only. */
  readonly token?: string | undefined;
  /** Web origins that may use the service. */
  readonly allowOrigins?: readonly string[];
  readonly retention?: RetentionRules;
  /** Further host names of the service, with or without a port, for use behind a proxy. */
  readonly allowHosts?: readonly string[];
  /** The team page at `/`; none by default. */
  readonly page?: Page | undefined;
}

/** A listening scan service. */
export interface Runner {
  /** Without a trailing slash. */
  readonly url: string;
  /** Whether a job is running or queued. */
  busy(): Promise<boolean>;
  /** The number of open event streams. */
  readonly openStreams: number;
  /** Milliseconds since the last request or open stream. */
  idleMs(): number;
  /** Ends streams, marks unfinished jobs as interrupted, and waits until all their child processes are gone. */
  close(): Promise<void>;
}

const defaultRetention: RetentionRules = { maxJobs: 200, maxAgeDays: 30 };
/** A receiver may be down for hours. */
const defaultWebhookDelays = [2_000, 15_000, 60_000, 10 * 60_000, 60 * 60_000, 6 * 60 * 60_000];
/** How often streams of revoked tokens are looked for, in ms. */
const revokedMs = 2_000;

/** Runs jobs, regardless of where they are stored. */
interface Core {
  readonly limits: Limits;
  readonly roots: readonly string[];
  readonly storage: OpenPorts;
  readonly git: GitPolicy;
  readonly webhooks: Webhooks | undefined;
  readonly jobs: Jobs;
  /** Ends the jobs, and closes the storage. @param ended is called in between, when their last frames have been published */
  close(ended?: () => void): Promise<void>;
}

async function openCore(options: CoreOptions): Promise<Core> {
  const { log, analyzers, rulePacks = [] } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const roots = await Promise.all(options.roots.map((root) => realpath(root)));
  const config: AnalyzerConfig = {
    defaults: analyzers.filter(({ kind }) => kind === 'embedded').map(({ id }) => id),
    rulesets: options.rulesets ?? {},
    allow_list: [],
  };
  const storage = await options.open({ config, limits });
  const { record, blobs, work } = storage;
  const { allowFileUrls = false, publicRepositoriesOnly: publicOnly = false } = options;
  const git = new GitPolicy({
    allowFileUrls,
    publicOnly,
    allowList: async () => (await record.config.read()).allow_list,
  });
  const webhookOptions = {
    delays: options.webhookDelays ?? defaultWebhookDelays,
    allowPrivate: options.allowPrivateWebhooks ?? false,
    everyMs: storage.outboxMs,
  };
  const webhooks = options.webhooks ? new Webhooks(record.webhooks, webhookOptions, log) : undefined;
  const sources = new Sources({ work, roots, blobs, limits, git });
  const jobs = new Jobs({
    ports: storage,
    analyzers,
    openSource: (request, job, signal, gaps) => sources.open(request, job, signal, gaps),
    closeSource: (id) => sources.close(id),
    speeds: await Speeds.load(record.speeds, log),
    limits,
    damage: options.damage ?? [],
    ruleIds: options.ruleIds,
    rulePacks,
    concurrency: options.concurrency ?? 2,
    log,
    within: (id, run) => withLogFields({ job_id: id }, run),
    onEnded: (job) => {
      storage.watch?.ended(job);
      webhooks?.deliver();
    },
  });
  for (const sentence of options.damage ?? []) log.error(sentence);
  return {
    ...{ limits, roots, storage, git, webhooks, jobs },
    async close(ended) {
      await jobs.close();
      await closeAnalyzers(analyzers, log);
      await webhooks?.close();
      ended?.();
      await storage.close();
    },
  };
}

export interface WorkerOptions extends CoreOptions {
  readonly version: string;
  /** Where to serve `/health`, `/ready` and `/metrics`; nowhere by default. */
  readonly listen?:
    | { readonly host: string; readonly port: number; readonly allowHosts: readonly string[] }
    | undefined;
}

/** A process that runs the jobs of a service, and answers no client requests. */
export interface Worker {
  /** The URL of its status routes, without a trailing slash; undefined if there are none. */
  readonly url: string | undefined;
  /** Accepts no more jobs, lets running ones finish within the storage's grace period, and hands back the others. */
  close(): Promise<void>;
}

/** Starts a worker. @throws as `open` does; Node's errors when it cannot listen */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const core = await openCore(options);
  const { listen: place, log, version } = options;
  if (!place) return { url: undefined, close: () => core.close() };
  const { watch, access } = core.storage;
  let { port } = place;
  const server = createHttpServer(
    createWatchedApp(
      { watch, limits: core.limits, log, version },
      { access, allowOrigins: [], hosts: () => hostCheck(place.host, port, place.allowHosts) },
    ),
  );
  try {
    port = await listen(server, place.host, port);
  } catch (error) {
    await core.close();
    throw error;
  }
  server.on('error', (error) => log.error(`HTTP server: ${errorMessage(error)}`));
  return {
    url: urlOf(place.host, port),
    // It is alive, and reports that, until its jobs have ended.
    close: () =>
      core.close(() => {
        server.close();
        server.closeAllConnections();
      }),
  };
}

/**
 * Starts a scan service.
 * @throws CodedError UNSAFE_BIND without a token on any address but loopback; Node's errors when it cannot listen or use its storage
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const host = options.host ?? '127.0.0.1';
  const { log, analyzers, storage: folder, token } = options;
  const open = options.open ?? (({ config, limits }) => openLocal({ folder, config, maxEvents: limits.maxLog, log }));
  const isGuarded = options.open ? options.guarded === true : token !== undefined && token !== '';
  if (!isLoopback(host) && !isGuarded)
    throw new CodedError('UNSAFE_BIND', `A token is required to listen on ${host}. Set CODEAGENT_TOKEN.`);
  const core = await openCore({ ...options, open });
  const { limits, roots, storage, git, webhooks, jobs } = core;
  const { record, blobs, events, watch } = storage;
  const { config, projects } = record;
  const access = storage.access ?? (token === undefined ? undefined : new OneToken(token));
  const known = {
    ruleIds: options.ruleIds,
    rulePacks: options.rulePacks ?? [],
    analyzers: analyzers.map(({ id }) => id),
  };
  const checks = new Checks(limits, log, known);
  const tries = new RuleTries(limits, { ...known, analyzers });
  const retention = new Retention(jobs, options.retention ?? defaultRetention, log, record.audit, storage.alone);
  const streams = new EventStreams(jobs, events, limits, log);
  let port = options.port ?? 0;
  const { version, allowOrigins = [], allowHosts = [] } = options;
  const app = createApp(
    {
      ...{
        jobs,
        checks,
        tries,
        blobs,
        streams,
        analyzers,
        config,
        projects,
        webhooks,
        roots,
        limits,
        version,
        git,
        log,
        watch,
      },
      page: options.page,
      audit: record.audit,
      tokenNeeded: access !== undefined,
    },
    { access, allowOrigins, hosts: () => hostCheck(host, port, allowHosts) },
  );
  const server = createHttpServer(app);
  const watching = setInterval(() => {
    watch?.streams(streams.count);
    const isAllowed = async (caller: string) => (await access?.withId(caller)) !== undefined;
    // Callers who cannot be checked keep their streams until they can.
    if (storage.access) streams.endRevoked(isAllowed).catch((error: unknown) => log.debug(errorMessage(error)));
  }, revokedMs).unref();

  const release = async () => {
    clearInterval(watching);
    await retention.close();
    await core.close(() => streams.dispose());
  };
  try {
    port = await listen(server, host, port);
  } catch (error) {
    await release();
    throw error;
  }
  server.on('error', (error) => log.error(`HTTP server: ${errorMessage(error)}`));
  // The service answers while this removes jobs, however many there are.
  void retention.run();

  let active = 0;
  let heard = performance.now();
  let closing: Promise<void> | undefined;
  let idle: () => void = () => undefined;
  server.prependListener('request', (_request, response) => {
    active += 1;
    if (closing) response.setHeader('Connection', 'close');
    response.once('close', () => {
      active -= 1;
      heard = performance.now();
      if (active === 0) idle();
    });
  });

  /** Lets pending requests finish, as long as the storage allows. Clients of streams reconnect to another process. */
  const drain = async () => {
    const ms = storage.drainMs ?? 0;
    if (ms === 0) return;
    streams.dispose();
    server.closeIdleConnections();
    if (active === 0) return;
    const late = AbortSignal.timeout(ms);
    await new Promise<void>((resolve) => {
      idle = resolve;
      late.addEventListener('abort', () => resolve(), { once: true });
    });
  };
  return {
    busy: () => jobs.busy(),
    get openStreams() {
      return streams.count;
    },
    idleMs: () => (active > 0 ? 0 : performance.now() - heard),
    url: urlOf(host, port),
    close: () =>
      (closing ??= (async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        await drain();
        await release();
        server.closeAllConnections();
        await closed;
      })()),
  };
}

function urlOf(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Checks whether a `Host` names this service; undefined if it listens on all addresses and no names were given.
 * @param allowed its other names, with or without a port
 */
function hostCheck(host: string, port: number, allowed: readonly string[]): ((given: string) => boolean) | undefined {
  const isWide = host === '0.0.0.0' || host === '::';
  if (isWide && allowed.length === 0) return undefined;
  const own = hostNames(isWide ? '127.0.0.1' : host, port);
  const others = new Set(allowed.map((name) => name.toLowerCase()));
  return (given) => {
    const bare = given.replace(/:\d+$/, '');
    // A web page can point its own name at any address, but cannot fake an IP address. If we listen on all, every IP address is ours.
    const isAddress = isIP(bare.replace(/^\[|\]$/g, '')) !== 0;
    return own.has(given) || others.has(given) || others.has(bare) || (isWide && isAddress);
  };
}

function hostNames(host: string, port: number): ReadonlySet<string> {
  const names = isLoopback(host) ? [host, 'localhost', '127.0.0.1', '::1'] : [host];
  const withPort = names.map((name) => `${isIP(name) === 6 ? `[${name}]` : name.toLowerCase()}:${port}`);
  return new Set(port === 80 ? [...withPort, ...names] : withPort);
}
