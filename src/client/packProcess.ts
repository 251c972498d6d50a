import { execFile } from 'node:child_process';
import { abortReason } from '../base/abort';
import { CodedError } from '../base/errors';
import { packed, type Packed } from '../protocol';
import { minimalEnvironment } from './environment';

/**
 * Asks `codeagent pack`, in a process of its own, how a folder can go to a service. See there for what it answers.
 * @param cli absolute path of `dist/cli.js`
 * @throws CodedError PACK with its sentence; the signal's reason
 */
export function packFolder(
  cli: string,
  folder: string,
  output: string,
  options: { readonly always: boolean; readonly signal: AbortSignal },
): Promise<Packed> {
  const args = [cli, 'pack', folder, '--output', output, ...(options.always ? ['--always'] : [])];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: minimalEnvironment(), signal: options.signal }, (error, stdout, stderr) => {
      if (options.signal.aborted) {
        reject(abortReason(options.signal));
        return;
      }
      if (error) {
        reject(new CodedError('PACK', stderr.trim() === '' ? error.message : stderr.trim(), { cause: error }));
        return;
      }
      try {
        resolve(packed.parse(JSON.parse(stdout)));
      } catch (cause) {
        reject(new CodedError('PACK', 'The folder could not be packed: codeagent pack gave no answer.', { cause }));
      }
    });
  });
}
