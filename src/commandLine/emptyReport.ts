import { randomUUID } from 'node:crypto';
import type { ScanRequest } from '../client/scanClient';
import { Gaps } from '../findings/coverage';
import { addUnread, loadPolicy } from '../findings/policy/load';
import { summarize, type Report, type ReportPolicy } from '../protocol';

/** The report of a scan without files, for which there is no job. It still lists problems in the folder's policy. */
export async function emptyReport(path: string, chosen: Pick<ScanRequest, 'policy' | 'config'> = {}): Promise<Report> {
  const gaps = new Gaps();
  const policy = await policyOf(path, chosen);
  addUnread(policy.problems, gaps);
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
      coverage: gaps.coverage,
      policy,
    },
    summary: summarize([]),
    files: [],
  };
}

async function policyOf(
  path: string,
  { policy, config }: Pick<ScanRequest, 'policy' | 'config'>,
): Promise<ReportPolicy> {
  if (policy === 'none') return { applied: false, config: null, problems: [] };
  const { policy: own, problems } = await loadPolicy(path, config);
  const { failOn, strict } = own.config?.config ?? {};
  return {
    ...{ applied: true, config: own.config?.file ?? null, problems: [...problems] },
    ...(failOn && { fail_on: failOn }),
    ...(strict !== undefined && { strict }),
  };
}
