import { readFile } from 'node:fs/promises';
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';
import * as z from 'zod';
import { CodedError, errorMessage } from '../../base/errors';

const url = (...protocols: readonly string[]) =>
  z.string().refine(
    (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
    // Never includes the value, which may contain a password.
    { message: `must be a URL that begins with ${protocols.map((one) => `${one}//`).join(' or ')}` },
  );
const count = z.number().int().positive();

/** `cluster.json`: where a cluster's servers are, and its limits. */
const content = z.strictObject({
  redis: url('redis:', 'rediss:'),
  postgres: url('postgres:', 'postgresql:'),
  blobs: z.strictObject({
    endpoint: url('http:', 'https:').optional(),
    bucket: z.string().min(1),
    region: z.string().min(1).default('us-east-1'),
    /** By default, those of the environment or the machine (AWS's own chain). */
    accessKeyId: z.string().min(1).optional(),
    secretAccessKey: z.string().min(1).optional(),
  }),
  /** Encrypts the secrets stored in rows: those of webhooks, and credentials in repository URLs. By default derived from the blob store's secret. */
  secretKey: z.string().min(16).optional(),
  /** Concurrent jobs per worker. */
  concurrency: count.default(2),
  /** Separates several services on the same servers. */
  namespace: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,40}$/)
    .default('codeagent'),
  limits: z
    .strictObject({
      /** Queued jobs; one more is answered with 429. */
      queued: count.default(10_000),
      /** The same for one token. */
      queuedPerToken: count.default(2_000),
    })
    .prefault({}),
  retention: z
    .strictObject({
      days: count.default(30),
      jobs: count.default(10_000),
      /** Total bytes of all uploads, reports and logs. */
      bytes: count.default(100 * 1024 ** 3),
      /** Days of the audit log. */
      auditDays: count.default(365),
    })
    .prefault({}),
  /** Seconds without a sign of life after which a worker has lost its jobs, which then run elsewhere. */
  lostAfterSec: z.number().min(2).max(600).default(8),
  /** Seconds that a worker's jobs may take to end after SIGTERM; then they are handed back, and run elsewhere. */
  graceSec: z.number().nonnegative().default(25),
});
export type ClusterConfig = z.infer<typeof content>;

/** Connections to PostgreSQL that a process opens at most. docs/cluster.md counts with them. */
export const connections = { node: 10, worker: 4 };

/** Environment variables that take precedence over the file. */
const variables: Readonly<Record<string, readonly [string, ...string[]]>> = {
  CODEAGENT_REDIS: ['redis'],
  CODEAGENT_POSTGRES: ['postgres'],
  CODEAGENT_S3_ENDPOINT: ['blobs', 'endpoint'],
  CODEAGENT_S3_BUCKET: ['blobs', 'bucket'],
  CODEAGENT_S3_REGION: ['blobs', 'region'],
  CODEAGENT_S3_ACCESS_KEY_ID: ['blobs', 'accessKeyId'],
  CODEAGENT_S3_SECRET_ACCESS_KEY: ['blobs', 'secretAccessKey'],
  CODEAGENT_SECRET_KEY: ['secretKey'],
};

/**
 * Reads a cluster's configuration.
 * @param file `cluster.json`, which may contain comments; `-` for environment variables only
 * @throws CodedError USAGE that says what is wrong, without any value
 */
export async function readClusterConfig(file: string, environment: NodeJS.ProcessEnv): Promise<ClusterConfig> {
  const given = file === '-' ? {} : await readObject(file);
  for (const [name, path] of Object.entries(variables)) {
    const value = environment[name];
    if (value !== undefined && value !== '') set(given, path, value);
  }
  const parsed = content.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const variable = Object.entries(variables).find(([, one]) => one.join('.') === path.join('.'))?.[0];
    return `${path.join('.') || 'the file'}${variable === undefined ? '' : ` ($${variable})`}: ${message}`;
  });
  throw new CodedError('USAGE', `--cluster ${file}: ${problems.join('; ')}.`);
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CodedError('USAGE', `--cluster ${file}: ${errorMessage(error)}`, { cause: error });
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first)
    throw new CodedError(
      'USAGE',
      `--cluster ${file}: not JSON (${printParseErrorCode(first.error)} at ${first.offset}).`,
    );
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CodedError('USAGE', `--cluster ${file}: must be an object.`);
  return value as Record<string, unknown>;
}

function set(target: Record<string, unknown>, [key, ...rest]: readonly [string, ...string[]], value: string): void {
  const [next, ...others] = rest;
  if (next === undefined) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const object: Record<string, unknown> = typeof inner === 'object' && inner !== null ? { ...inner } : {};
  set(object, [next, ...others], value);
  target[key] = object;
}
