import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type * as z from 'zod';
import { abortReason } from '../base/abort';
import { CodedError } from '../base/errors';
import { endNode, startNode } from '../base/process';

/** How long the process may take to end when asked to, and after each signal. Milliseconds. */
const graceMs = 2_000;
/** How many characters of its output are kept. */
const maxOutput = 64 * 1024 * 1024;

/**
 * Runs a `codeagent` command that prints one line of JSON, in a separate process.
 * @param cli absolute path of `dist/cli.js`
 * @param failed the error's code, and its message if the command prints none
 * @throws CodedError with that code and the command's error message; the signal's reason, once the process has ended
 */
export async function jsonCommand<T>(
  cli: string,
  args: readonly string[],
  answer: z.ZodType<T>,
  failed: { readonly code: string; readonly message: string },
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const child = startNode({ file: cli, args: [...args] });
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-maxOutput)));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-maxOutput)));
  const onAbort = () => void endNode(child, graceMs, () => child.disconnect());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // Not "close", which never fires once the channel was closed from here. Rejects if the process cannot be started.
    const [code] = (await once(child, 'exit')) as [number | null];
    if (signal.aborted) throw abortReason(signal);
    for (const stream of [child.stdout, child.stderr]) if (stream) await finished(stream);
    if (code !== 0) throw new CodedError(failed.code, stderr.trim() === '' ? failed.message : stderr.trim());
    return answer.parse(JSON.parse(stdout));
  } catch (cause) {
    if (signal.aborted || (cause instanceof CodedError && cause.code === failed.code)) throw cause;
    throw new CodedError(failed.code, `${failed.message} codeagent ${args[0] ?? ''} gave no result.`, { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
