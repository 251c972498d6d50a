import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogEvent, Report } from '../protocol';
import { logLevel } from '../protocol/events';
import { readReport, unreadReport } from '../findings/readReport';

/**
 * What the embedded runner has on disk of a job that has ended, in `<storage>/jobs/<id>/`: read without starting it.
 * @returns undefined when nothing is there, or nothing that can be read
 */
export async function storedReport(storage: string, jobId: string): Promise<Report | undefined> {
  const text = await contentOf(storage, jobId, 'report.json');
  if (text === undefined) return undefined;
  try {
    return await readReport(unreadReport.parse(JSON.parse(text)));
  } catch {
    return undefined; // A file that is no report is as good as none.
  }
}

/** {@link storedReport} for the job's log, as text. */
export function storedLog(storage: string, jobId: string): Promise<string | undefined> {
  return contentOf(storage, jobId, 'log.txt');
}

async function contentOf(storage: string, jobId: string, name: string): Promise<string | undefined> {
  if (!/^[\w-]{1,100}$/.test(jobId)) return undefined;
  return readFile(join(storage, 'jobs', jobId, name), 'utf8').catch(() => undefined);
}

/** `<ISO time> <level> [<analyzer or scan>] <message>`, as the runner writes it. */
const line = /^(\d{4}-\d\d-\d\dT\S+) (\w+) \[([^\]]+)\] (.*)$/;

/** The lines of a job's log (`GET /jobs/{id}/log`). Those of another service, in another shape, come as they are. */
export function parseLog(text: string): LogEvent[] {
  return text
    .split(/\r?\n/)
    .filter((one) => one.trim() !== '')
    .map((one) => {
      const [, ts, level, who, message] = line.exec(one) ?? [];
      if (ts === undefined || message === undefined) return { ts: '', level: 'info', analyzer: null, message: one };
      return {
        ts,
        level: logLevel.catch('info').parse(level),
        analyzer: who === undefined || who === 'scan' ? null : who,
        message,
      };
    });
}
