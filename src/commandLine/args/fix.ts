import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { guarded, list, type OsvArgs, osvArgs, osvOptions, usageError, wholeNumber } from './options';

export interface FixArgs {
  command: 'fix';
  path: string;
  /** Rule IDs; undefined: all. */
  rules: string[] | undefined;
  dryRun: boolean;
  unsafe: boolean;
  analyzers: string[] | undefined;
  include: string[] | undefined;
  exclude: string[] | undefined;
  timeoutSec: number | undefined;
  /** The file with the settings of external tools. */
  tools: string | undefined;
  osv: OsvArgs;
}

export function fixArgs(argv: readonly string[]): FixArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rules: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        unsafe: { type: 'boolean', default: false },
        analyzers: { type: 'string' },
        include: { type: 'string' },
        exclude: { type: 'string' },
        timeout: { type: 'string' },
        tools: { type: 'string' },
        ...osvOptions,
      },
    }),
  );
  if (positionals.length > 1) throw usageError(`One folder at a time, not ${positionals.length}.`);
  return {
    command: 'fix',
    path: resolve(positionals[0] ?? '.'),
    rules: list(values.rules),
    dryRun: values['dry-run'],
    unsafe: values.unsafe,
    analyzers: list(values.analyzers),
    include: list(values.include),
    exclude: list(values.exclude),
    timeoutSec: values.timeout === undefined ? undefined : wholeNumber('timeout', values.timeout, 1, 86_400),
    tools: values.tools === undefined ? undefined : resolve(values.tools),
    osv: osvArgs(values),
  };
}
