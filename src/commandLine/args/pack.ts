import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { guarded, list, usageError } from './options';

export interface PackArgs {
  command: 'pack';
  path: string;
  output: string;
  always: boolean;
  include: string[];
  /** A file with more patterns, one per line. */
  includeFrom: string | undefined;
  exclude: string[];
  /** Whether the folder's configuration also excludes files. */
  config: boolean;
}

export function packArgs(argv: readonly string[]): PackArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        output: { type: 'string' },
        always: { type: 'boolean', default: false },
        include: { type: 'string' },
        'include-from': { type: 'string' },
        exclude: { type: 'string' },
        'no-config': { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`Expected one folder, not ${positionals.length}.`);
  if (values.output === undefined) throw usageError('--output is missing.');
  return {
    command: 'pack',
    path: resolve(positionals[0] ?? '.'),
    output: resolve(values.output),
    always: values.always,
    include: list(values.include) ?? [],
    includeFrom: values['include-from'] === undefined ? undefined : resolve(values['include-from']),
    exclude: list(values.exclude) ?? [],
    config: !values['no-config'],
  };
}
