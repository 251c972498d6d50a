import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { abortReason } from '../base/abort';
import { CodedError } from '../base/errors';
import { endNode, startNode } from '../base/process';
import { packed, type Packed, type ScanRequest } from '../protocol';

/** How long the process may take to end when asked to, and after each signal. Milliseconds. */
const graceMs = 2_000;
/** How many characters of its output are kept. */
const maxOutput = 64_000;

/** Patterns of the files to scan: nothing else leaves the machine. */
type PackScope = Pick<ScanRequest, 'include' | 'exclude' | 'policy'>;

/**
 * Runs `codeagent pack` in a process of its own to find out how to submit a folder to a service.
 * @param cli absolute path of `dist/cli.js`
 * @param output path for a zip, in a folder of its own
 * @throws CodedError PACK with the error message of the command; the signal's reason, once the process has ended
 */
export async function packFolder(
  cli: string,
  folder: string,
  output: string,
  options: PackScope & { readonly always: boolean; readonly signal: AbortSignal },
): Promise<Packed> {
  const { signal, include = [], exclude = [] } = options;
  signal.throwIfAborted();
  const args = ['pack', folder, '--output', output, ...(options.always ? ['--always'] : [])];
  if (options.policy === 'none') args.push('--no-config');
  if (exclude.length > 0) args.push('--exclude', exclude.join(','));
  if (include.length > 0) {
    // In a file, since thousands of names do not fit on a command line.
    const list = `${output}.include`;
    await writeFile(list, include.join('\n'), { mode: 0o600 });
    args.push('--include-from', list);
  }
  const child = startNode({ file: cli, args });
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-maxOutput)));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-maxOutput)));
  const onAbort = () => void endNode(child, graceMs, () => child.disconnect());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // Not "close", which never comes once the channel was closed from here. Rejects if the process cannot be started.
    const [code] = (await once(child, 'exit')) as [number | null];
    if (signal.aborted) throw abortReason(signal);
    for (const stream of [child.stdout, child.stderr]) if (stream) await finished(stream);
    if (code !== 0)
      throw new CodedError('PACK', stderr.trim() === '' ? 'The folder could not be packed.' : stderr.trim());
    return packed.parse(JSON.parse(stdout));
  } catch (cause) {
    if (signal.aborted || (cause instanceof CodedError && cause.code === 'PACK')) throw cause;
    throw new CodedError('PACK', 'The folder could not be packed: codeagent pack gave no result.', { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
