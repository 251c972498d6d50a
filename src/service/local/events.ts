import { rm } from 'node:fs/promises';
import { isTerminal } from '../../protocol';
import { Appender } from '../../base/appender';
import { errorMessage } from '../../base/errors';
import { toDisposable, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { jobFrame, type Frame } from '../job/frames';
import type { FullJob } from '../job/jobMachine';
import type { Events, JobEvent } from '../ports/events';
import type { StoredJob } from '../ports/record';
import type { Lease } from '../job/lease';
import { appendWhole } from './appendWhole';
import { bufferBytes, lastFrameIn, storedFrames } from './eventFile';
import type { JobFolders } from './jobFolders';

/** Log and findings frames that are buffered for reconnecting followers. */
const bufferFrames = 1000;
/** How often to read a job that another runner on this storage is working on, in ms. */
const foreignMs = 1000;

export interface LocalEventsOptions {
  readonly folders: JobFolders;
  /** Id of this runner. */
  readonly owner: string;
  readonly load: (id: string) => Promise<StoredJob | undefined>;
  /** Bytes of an `events.ndjson`. */
  readonly maxBytes: number;
  readonly log: Logger;
}

/** The streams of this process's jobs, in memory and, for later, in `events.ndjson`; those of other runners come from their `job.json`. */
export class LocalEvents implements Events {
  readonly #options: LocalEventsOptions;
  readonly #open = new Map<string, OpenStream>();

  constructor(options: LocalEventsOptions) {
    this.#options = options;
  }

  publish({ id }: Lease, event: JobEvent): void {
    let stream = this.#open.get(id);
    if (!stream) {
      const path = this.#path(id);
      const { maxBytes, log } = this.#options;
      const file = new Appender(
        (text) => appendWhole(path, text),
        maxBytes,
        (error) => log.warn(`Cannot write ${path}: ${errorMessage(error)}`),
      );
      this.#open.set(id, (stream = new OpenStream(file)));
    }
    stream.publish(event);
  }

  claim({ id }: Lease): Promise<number> {
    return this.lastId(id);
  }

  async close(id: string): Promise<void> {
    // Followers that arrive during the write still get everything from memory.
    await this.#open.get(id)?.flush();
    this.#open.delete(id);
  }

  async lastId(id: string): Promise<number> {
    return this.#open.get(id)?.lastId ?? lastFrameIn(this.#path(id));
  }

  current(id: string): Promise<{ id: number; job: FullJob } | undefined> {
    return Promise.resolve(this.#open.get(id)?.current);
  }

  async follow(id: string, after: number | undefined, send: (frame: Frame) => void): Promise<Disposable | undefined> {
    return this.#open.get(id)?.follow(after, send) ?? this.#followForeign(id, after, send);
  }

  kept(id: string, after: number): AsyncIterable<string> {
    return storedFrames(this.#path(id), after);
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return this.#options.folders.file(id, 'events.ndjson');
  }

  /** Follows another runner's job by repeatedly reading its Job: its log and findings are not passed on. */
  async #followForeign(
    id: string,
    after: number | undefined,
    send: (frame: Frame) => void,
  ): Promise<Disposable | undefined> {
    const { load, owner, log } = this.#options;
    const first = await load(id);
    // One of our jobs without an open stream has ended, even if its end could not be stored.
    if (!first || isTerminal(first.job.status) || first.owner === owner) return undefined;
    let sent = '';
    let frames = after ?? 0;
    const look = (job: FullJob | undefined) => {
      const text = JSON.stringify(job);
      if (!job || text === sent) return;
      sent = text;
      frames += 1;
      const isEnd = isTerminal(job.status);
      if (isEnd) clearInterval(timer);
      send(jobFrame(frames, job, isEnd));
    };
    const report = (error: unknown) => log.warn(`Cannot follow job ${id}: ${errorMessage(error)}`);
    const timer = setInterval(() => void load(id).then((stored) => look(stored?.job), report), foreignMs);
    look(first.job);
    return toDisposable(() => clearInterval(timer));
  }
}

/** The stream of a job that this process runs. */
class OpenStream {
  readonly #file: Appender;
  readonly #followers = new Set<(frame: Frame) => void>();
  readonly #buffer: Frame[] = [];
  #bytes = 0;
  #lastId = 0;
  #job: FullJob | undefined;
  #ended = false;

  constructor(file: Appender) {
    this.#file = file;
  }

  get lastId(): number {
    return this.#lastId;
  }

  get current(): { readonly id: number; readonly job: FullJob } | undefined {
    return this.#job && { id: this.#lastId, job: this.#job };
  }

  publish(event: JobEvent): void {
    const { id, kind, text, last, data } = event;
    if (id <= this.#lastId) return;
    this.#lastId = id;
    this.#ended = last;
    if (event.kind === 'job') this.#job = event.data;
    const frame: Frame = { id, kind, text, last };
    if (event.kind !== 'job' || !event.isUpdate) this.#file.append(JSON.stringify({ id, event: kind, data }));
    if (kind !== 'job') this.#remember(frame);
    for (const send of [...this.#followers]) send(frame);
    if (last) this.#followers.clear();
  }

  follow(after: number | undefined, send: (frame: Frame) => void): Disposable {
    if (after !== undefined) for (const frame of this.#buffer) if (frame.id > after) send(frame);
    if (this.#job) send(jobFrame(this.#lastId, this.#job, this.#ended));
    if (!this.#ended) this.#followers.add(send);
    return toDisposable(() => this.#followers.delete(send));
  }

  flush(): Promise<void> {
    return this.#file.flush();
  }

  #remember(frame: Frame): void {
    this.#buffer.push(frame);
    this.#bytes += frame.text.length;
    while (this.#buffer.length > bufferFrames || (this.#bytes > bufferBytes && this.#buffer.length > 1))
      this.#bytes -= this.#buffer.shift()?.text.length ?? 0;
  }
}
