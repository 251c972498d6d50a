import type { Job, Report } from '../../../src/protocol';
import type { TrackedJob } from '../../../src/store/scanStore';

/** A completed job of the folder /shop, as the window sees it. */
export function trackedJob(id: string, part: Partial<TrackedJob> = {}, job: Partial<Job> = {}): TrackedJob {
  return {
    id,
    job: {
      job_id: id,
      status: 'completed',
      progress: null,
      submitted_at: null,
      started_at: null,
      finished_at: null,
      error: null,
      ...job,
    },
    submitted: true,
    startedHere: undefined,
    origin: { service: 'embedded', url: '' },
    folder: '/shop',
    request: undefined,
    connection: 'ended',
    log: [],
    live: [],
    report: undefined,
    ...part,
  };
}

/** A report without findings, with some fields replaced. */
export function reportOf(
  id: string,
  { meta, ...part }: Partial<Omit<Report, 'meta'>> & { meta?: Partial<Report['meta']> } = {},
): Report {
  return {
    job_id: id,
    meta: {
      tools: [],
      repo: { source: 'path', url: null, ref: null, commit: null },
      generated_at: '',
      duration_ms: 1,
      labels: [],
      ...meta,
    },
    summary: { critical: 0, high: 0, medium: 0, low: 0 },
    files: [],
    ...part,
  };
}
