import { createHash } from 'node:crypto';
import type { DashboardReport, Report } from '../../protocol';
import type { StoredJob } from '../ports/record';
import { projectIdOf } from '../job/search';

/** The fields that third-party dashboards read from a report, in addition to the contract's. */
export function forDashboards(stored: StoredJob, report: Report): DashboardReport {
  const { analyzers = [], coverage: { gaps } = { gaps: [] } } = report.meta;
  const project = projectIdOf(stored);
  const reasons = (tool: string | null) => gaps.filter(({ analyzer }) => analyzer === tool).map(({ reason }) => reason);
  const coverage: DashboardReport['coverage'] = analyzers.map(({ id, version, status, reason }) => {
    const errors = reasons(id);
    if (errors.length === 0 && status !== 'completed' && reason !== null) errors.push(reason);
    return {
      tool: id,
      status: status === 'completed' && errors.length > 0 ? 'partial' : status,
      ...(version !== null && { version }),
      errors,
    };
  });
  // Gaps that belong to no analyzer in the list.
  const ids = new Set<string | null>(analyzers.map(({ id }) => id));
  const rest = gaps.filter(({ analyzer }) => !ids.has(analyzer)).map(({ reason }) => reason);
  if (rest.length > 0) coverage.push({ tool: 'scan', status: 'partial', errors: rest });
  return { report_hash: reportHash(report), ...(project !== undefined && { project_id: project }), coverage };
}

/** A hash that identifies a report. */
export function reportHash(report: Report): string {
  return createHash('sha256').update(JSON.stringify(report)).digest('hex');
}
