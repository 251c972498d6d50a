import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { findingNote, triage, type FindingNote, type Triage } from '../../protocol';
import { ApiError } from '../errors/apiError';
import { readJson, withFileLock, writeJson } from '../../base/jsonFile';

const namedProject = z.object({ id: z.string(), name: z.string(), created_at: z.string() });
/** A project that somebody made, for uploads, which have no repository to tell them by. */
export type NamedProject = z.infer<typeof namedProject>;

const decision = z.object({ triage, notes: z.array(findingNote) });
/** What people have said of a finding. */
export type Decision = z.infer<typeof decision>;

const content = z.object({
  projects: z.array(namedProject),
  /** By `<project id>/<finding id>`. */
  decisions: z.record(z.string(), decision),
});
type Content = z.infer<typeof content>;

const undecided: Decision = { triage: { status: 'open', revision: 0 }, notes: [] };

/** `projects.json`: what dashboards keep of projects. Read anew each time, since runners may share it. */
export class ProjectFile {
  /** @param maxBytes how large the file may become */
  constructor(
    private readonly path: string,
    private readonly maxBytes = 16 * 1024 * 1024,
  ) {}

  /** Oldest first. */
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

  /** What was said of each finding of a project. @returns the decision of a finding's id */
  async decisions(project: string): Promise<(finding: string) => Decision> {
    const { decisions } = await this.#read();
    return (finding) => decided(decisions, `${project}/${finding}`);
  }

  /** @param expected the revision that the person saw. @throws ApiError CONFLICT when another has come since */
  decide(project: string, finding: string, wanted: Omit<Triage, 'revision'>, expected: number): Promise<Decision> {
    return this.#change(({ decisions }) => {
      const key = `${project}/${finding}`;
      const { triage: last, notes } = decided(decisions, key);
      if (last.revision !== expected)
        throw new ApiError('CONFLICT', 'Somebody else has decided on this finding meanwhile.');
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

  /** @throws ApiError UNAVAILABLE: a damaged file is never taken for an empty one, and so never written over */
  async #read(): Promise<Content> {
    const read = await readJson(this.path, content, { maxBytes: this.maxBytes });
    if (read.is === 'read') return read.value;
    if (read.is === 'missing') return { projects: [], decisions: {} };
    throw new ApiError(
      'UNAVAILABLE',
      `projects.json in the service's storage is damaged: ${read.reason}. Restore it from a backup, or remove it to start anew.`,
    );
  }

  #change<T>(change: (file: Content) => T): Promise<T> {
    return withFileLock(this.path, async () => {
      const file = await this.#read();
      const result = change(file);
      // A file over the limit could not be read again.
      if (Buffer.byteLength(JSON.stringify(file)) > this.maxBytes)
        throw new ApiError('UNAVAILABLE', `projects.json holds at most ${this.maxBytes} bytes. Nothing was changed.`);
      await writeJson(this.path, file);
      return result;
    });
  }
}

function decided(decisions: Content['decisions'], key: string): Decision {
  return (Object.hasOwn(decisions, key) ? decisions[key] : undefined) ?? undecided;
}
