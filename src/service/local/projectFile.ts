import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { findingNote, triage, type FindingNote, type Triage } from '../../protocol';
import { ApiError } from '../errors/apiError';
import { readJson, withFileLock, writeJson } from '../../base/jsonFile';
import type { Decision, NamedProject, ProjectRecord } from '../ports/record';

const namedProject = z.object({ id: z.string(), name: z.string(), created_at: z.string() });
const decision = z.object({ triage, notes: z.array(findingNote) });
const content = z.object({
  projects: z.array(namedProject),
  /** By `<project id>/<finding id>`. */
  decisions: z.record(z.string(), decision),
});
type Content = z.infer<typeof content>;

const undecided: Decision = { triage: { status: 'open', revision: 0 }, notes: [] };

/** `projects.json`. Read each time, since runners may share it. */
export class ProjectFile implements ProjectRecord {
  /** @param maxBytes limit of the file's size */
  constructor(
    private readonly path: string,
    private readonly maxBytes = 16 * 1024 * 1024,
  ) {}

  async projects(): Promise<readonly NamedProject[]> {
    return (await this.#read()).projects;
  }

  create(name: string): Promise<NamedProject> {
    const made = { id: randomUUID(), name, created_at: new Date().toISOString() };
    return this.#change((file) => {
      file.projects.push(made);
      return made;
    });
  }

  async decisions(project: string): Promise<(finding: string) => Decision> {
    const { decisions } = await this.#read();
    return (finding) => decided(decisions, `${project}/${finding}`);
  }

  decide(project: string, finding: string, wanted: Omit<Triage, 'revision'>, expected: number): Promise<Decision> {
    return this.#change(({ decisions }) => {
      const key = `${project}/${finding}`;
      const { triage: last, notes } = decided(decisions, key);
      if (last.revision !== expected)
        throw new ApiError('CONFLICT', 'The triage of this finding has been changed in the meantime.');
      return (decisions[key] = { triage: { ...wanted, revision: expected + 1 }, notes });
    });
  }

  note(project: string, finding: string, note: FindingNote): Promise<Decision> {
    return this.#change(({ decisions }) => {
      const key = `${project}/${finding}`;
      const last = decided(decisions, key);
      return (decisions[key] = { ...last, notes: [...last.notes, note] });
    });
  }

  /** @throws ApiError UNAVAILABLE: a damaged file is not treated as empty, and so never overwritten */
  async #read(): Promise<Content> {
    const read = await readJson(this.path, content, { maxBytes: this.maxBytes });
    if (read.is === 'read') return read.value;
    if (read.is === 'missing') return { projects: [], decisions: {} };
    throw new ApiError(
      'UNAVAILABLE',
      `projects.json in the service's storage is damaged: ${read.reason}. Restore it from a backup, or delete it to start over.`,
    );
  }

  #change<T>(change: (file: Content) => T): Promise<T> {
    return withFileLock(this.path, async () => {
      const file = await this.#read();
      const result = change(file);
      // A file over the limit could not be read back.
      if (Buffer.byteLength(JSON.stringify(file)) > this.maxBytes)
        throw new ApiError(
          'UNAVAILABLE',
          `projects.json would be larger than ${this.maxBytes} bytes. Nothing was changed.`,
        );
      await writeJson(this.path, file);
      return result;
    });
  }
}

function decided(decisions: Content['decisions'], key: string): Decision {
  return (Object.hasOwn(decisions, key) ? decisions[key] : undefined) ?? undecided;
}
