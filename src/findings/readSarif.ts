import * as z from 'zod';
import { errorMessage } from '../base/errors';
import { reportMeta, type ReportMeta } from '../protocol';
import { Gaps } from './coverage';
import { bag } from './sarif';
import { misread, sarifLog, sarifRun } from './sarifLog';
import type { SarifFiles } from './sarifPlaces';
import { nameOf, reportMisread, RunReader, type SarifRun } from './sarifRunReader';

/** What a SARIF log says. */
export interface ReadSarif {
  readonly runs: readonly SarifRun[];
  /** What a report of ours says about itself. */
  readonly meta: ReportMeta | undefined;
  /** What the tools could not scan, and what in the log could not be read. */
  readonly gaps: Gaps;
}

/**
 * Reads any tool's SARIF 2.1.
 * @throws Error with a sentence that continues "The file cannot be read: " when it is not SARIF 2.1
 */
export function readSarif(content: string, files: SarifFiles): ReadSarif {
  return readSarifValue(parseJson(content), files);
}

/**
 * @param content JSON, also after a byte order mark
 * @throws Error with a sentence when it is not JSON
 */
export function parseJson(content: string): unknown {
  const text = content.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    const cutOff =
      /^[[{]/.test(text.trimStart()) &&
      /Unexpected end|Unterminated|Expected .* \(line|after/.test(errorMessage(error)) &&
      !/[\]}]\s*$/.test(text);
    throw new Error(`${cutOff ? 'it ends in the middle' : 'it is not JSON'} (${errorMessage(error)})`.slice(0, 300), {
      cause: error,
    });
  }
}

/** {@link readSarif} for JSON that has been parsed. */
export function readSarifValue(value: unknown, files: SarifFiles): ReadSarif {
  const { version } = z.object({ version: z.unknown() }).safeParse(value).data ?? {};
  if (typeof version !== 'string' && !isNewSchema(value))
    throw new Error('it is not SARIF 2.1.0 (version: it has none)');
  if (typeof version === 'string' && !/^2\.1(\.|$)/.test(version))
    throw new Error(`its version is ${version.slice(0, 40)}, and only 2.1.0 can be read`);
  const parsed = sarifLog.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new Error(`it is not SARIF 2.1.0 (${first?.path.join('.') ?? ''}: ${first?.message ?? ''})`.slice(0, 300));
  }
  const log = parsed.data;
  const gaps = new Gaps();
  const shared = (log.invocations ?? []).filter((one) => one !== undefined);
  const runs = (log.runs ?? []).flatMap((one, at) => {
    const run = sarifRun.safeParse(one).data;
    if (!run) {
      gaps.add('unread_report', null, `Run ${at + 1} of the SARIF file could not be read: it is no object.`);
      return [];
    }
    // The results are by far the largest part, and are read one by one.
    reportMisread(gaps, nameOf(run), 'The run', misread({ ...asObject(one), results: run.results }, run), 1);
    return [new RunReader(run, shared, files, gaps).read()];
  });
  if (log.runs === null) gaps.add('unread_report', null, 'The SARIF file holds no runs: its tool could not make any.');
  return { runs, meta: reportMeta.safeParse(log.properties?.[bag]).data, gaps };
}

function isNewSchema(value: unknown): boolean {
  const { $schema } = z.object({ $schema: z.string(), runs: z.array(z.unknown()) }).safeParse(value).data ?? {};
  return $schema !== undefined && /sarif.*2\.1/.test($schema);
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
