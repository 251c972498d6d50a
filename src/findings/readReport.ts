import * as z from 'zod';
import {
  issue,
  relativePath,
  reportMeta,
  summarize,
  type Gap,
  type Issue,
  type Report,
  type ReportMeta,
} from '../protocol';
import { Gaps } from './coverage';
import { cwesIn } from './severity';

const outline = z.object({
  files: z.array(z.unknown()),
  meta: z.unknown().optional(),
  summary: z.unknown().optional(),
});

/** Whether parsed JSON is meant to be a report of the contract. */
export function isReport(value: unknown): boolean {
  const { data } = outline.safeParse(value);
  return data !== undefined && (data.meta !== undefined || data.summary !== undefined);
}

/**
 * Reads a report of any version of the contract. A field of another shape costs nothing but itself, and is told in the coverage.
 * @param id of the report where it names none
 * @param now when it is read, as an RFC 3339 time
 */
export function readReportValue(value: unknown, id: string, now: string): Report {
  const gaps = new Gaps();
  const files = new Map<string, Issue[]>();
  const lost = new Set<string>();
  let damaged = 0;
  let unreadable = 0;
  for (const entry of outline.parse(value).files) {
    const file = z.object({ path: z.string(), issues: z.array(z.unknown()) }).safeParse(entry).data;
    if (!file) {
      unreadable += 1;
      continue;
    }
    for (const raw of file.issues) {
      const read = readIssue(raw, file.path);
      if (!read) unreadable += 1;
      else {
        if (read.lost.length > 0) damaged += 1;
        for (const name of read.lost) lost.add(name);
        const list = files.get(read.issue.file);
        if (list) list.push(read.issue);
        else files.set(read.issue.file, [read.issue]);
      }
    }
  }
  if (unreadable > 0) gaps.add('unread_report', null, `${unreadable} entries of the report could not be read.`);
  if (lost.size > 0)
    gaps.add(
      'unread_report',
      null,
      `${damaged} findings have parts that could not be read, and were left out: ${[...lost].slice(0, 8).join(', ')}.`,
    );
  const { job_id, meta } = z.object({ job_id: z.string().catch(id), meta: z.unknown().optional() }).parse(value);
  const read = [...files].map(([path, issues]) => ({ path, issues }));
  return {
    job_id,
    meta: withGaps(metaOf(meta, now, gaps), gaps.coverage.gaps),
    summary: summarize(read.flatMap((file) => file.issues)),
    files: read,
  };
}

/** A report's `meta` with more gaps. */
export function withGaps(meta: ReportMeta, gaps: readonly Gap[]): ReportMeta {
  if (gaps.length === 0) return meta;
  return { ...meta, coverage: { complete: false, gaps: [...(meta.coverage?.gaps ?? []), ...gaps] } };
}

function metaOf(raw: unknown, now: string, gaps: Gaps): ReportMeta {
  const whole = reportMeta.safeParse(raw);
  if (whole.success) return whole.data;
  const given = typeof raw === 'object' && raw !== null ? raw : {};
  const wrong = new Set(whole.error.issues.map(({ path }) => String(path[0] ?? '')));
  const kept = Object.fromEntries(Object.entries(given).filter(([key]) => !wrong.has(key)));
  const defaults = {
    tools: [],
    repo: { source: 'path', url: null, ref: null, commit: null },
    generated_at: now,
    duration_ms: 0,
  };
  const told = [...wrong].filter((key) => key in given);
  if (told.length > 0)
    gaps.add('unread_report', null, `Parts of what the report says of its scan could not be read: ${told.join(', ')}.`);
  return reportMeta.parse({ ...defaults, ...kept });
}

/** What stands for a required part of an issue that is missing or of another shape. */
const defaults: Readonly<Record<string, unknown>> = {
  tool: 'unnamed',
  type: 'security',
  message: 'A finding.',
  severity: 'medium',
  line: 1,
  rule_id: 'unnamed',
};

/** Reads an issue; undefined for one that is no object, or names no file inside of its source. */
function readIssue(raw: unknown, path: string): { issue: Issue; lost: string[] } | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const given: Record<string, unknown> = {
    ...Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null)),
  };
  if (!relativePath.safeParse(given['file']).success) given['file'] = path;
  // Other services name one weakness, and write severities in capitals.
  if (typeof given['cwe'] === 'string') given['cwe'] = cwesIn(given['cwe']);
  if (typeof given['severity'] === 'string') given['severity'] = given['severity'].toLowerCase();
  const whole = issue.safeParse(given);
  if (whole.success) return { issue: whole.data, lost: [] };
  const wrong = new Set(whole.error.issues.map((one) => String(one.path[0] ?? '')));
  const kept = Object.fromEntries(Object.entries(given).filter(([key]) => !wrong.has(key)));
  const rest = issue.safeParse({ ...defaults, ...kept });
  return rest.success ? { issue: rest.data, lost: [...wrong] } : undefined;
}
