import { writeFile } from 'node:fs/promises';
import { packed, type Packed, type ScanRequest } from '../protocol';
import { jsonCommand } from './jsonCommand';

/** Patterns of the files to scan: nothing else leaves the machine. */
type PackScope = Pick<ScanRequest, 'include' | 'exclude' | 'policy'>;

/**
 * Runs `codeagent pack` in a separate process to find out how to submit a folder to a service.
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
  return jsonCommand(cli, args, packed, { code: 'PACK', message: 'The folder could not be packed.' }, signal);
}
