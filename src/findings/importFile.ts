import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { issue, relativePath, report, type Report } from '../protocol';

/** Heap limit of the thread, in MB. */
const heapMb = 3072;

/** The thread's task. */
export const importTask = z.object({
  /** An absolute path. */
  file: z.string(),
  /** Candidate folders for its code, as absolute paths; the one with the most of its files is used. */
  folders: z.array(z.string()),
  /** The report's id; without one, our reports keep their own. */
  id: z.string().optional(),
  /** The maximum number of findings, the worst first; all by default. */
  limit: z.number().int().positive().optional(),
  /** Where to save the report as JSON. */
  keep: z.string().optional(),
});
export type ImportTask = z.infer<typeof importTask>;

const piece = z.object({ path: relativePath, issues: z.array(issue) });
export type Piece = z.infer<typeof piece>;

const fromThread = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('head'),
    report: report.omit({ files: true }),
    folder: z.string().optional(),
    settled: z.number(),
  }),
  /** Findings of some files. A file with many findings is split. */
  z.object({ type: z.literal('files'), files: z.array(piece) }),
  z.object({ type: z.literal('end') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type FromThread = z.infer<typeof fromThread>;

export interface ImportedFile {
  readonly report: Report;
  /** The folder that contains its files. */
  readonly folder: string | undefined;
  /** Results that are not findings: they passed, or are gone. */
  readonly settled: number;
}

/**
 * Reads a SARIF log from any tool, or one of our reports, in a thread. The findings are transferred in pieces of a few milliseconds on
 * request, so that the calling thread stays responsive.
 * @param script the built `importWorker.js`
 * @throws CodedError BAD_REPORT with a clause such as "it is not valid JSON"
 */
export async function importFile(script: string, task: ImportTask): Promise<ImportedFile> {
  const thread = new Worker(script, {
    workerData: task,
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
  return new CodedError(
    'BAD_REPORT',
    message.type === 'failed' ? message.message : `unexpected message ${message.type}`,
  );
}

/** Requests messages from a thread, one after the other. */
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
          else
            reject(new CodedError('BAD_REPORT', `the reader sent an invalid message (${z.prettifyError(read.error)})`));
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
          reject(new CodedError('BAD_REPORT', 'the reader crashed'));
        };
        thread.on('message', onMessage).on('error', onError).on('exit', onExit);
        thread.postMessage('next');
      }),
  };
}
