import { randomUUID } from 'node:crypto';
import { summarize, type Report } from '../protocol';

/** The report of a scan without files, for which there is no job. */
export function emptyReport(path: string): Report {
  return {
    job_id: randomUUID(),
    meta: {
      tools: [],
      repo: { source: 'path', url: path, ref: null, commit: null },
      generated_at: new Date().toISOString(),
      duration_ms: 0,
      labels: [],
      analyzers: [],
      files_scanned: 0,
      files_skipped: {},
      coverage: { complete: true, gaps: [] },
    },
    summary: summarize([]),
    files: [],
  };
}
