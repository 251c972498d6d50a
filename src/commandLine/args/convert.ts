import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Severity, severity } from '../../protocol';
import { guarded, oneOf, type OutputFormat, outputFormats, type ReportFile, reportFiles, usageError } from './options';

export interface ConvertArgs {
  command: 'convert';
  file: string;
  root: string;
  format: OutputFormat;
  output: string | undefined;
  reports: readonly ReportFile[];
  failOn: Severity | 'never';
  strict: boolean;
}

export function convertArgs(argv: readonly string[]): ConvertArgs {
  const { values, positionals } = guarded(() =>
    parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        root: { type: 'string', default: '.' },
        format: { type: 'string', default: 'text' },
        output: { type: 'string' },
        report: { type: 'string', multiple: true, default: [] },
        'fail-on': { type: 'string', default: 'never' },
        strict: { type: 'boolean', default: false },
      },
    }),
  );
  const [file, ...others] = positionals;
  if (file === undefined) throw usageError('No file given.');
  if (others.length > 0) throw usageError(`Expected one file, not ${positionals.length}.`);
  return {
    command: 'convert',
    file: resolve(file),
    root: resolve(values.root),
    format: oneOf('format', values.format, outputFormats),
    output: values.output,
    reports: reportFiles(values.report, values.output),
    failOn: oneOf('fail-on', values['fail-on'], [...severity.options, 'never'] as const),
    strict: values.strict,
  };
}
