import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { issue, relativePath, report, type Report } from '../protocol';

/** What a thread may take for a file and what comes of it, in MB. */
const heapMb = 3072;

/** What the thread is to read. */
export const importOrder = z.object({
  /** An absolute path. */
  file: z.string(),
  /** The folders that its code may be in, as absolute paths; that one counts of which most files are there. */
  folders: z.array(z.string()),
  /** The id of the report; a report of ours keeps its own when there is none. */
  id: z.string().optional(),
  /** How many findings are handed over at most, the worst; all when left out. */
  limit: z.number().int().positive().optional(),
  /** A path at which the report is kept, as JSON. */
  keep: z.string().optional(),
});
export type ImportOrder = z.infer<typeof importOrder>;

const piece = z.object({ path: relativePath, issues: z.array(issue) });
export type Piece = z.infer<typeof piece>;

const fromThread = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('head'),
    report: report.omit({ files: true }),
    folder: z.string().optional(),
    settled: z.number(),
  }),
  /** Findings of some files; a file of many comes in several. */
  z.object({ type: z.literal('files'), files: z.array(piece) }),
  z.object({ type: z.literal('end') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type FromThread = z.infer<typeof fromThread>;

export interface ImportedFile {
  readonly report: Report;
  /** The folder that its files are in. */
  readonly folder: string | undefined;
  /** Results that are no findings: they passed, or are gone. */
  readonly settled: number;
}

/**
 * Reads a SARIF log of any tool, or a report of ours, in a thread of its own. What it found comes in pieces of a few milliseconds, each when its turn
 * is there: whoever else this thread serves does not wait.
 * @param script the built `importWorker.js`
 * @throws CodedError BAD_REPORT whose message goes on from the file's name: "it is not JSON"
 */
export async function importFile(script: string, order: ImportOrder): Promise<ImportedFile> {
  const thread = new Worker(script, {
    workerData: order,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const messages = messagesOf(thread);
  try {
    const head = await messages.next();
    if (head.type !== 'head') throw unexpected(head);
    const files = new Map<string, Report['files'][number]>();
    for (;;) {
      await setImmediate();
      const next = await messages.next();
      if (next.type === 'end') break;
      if (next.type !== 'files') throw unexpected(next);
      for (const { path, issues } of next.files) {
        const file = files.get(path);
        if (file) file.issues.push(...issues);
        else files.set(path, { path, issues });
      }
    }
    return { report: { ...head.report, files: [...files.values()] }, folder: head.folder, settled: head.settled };
  } finally {
    await thread.terminate();
  }
}

function unexpected(message: FromThread): CodedError {
  return new CodedError('BAD_REPORT', message.type === 'failed' ? message.message : `it came as ${message.type}`);
}

/** Asks a thread for one message after the other. */
function messagesOf(thread: Worker): { next(): Promise<FromThread> } {
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const done = () => {
          thread.off('message', onMessage).off('error', onError).off('exit', onExit);
        };
        const onMessage = (value: unknown) => {
          done();
          const read = fromThread.safeParse(value);
          if (read.success) resolve(read.data);
          else reject(new CodedError('BAD_REPORT', `it was not read well (${z.prettifyError(read.error)})`));
        };
        const onError = (error: unknown) => {
          done();
          const why =
            errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY'
              ? `it is too large: reading it takes more than ${heapMb} MB of memory`
              : errorMessage(error);
          reject(new CodedError('BAD_REPORT', why, { cause: error }));
        };
        const onExit = () => {
          done();
          reject(new CodedError('BAD_REPORT', 'the thread that read it has ended'));
        };
        thread.on('message', onMessage).on('error', onError).on('exit', onExit);
        thread.postMessage('next');
      }),
  };
}
