import { join } from 'node:path';
import { readTextBounded } from '../base/boundedFile';
import { readJson } from '../base/jsonFile';
import type { LogEvent, Report } from '../protocol';
import { logLevel } from '../protocol/events';
import { readReport, unreadReport } from '../findings/readReport';

/**
 * Reads the report of a finished job from the embedded runner's storage, `<storage>/jobs/<id>/`, without starting the runner.
 * @returns undefined if there is none, or it cannot be read
 */
export async function storedReport(storage: string, jobId: string): Promise<Report | undefined> {
  const path = pathOf(storage, jobId, 'report.json');
  if (path === undefined) return undefined;
  try {
    const read = await readJson(path, unreadReport, { maxBytes });
    return read.is === 'read' ? await readReport(read.value, '', true) : undefined;
  } catch {
    return undefined; // An invalid report counts as none.
  }
}

/** Like {@link storedReport}, for the job's log as text. */
export async function storedLog(storage: string, jobId: string): Promise<string | undefined> {
  const path = pathOf(storage, jobId, 'log.txt');
  return path === undefined ? undefined : readTextBounded(path, { maxBytes }).catch(() => undefined);
}

/** Maximum size of a report or a log, in bytes. */
const maxBytes = 512 * 1024 * 1024;

function pathOf(storage: string, jobId: string, name: string): string | undefined {
  return /^[\w-]{1,100}$/.test(jobId) ? join(storage, 'jobs', jobId, name) : undefined;
}

/** `<ISO time> <level> [<analyzer or scan>] <message>`, as the runner writes it. */
const line = /^(\d{4}-\d\d-\d\dT\S+) (\w+) \[([^\]]+)\] (.*)$/;

/** Parses a job's log (`GET /jobs/{id}/log`). Lines in another service's format become the message as they are. */
export function parseLog(text: string): LogEvent[] {
  return text
    .split(/\r?\n/)
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const [, ts, level, origin, message] = line.exec(entry) ?? [];
      if (ts === undefined || message === undefined) return { ts: '', level: 'info', analyzer: null, message: entry };
      return {
        ts,
        level: logLevel.catch('info').parse(level),
        analyzer: origin === undefined || origin === 'scan' ? null : origin,
        message,
      };
    });
}
