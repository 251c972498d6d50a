import { resolve } from 'node:path';
import { CodedError, errorMessage } from '../../base/errors';
import { serviceUrl } from '../../base/serviceUrl';
import { type WriterFormat, writerFormats } from '../../findings/formats';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import type { OsvSettings } from '../../protocol';

export type OutputFormat = 'text' | WriterFormat;

/** A report in a file. */
export interface ReportFile {
  readonly format: OutputFormat;
  readonly file: string;
}

export const outputFormats = ['text', ...writerFormats] as const;

/** How the command line configures the dependency lookup. */
export type OsvArgs = Partial<OsvSettings>;

export function usageError(message: string): CodedError<'USAGE'> {
  return new CodedError('USAGE', `${message} Run "codeagent --help" for usage.`);
}

export function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw usageError(errorMessage(error).replace(/\. To specify.*/s, '.'));
  }
}

export function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw usageError(`--${option} must be one of ${allowed.join(', ')}, not "${value}".`);
  return found;
}

export function wholeNumber(option: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!(number >= min && number <= max))
    throw usageError(`--${option} must be a whole number from ${min} to ${max}, not "${value}".`);
  return number;
}

export function list(value: string | undefined): string[] | undefined {
  const parts = value
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts && parts.length > 0 ? parts : undefined;
}

/** The files of --report FORMAT=FILE, without duplicates. */
export function reportFiles(values: readonly string[], output: string | undefined): ReportFile[] {
  const taken = new Set(output === undefined ? [] : [resolve(output)]);
  return values.map((value) => {
    const [, format, file] = /^([^=]*)=(.+)$/s.exec(value) ?? [];
    if (format === undefined || file === undefined)
      throw usageError(`--report must be FORMAT=FILE, such as sarif=report.sarif, not "${value}".`);
    if (taken.has(resolve(file))) throw usageError(`Two reports cannot be written to the same file, ${file}.`);
    taken.add(resolve(file));
    return { format: oneOf('report', format, outputFormats), file };
  });
}

export const rulesOption = { rules: { type: 'string', multiple: true } } as const;

export function rulePacksOf({ rules = [] }: { readonly rules?: string[] | undefined }): RulePackFolder[] {
  return rules.map((name) => ({ path: resolve(name), name }));
}

export const osvOptions = {
  'osv-url': { type: 'string' },
  'osv-database': { type: 'string', multiple: true },
  'no-osv': { type: 'boolean' },
} as const;

export function osvArgs(values: {
  readonly 'osv-url'?: string | undefined;
  readonly 'osv-database'?: string[] | undefined;
  readonly 'no-osv'?: boolean | undefined;
}): OsvArgs {
  const given = values['osv-url'];
  const url = given === undefined ? undefined : serviceUrl(given);
  if (given !== undefined && url === undefined)
    throw usageError('--osv-url must be an http or https URL without a password or a query.');
  const database = values['osv-database']?.map((path) => resolve(path));
  return {
    ...(url !== undefined && { url }),
    ...(database && { database }),
    ...(values['no-osv'] && { enabled: false }),
  };
}

/** `-`: environment variables only. */
export function clusterFile(file: string | undefined): string {
  if (file === undefined) throw usageError('--cluster is missing.');
  return file === '-' ? file : resolve(file);
}

/** A `Host` header as clients send it: in lower case, with or without a port. */
export function hostName(text: string): string {
  const name = text.toLowerCase();
  if (/^([\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(name)) return name;
  throw usageError(
    `--allow-host must be a host name, such as scan.example.com or scan.example.com:8443, not "${text}".`,
  );
}
