import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errorCode } from '../../base/errors';
import type { FrameKind } from '../job/frames';

/** Bytes at the end of an event file that are read for a reconnecting client: as many as the buffer of a running job holds. */
export const bufferBytes = 1024 * 1024;

/**
 * The log and findings frames of an ended job after `after`, from the end of its `events.ndjson`: as many as the buffer of a running job
 * would hold. Read in pieces and passed on without parsing. A line cut off by a crash is left out.
 */
export async function* storedFrames(path: string, after: number): AsyncGenerator<string> {
  for await (const { id, event, data } of lastLines(path))
    if (id > after && event !== 'job') yield `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}

/** The id of the last frame in `events.ndjson`; 0 if there is none. */
export async function lastFrameIn(path: string): Promise<number> {
  let last = 0;
  for await (const { id } of lastLines(path)) last = Math.max(last, id);
  return last;
}

interface StoredLine {
  readonly id: number;
  readonly event: FrameKind;
  /** JSON. */
  readonly data: string;
}

const storedLine = /^\{"id":(\d+),"event":"(job|log|findings)","data":(.*)\}$/;

async function* lastLines(path: string): AsyncGenerator<StoredLine> {
  let size: number;
  try {
    ({ size } = await stat(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const start = Math.max(0, size - bufferBytes);
  let rest = '';
  // The first line is incomplete if reading started in the middle of it.
  let isWhole = start === 0;
  const pieces: AsyncIterable<string> = createReadStream(path, { start, encoding: 'utf8' });
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, id, event, data] = isWhole ? (storedLine.exec(line) ?? []) : [];
      isWhole = true;
      if (data !== undefined) yield { id: Number(id), event: event as FrameKind, data };
    }
  }
}
