import * as z from 'zod';
import { errorMessage } from '../base/errors';
import { reportMeta, type ReportMeta } from '../protocol';
import { Gaps } from './coverage';
import { bag } from './sarif';
import { malformedParts, sarifLog, sarifRun } from './sarifLog';
import type { SarifFiles } from './sarifPlaces';
import { nameOf, reportMalformed, RunReader, type SarifRun } from './sarifRunReader';

/** The content of a SARIF log. */
export interface ReadSarif {
  readonly runs: readonly SarifRun[];
  /** Set if it is one of our own reports. */
  readonly meta: ReportMeta | undefined;
  /** What the tools could not scan, and what could not be read in the log. */
  readonly gaps: Gaps;
}

/**
 * Reads any tool's SARIF 2.1.
 * @throws Error with a clause such as "it is not SARIF 2.1.0"
 */
export function readSarif(content: string, files: SarifFiles): ReadSarif {
  return readSarifValue(parseJson(content), files);
}

/**
 * Parses JSON, with or without a byte order mark.
 * @throws Error with a clause such as "it is not valid JSON"
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
    throw new Error(`${cutOff ? 'it is truncated' : 'it is not valid JSON'} (${errorMessage(error)})`.slice(0, 300), {
      cause: error,
    });
  }
}

/** {@link readSarif} for parsed JSON. */
export function readSarifValue(value: unknown, files: SarifFiles): ReadSarif {
  const { version } = z.object({ version: z.unknown() }).safeParse(value).data ?? {};
  if (typeof version !== 'string' && !isNewSchema(value)) throw new Error('it is not SARIF 2.1.0 (it has no version)');
  if (typeof version === 'string' && !/^2\.1(\.|$)/.test(version))
    throw new Error(`its version is ${version.slice(0, 40)}, but only 2.1.0 is supported`);
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
      gaps.add('unread_report', null, `Run ${at + 1} of the SARIF file could not be read: it is not an object.`);
      return [];
    }
    // The results are by far the largest part, and are read one by one.
    reportMalformed(gaps, nameOf(run), 'The run', malformedParts({ ...asObject(one), results: run.results }, run), 1);
    return [new RunReader(run, shared, files, gaps).read()];
  });
  if (log.runs === null) gaps.add('unread_report', null, 'The SARIF file contains no runs, since its tool failed.');
  return { runs, meta: reportMeta.safeParse(log.properties?.[bag]).data, gaps };
}

function isNewSchema(value: unknown): boolean {
  const { $schema } = z.object({ $schema: z.string(), runs: z.array(z.unknown()) }).safeParse(value).data ?? {};
  return $schema !== undefined && /sarif.*2\.1/.test($schema);
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
