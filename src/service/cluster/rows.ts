import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { analyzerConfig, findingNote, triage, webhookRegistration, type AnalyzerConfig } from '../../protocol';
import { errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { ApiError } from '../errors/apiError';
import type {
  AuditEntry,
  AuditRecord,
  ConfigRecord,
  Decision,
  Delivery,
  NamedProject,
  ProjectRecord,
  SpeedRecord,
  Webhook,
  WebhookRecord,
} from '../ports/record';
import type { Database, Query } from './database';
import type { Seal } from './seal';

/** The configuration: a single row. A change merges its fields in one statement, so that concurrent changes lose nothing. */
export class ConfigRow implements ConfigRecord {
  constructor(
    private readonly database: Database,
    private readonly fallback: AnalyzerConfig,
  ) {}

  async read(): Promise<AnalyzerConfig> {
    const [row] = await this.database.query<{ content: unknown }>('SELECT content FROM configuration');
    // Only changes are stored, so that defaults that a newer build adds apply.
    return row ? analyzerConfig.parse({ ...this.fallback, ...(row.content as object) }) : this.fallback;
  }

  async change(fields: Partial<AnalyzerConfig>): Promise<AnalyzerConfig> {
    const [row] = await this.database.query<{ content: unknown }>(
      `INSERT INTO configuration (content) VALUES ($1)
       ON CONFLICT (id) DO UPDATE SET content = configuration.content || excluded.content, version = configuration.version + 1
       RETURNING content`,
      [JSON.stringify(fields)],
    );
    return analyzerConfig.parse({ ...this.fallback, ...(row?.content as object) });
  }
}

const undecided: Decision = { triage: { status: 'open', revision: 0 }, notes: [] };
const decisionRow = z.object({ revision: z.number(), triage, notes: z.array(findingNote) });

/** Projects, and the decisions on their findings. */
export class ProjectRows implements ProjectRecord {
  constructor(private readonly database: Database) {}

  async projects(): Promise<NamedProject[]> {
    const rows = await this.database.query<{ id: string; name: string; created_at: Date }>(
      'SELECT id, name, created_at FROM projects ORDER BY created_at, id',
    );
    return rows.map(({ created_at, ...row }) => ({ ...row, created_at: created_at.toISOString() }));
  }

  async create(name: string): Promise<NamedProject> {
    const made = { id: randomUUID(), name, created_at: new Date().toISOString() };
    await this.database.query('INSERT INTO projects (id, name, created_at) VALUES ($1, $2, $3)', [
      ...[made.id, name, made.created_at],
    ]);
    return made;
  }

  async decisions(project: string): Promise<(finding: string) => Decision> {
    const rows = await this.database.query<{ finding: string }>(
      'SELECT finding, revision, triage, notes FROM decisions WHERE project = $1',
      [project],
    );
    const decisions = new Map(rows.map((row) => [row.finding, decisionOf(row)]));
    return (finding) => decisions.get(finding) ?? undecided;
  }

  decide(project: string, finding: string, wanted: Omit<Decision['triage'], 'revision'>, expected: number) {
    return this.#change(project, finding, ({ triage: last, notes }) => {
      if (last.revision !== expected)
        throw new ApiError('CONFLICT', 'The triage of this finding has been changed in the meantime.');
      return { triage: { ...wanted, revision: expected + 1 }, notes };
    });
  }

  note(project: string, finding: string, note: Decision['notes'][number]): Promise<Decision> {
    return this.#change(project, finding, (last) => ({ ...last, notes: [...last.notes, note] }));
  }

  /** Changes a decision while its row is locked. */
  #change(project: string, finding: string, change: (last: Decision) => Decision): Promise<Decision> {
    return this.database.transaction(async (query: Query) => {
      await query(
        `INSERT INTO decisions (project, finding, triage, notes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
        [project, finding, JSON.stringify(undecided.triage), '[]'],
      );
      const [row] = await query(
        'SELECT revision, triage, notes FROM decisions WHERE project = $1 AND finding = $2 FOR UPDATE',
        [project, finding],
      );
      const next = change(row ? decisionOf(row) : undecided);
      await query('UPDATE decisions SET revision = $3, triage = $4, notes = $5 WHERE project = $1 AND finding = $2', [
        ...[project, finding, next.triage.revision],
        ...[JSON.stringify(next.triage), JSON.stringify(next.notes)],
      ]);
      return next;
    });
  }
}

function decisionOf(row: object): Decision {
  const { triage: decided, notes } = decisionRow.parse(row);
  return { triage: decided, notes };
}

const hookRow = z.object({ id: z.string(), ...webhookRegistration.shape });
const deliveryRow = z.object({
  delivery: z.string(),
  body: z.string(),
  failures: z.number(),
  ...hookRow.shape,
});

/** Webhooks, and their pending deliveries: an outbox, which is written together with the end of a job. */
export class WebhookRows implements WebhookRecord {
  constructor(
    private readonly database: Database,
    private readonly seal: Seal,
    private readonly log: Logger,
  ) {}

  async list(): Promise<Webhook[]> {
    const rows = await this.database.query('SELECT id, url, secret, events FROM webhooks ORDER BY created_at, id');
    return rows.map((row) => this.#opened(hookRow.parse(row)));
  }

  add(hook: Webhook, most: number): Promise<boolean> {
    return this.database.transaction(async (query) => {
      await query('LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE');
      const [row] = await query<{ count: number }>('SELECT count(*)::int AS count FROM webhooks');
      if ((row?.count ?? 0) >= most) return false;
      await query('INSERT INTO webhooks (id, url, secret, events) VALUES ($1, $2, $3, $4)', [
        ...[hook.id, hook.url, this.seal.seal(hook.secret), JSON.stringify(hook.events)],
      ]);
      return true;
    });
  }

  async remove(id: string): Promise<boolean> {
    return (await this.database.query('DELETE FROM webhooks WHERE id = $1 RETURNING id', [id])).length > 0;
  }

  async due(ms: number): Promise<Delivery[]> {
    const rows = await this.database.query(
      `UPDATE deliveries SET due_at = now() + $1 * interval '1 millisecond' FROM webhooks
       WHERE deliveries.webhook = webhooks.id AND deliveries.id IN
         (SELECT id FROM deliveries WHERE due_at <= now() ORDER BY due_at LIMIT 50 FOR UPDATE SKIP LOCKED)
       RETURNING deliveries.id AS delivery, body, failures, webhooks.id, url, secret, events`,
      [ms],
    );
    return rows.flatMap((row) => {
      const { delivery, body, failures, ...hook } = deliveryRow.parse(row);
      try {
        return [{ id: delivery, body, failures, hook: this.#opened(hook) }];
      } catch (error) {
        this.log.error(`Webhook ${hook.id}: ${errorMessage(error)} Register it again.`);
        return [];
      }
    });
  }

  async settle({ id }: Delivery): Promise<void> {
    await this.database.query('DELETE FROM deliveries WHERE id = $1', [id]);
  }

  async retry({ id }: Delivery, ms: number): Promise<void> {
    await this.database.query(
      `UPDATE deliveries SET failures = failures + 1, due_at = now() + $2 * interval '1 millisecond' WHERE id = $1`,
      [id, ms],
    );
  }

  #opened(hook: Webhook): Webhook {
    return { ...hook, secret: this.seal.open(hook.secret) };
  }
}

/** The speeds of analyzers. Processes may overwrite each other's values, which are only used for estimates. */
export class SpeedRows implements SpeedRecord {
  constructor(private readonly database: Database) {}

  async read(): Promise<Record<string, number>> {
    const rows = await this.database.query<{ analyzer: string; bytes_per_second: number }>(
      'SELECT analyzer, bytes_per_second FROM speeds',
    );
    return Object.fromEntries(rows.map((row) => [row.analyzer, row.bytes_per_second]));
  }

  async write(speeds: Readonly<Record<string, number>>): Promise<void> {
    await this.database.query(
      `INSERT INTO speeds (analyzer, bytes_per_second) SELECT * FROM unnest($1::text[], $2::float8[])
       ON CONFLICT (analyzer) DO UPDATE SET bytes_per_second = excluded.bytes_per_second`,
      // In a fixed order, so that concurrent updates do not wait for each other.
      [
        Object.keys(speeds).sort(),
        Object.keys(speeds)
          .sort()
          .map((analyzer) => speeds[analyzer]),
      ],
    );
  }
}

/** The audit log. */
export class AuditRows implements AuditRecord {
  constructor(private readonly database: Database) {}

  async add({ by, action, target, requestId }: AuditEntry): Promise<void> {
    await this.database.query('INSERT INTO audit (by, action, target, request_id) VALUES ($1, $2, $3, $4)', [
      // PostgreSQL's text cannot contain NUL.
      ...[by, action, target.replaceAll('\0', ''), requestId],
    ]);
  }

  async list(limit: number, before?: number): Promise<(AuditEntry & { id: number; at: string })[]> {
    const rows = await this.database.query<AuditEntry & { id: string; at: Date; request_id: string | null }>(
      'SELECT id, at, by, action, target, request_id FROM audit WHERE id < $2 ORDER BY id DESC LIMIT $1',
      [limit, before ?? Number.MAX_SAFE_INTEGER],
    );
    return rows.map(({ id, at, by, action, target, request_id }) => ({
      ...{ id: Number(id), by, action, target, requestId: request_id },
      at: at.toISOString(),
    }));
  }

  async removeBefore(at: Date): Promise<void> {
    await this.database.query('DELETE FROM audit WHERE at < $1', [at]);
  }
}
