import { errorCode } from '../base/errors';
import type { SourceFile } from '../sources/sourceFile';
import type { AnalyzerRun } from './engine';

/** Cuts a list of files into batches of a size that takes a fraction of a second, so that progress is steady. */
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

/** How long a batch may take, and then each of its files alone, in ms; a usual batch takes a tenth of a second. */
const patience = { batch: 20_000, file: 5_000 };

/**
 * Has a worker look at the files of a run, a batch at a time. A batch that takes too long, or in which the worker ends, is done again file by file, so
 * that the file that it is can be given up alone. What comes for a batch must be handed over before the next one is asked for.
 * @param does what the engine does with a file, for the gap: "searched for secrets"
 * @param ask asks the worker; rejects with a CodedError TIMEOUT or TOOL_FAILED when these files cannot be done, with others to end the run
 * @throws what `ask` throws; TOOL_FAILED too, when the worker ends at each file of a batch: then it is not the files
 */
export async function* inBatches<T>(
  run: AnalyzerRun,
  does: string,
  ask: (files: readonly SourceFile[], ms: number) => Promise<T>,
): AsyncGenerator<T> {
  let done = 0;
  const finish = (files: readonly SourceFile[]) => {
    done += files.length;
    run.searched?.(files);
    run.progress(done);
  };
  for (const files of batches(run.files)) {
    const whole = await given(() => ask(files, patience.batch), run.signal);
    if ('value' in whole) {
      yield whole.value;
      finish(files);
      continue;
    }
    let ended = 0;
    for (const file of files) {
      const one = await given(() => ask([file], patience.file), run.signal);
      if ('value' in one) yield one.value;
      else {
        if (one.code === 'TOOL_FAILED') ended += 1;
        // A single file that ends the worker is the file's fault unless nothing else can be done either.
        if (ended === files.length && files.length > 1) throw one.error;
        run.gap('unfinished', gapReasons[one.code](does), [file.path]);
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
  TIMEOUT: (does: string) => `Files that take too long were not ${does}.`,
  TOOL_FAILED: (does: string) => `Files at which the worker ended were not ${does}.`,
} as const;

type Given<T> = { readonly value: T } | { readonly code: keyof typeof gapReasons; readonly error: Error };

async function given<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<Given<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    const code = errorCode(error);
    if (signal.aborted || !(error instanceof Error) || (code !== 'TIMEOUT' && code !== 'TOOL_FAILED')) throw error;
    return { code, error };
  }
}
