import { CodedError } from '../../base/errors';
import type { Database } from './database';

/**
 * The migrations from each version of the schema to the next, forward only. Nodes with the previous version keep running during an upgrade:
 * a migration adds tables, and columns with a default; anything unused is dropped one version later. A released migration never changes.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    submitted_at timestamptz NOT NULL,
    submitted_by text,
    -- A copy of the job's, for whoever asks for jobs in a state.
    status text NOT NULL,
    ended boolean NOT NULL DEFAULT false,
    -- Who runs it; '' for nobody. Whoever takes it begins another attempt, and only the newest may write.
    owner text NOT NULL DEFAULT '',
    attempt integer NOT NULL DEFAULT 0,
    -- How often its worker was lost.
    losses integer NOT NULL DEFAULT 0,
    cancel boolean NOT NULL DEFAULT false,
    -- Grows with every change.
    version integer NOT NULL DEFAULT 0,
    idempotency_key text,
    last_frame bigint,
    bytes bigint,
    -- As it was written: jsonb knows no NUL.
    request json NOT NULL,
    job json NOT NULL
  );
  CREATE INDEX jobs_newest ON jobs (submitted_at DESC, id);
  CREATE INDEX jobs_open ON jobs (submitted_by) WHERE NOT ended;

  CREATE TABLE idempotency_keys (
    submitter text NOT NULL,
    key text NOT NULL,
    job uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (submitter, key)
  );
  CREATE INDEX idempotency_keys_job ON idempotency_keys (job);

  -- One row.
  CREATE TABLE configuration (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    version integer NOT NULL DEFAULT 0,
    content jsonb NOT NULL
  );

  CREATE TABLE webhooks (
    id text PRIMARY KEY,
    url text NOT NULL,
    -- Encrypted.
    secret text NOT NULL,
    events jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE deliveries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    job uuid NOT NULL,
    webhook text NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    body text NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (job, webhook)
  );
  CREATE INDEX deliveries_due ON deliveries (due_at);

  CREATE TABLE projects (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
  );
  CREATE TABLE decisions (
    project text NOT NULL,
    finding text NOT NULL,
    revision integer NOT NULL DEFAULT 0,
    triage json NOT NULL,
    notes json NOT NULL,
    PRIMARY KEY (project, finding)
  );

  CREATE TABLE speeds (
    analyzer text PRIMARY KEY,
    bytes_per_second double precision NOT NULL
  );

  CREATE TABLE tokens (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    -- SHA-256 of the token.
    hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
  );
  -- A name can be used again once its token is revoked.
  CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;

  CREATE TABLE ended_sessions (
    id text PRIMARY KEY,
    until timestamptz NOT NULL
  );

  CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    by text,
    action text NOT NULL,
    target text NOT NULL,
    request_id text
  );
  `,
  `
  -- For lists: copies of what is in the JSON, and the status at which they were made. Nodes of the version before leave them behind.
  ALTER TABLE jobs
    ADD COLUMN project text,
    ADD COLUMN search text,
    ADD COLUMN detail text,
    ADD COLUMN described text;
  CREATE INDEX jobs_undescribed ON jobs (id) WHERE described IS DISTINCT FROM status;
  CREATE INDEX jobs_of_project ON jobs (project, submitted_at DESC, id);
  CREATE INDEX jobs_in_status ON jobs (status, submitted_at DESC, id);
  -- By the clock of the database, which is the same for all nodes; submitted_at is of the node's.
  ALTER TABLE jobs ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
  `,
  `
  -- What projects and the trend are made of: a copy of what is in the JSON, with the status at which it was made. Nodes of the versions before leave it behind.
  ALTER TABLE jobs ADD COLUMN outline jsonb;
  CREATE INDEX jobs_without_outline ON jobs (id) WHERE outline->>'status' IS DISTINCT FROM status;
  `,
  `
  -- Whose a job is: names of tokens can be given again. Nodes of the versions before leave it out.
  ALTER TABLE jobs ADD COLUMN token_id text;
  -- What lists of reports, comparisons and retention ask about is in the outline, too, from its version 2 on.
  CREATE INDEX jobs_with_old_outline ON jobs (id)
    WHERE outline->>'status' IS DISTINCT FROM status OR outline->>'version' IS DISTINCT FROM '2';
  -- When work that one process does for all was done last.
  CREATE TABLE rounds (
    name text PRIMARY KEY,
    done_at timestamptz NOT NULL
  );
  CREATE INDEX audit_at ON audit (at);
  `,
];

/** The version of the schema that this build needs. */
export const schemaVersion = steps.length;

/**
 * Creates or upgrades the schema. Several processes may do this at once; a schema that is newer than this build stays unchanged.
 * @returns the versions before and after; 0 for none
 * @throws ApiError UNAVAILABLE; PostgreSQL's errors
 */
export async function migrate(database: Database): Promise<{ readonly from: number; readonly to: number }> {
  const { schema } = database;
  return database.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema} migrate`]);
    // Creating it requires a privilege that nodes need not have if it exists.
    const [there] = await query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
    if (!there) await query(`CREATE SCHEMA ${schema}`);
    await query('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)');
    const [row] = await query<{ version: number }>('SELECT version FROM schema_version');
    const from = row?.version ?? 0;
    if (from >= schemaVersion) return { from, to: from };
    for (const step of steps.slice(from)) await query(step);
    await query(row ? 'UPDATE schema_version SET version = $1' : 'INSERT INTO schema_version (version) VALUES ($1)', [
      schemaVersion,
    ]);
    return { from, to: schemaVersion };
  });
}

/** @throws CodedError SCHEMA when the schema is missing or too old for this build; ApiError UNAVAILABLE */
export async function requireSchema(database: Database): Promise<void> {
  const [table] = await database.query<{ there: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS there`, [
    `${database.schema}.schema_version`,
  ]);
  const [row] =
    table?.there === true ? await database.query<{ version: number }>('SELECT version FROM schema_version') : [];
  if ((row?.version ?? 0) >= schemaVersion) return;
  const is = row ? `has version ${row.version}, and this build needs ${schemaVersion}` : 'does not exist yet';
  throw new CodedError('SCHEMA', `The database's schema ${is}. Run "codeagent migrate --cluster FILE".`);
}
