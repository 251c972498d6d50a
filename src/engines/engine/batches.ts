import { errorCode } from '../../base/errors';
import type { SourceFile } from '../../sources/sourceFile';
import type { AnalyzerRun } from './engine';

/** Splits a list of files into batches that take a fraction of a second each, for steady progress. */
export function* batches(files: readonly SourceFile[], maxFiles = 100, maxBytes = 2_000_000): Generator<SourceFile[]> {
  let batch: SourceFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && (batch.length === maxFiles || bytes + file.size > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.size;
  }
  if (batch.length > 0) yield batch;
}

/** Timeouts of a batch, and of each of its files when retried alone, in ms on an idle machine. A batch usually takes a tenth of a second. */
const timeouts = { batch: 20_000, file: 5_000 };

/**
 * Has a worker process the files of a run in batches. If a batch times out or crashes the worker, its files are retried one by one, so that only the
 * culprit is skipped. Report the result of each batch before requesting the next one.
 * @param action what is done to a file, for the gap: "searched for secrets"
 * @param ask calls the worker; rejects with a CodedError TIMEOUT or TOOL_FAILED if these files cannot be processed, and with any other error to end
 * the run
 * @throws what `ask` throws, including TOOL_FAILED when the worker crashes on every file of a batch, since the files are then not to blame
 */
export async function* inBatches<T>(
  run: Pick<AnalyzerRun, 'files' | 'signal' | 'progress' | 'gap' | 'searched'>,
  action: string,
  ask: (files: readonly SourceFile[], ms: number) => Promise<T>,
): AsyncGenerator<T> {
  let done = 0;
  const finish = (files: readonly SourceFile[]) => {
    done += files.length;
    run.searched?.(files);
    run.progress(done);
  };
  for (const files of batches(run.files)) {
    const whole = await attempt(() => ask(files, timeouts.batch), run.signal);
    if ('value' in whole) {
      yield whole.value;
      finish(files);
      continue;
    }
    let crashes = 0;
    for (const file of files) {
      const one = await attempt(() => ask([file], timeouts.file), run.signal);
      if ('value' in one) yield one.value;
      else {
        if (one.code === 'TOOL_FAILED') crashes += 1;
        // A crash is the file's fault, unless every file of the batch crashes the worker.
        if (crashes === files.length && files.length > 1) throw one.error;
        run.gap('unfinished', gapReasons[one.code](action), [file.path]);
      }
      finish([file]);
    }
  }
}

/** The paths of files that failed. */
export function pathsOf(failed: readonly { readonly file: string }[]): string[] {
  return failed.map(({ file }) => file);
}

const gapReasons = {
  TIMEOUT: (action: string) => `Files that took too long were not ${action}.`,
  TOOL_FAILED: (action: string) => `Files that crashed the worker were not ${action}.`,
} as const;

type Attempt<T> = { readonly value: T } | { readonly code: keyof typeof gapReasons; readonly error: Error };

async function attempt<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<Attempt<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    const code = errorCode(error);
    if (signal.aborted || !(error instanceof Error) || (code !== 'TIMEOUT' && code !== 'TOOL_FAILED')) throw error;
    return { code, error };
  }
}
