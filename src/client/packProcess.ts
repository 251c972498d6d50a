import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { abortReason } from '../base/abort';
import { CodedError } from '../base/errors';
import { endNode, startNode } from '../base/process';
import { packed, type Packed, type ScanRequest } from '../protocol';

/** How long it may take to end when it is told to, and at each signal after that. In ms. */
const graceMs = 2_000;
/** Characters of what it says that are kept. */
const maxSaid = 64_000;

/** Patterns of what is to be scanned: nothing else leaves the machine. */
type PackScope = Pick<ScanRequest, 'include' | 'exclude'>;

/**
 * Asks `codeagent pack`, in a process of its own, how a folder can go to a service. See there for what it answers.
 * @param cli absolute path of `dist/cli.js`
 * @param output where a zip goes, in a folder of its own
 * @throws CodedError PACK with its sentence; the signal's reason, once the process is gone
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
  if (exclude.length > 0) args.push('--exclude', exclude.join(','));
  if (include.length > 0) {
    // They may be thousands of names, which no command line takes.
    const list = `${output}.include`;
    await writeFile(list, include.join('\n'), { mode: 0o600 });
    args.push('--include-from', list);
  }
  const child = startNode({ file: cli, args });
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-maxSaid)));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-maxSaid)));
  const onAbort = () => void endNode(child, graceMs, () => child.disconnect());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // Rejects when it cannot be started.
    const [code] = (await once(child, 'close')) as [number | null];
    if (signal.aborted) throw abortReason(signal);
    if (code !== 0)
      throw new CodedError('PACK', stderr.trim() === '' ? 'The folder could not be packed.' : stderr.trim());
    return packed.parse(JSON.parse(stdout));
  } catch (cause) {
    if (signal.aborted || (cause instanceof CodedError && cause.code === 'PACK')) throw cause;
    throw new CodedError('PACK', 'The folder could not be packed: codeagent pack gave no answer.', { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
