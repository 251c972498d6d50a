import { join } from 'node:path';
import { readTextBounded } from '../base/boundedFile';
import { readJson } from '../base/jsonFile';
import type { LogEvent, Report } from '../protocol';
import { logLevel } from '../protocol/events';
import { readReport, unreadReport } from '../findings/readReport';

/**
 * What the embedded runner has on disk of a job that has ended, in `<storage>/jobs/<id>/`: read without starting it.
 * @returns undefined when nothing is there, or nothing that can be read
 */
export async function storedReport(storage: string, jobId: string): Promise<Report | undefined> {
  const path = pathOf(storage, jobId, 'report.json');
  if (path === undefined) return undefined;
  try {
    const read = await readJson(path, unreadReport, { maxBytes });
    return read.is === 'read' ? await readReport(read.value, '', true) : undefined;
  } catch {
    return undefined; // A file that is no report is as good as none.
  }
}

/** {@link storedReport} for the job's log, as text. */
export async function storedLog(storage: string, jobId: string): Promise<string | undefined> {
  const path = pathOf(storage, jobId, 'log.txt');
  return path === undefined ? undefined : readTextBounded(path, { maxBytes }).catch(() => undefined);
}

/** Bytes of a report or a log. */
const maxBytes = 512 * 1024 * 1024;

function pathOf(storage: string, jobId: string, name: string): string | undefined {
  return /^[\w-]{1,100}$/.test(jobId) ? join(storage, 'jobs', jobId, name) : undefined;
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
