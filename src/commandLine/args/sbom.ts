import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { guarded, list, oneOf, usageError } from './options';

export interface SbomArgs {
  command: 'sbom';
  path: string;
  format: 'cyclonedx' | 'spdx';
  output: string | undefined;
  include: string[] | undefined;
  exclude: string[] | undefined;
  strict: boolean;
}

export function sbomArgs(argv: readonly string[]): SbomArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        format: { type: 'string', default: 'cyclonedx' },
        output: { type: 'string' },
        include: { type: 'string' },
        exclude: { type: 'string' },
        strict: { type: 'boolean', default: false },
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`Expected one folder, not ${positionals.length}.`);
  return {
    command: 'sbom',
    path: resolve(positionals[0] ?? '.'),
    format: oneOf('format', values.format, ['cyclonedx', 'spdx'] as const),
    output: values.output,
    include: list(values.include),
    exclude: list(values.exclude),
    strict: values.strict,
  };
}
