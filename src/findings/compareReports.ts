import { isSuppressed, type Issue, type Report } from '../protocol';

/** How one finding changed between two scans; `now` and `before` are its two versions. */
export type Change =
  | { readonly kind: 'new'; readonly now: Issue }
  | { readonly kind: 'existing'; readonly now: Issue; readonly before: Issue }
  | { readonly kind: 'resolved'; readonly before: Issue }
  /** It is not in the later report, which does not prove that it is fixed. */
  | { readonly kind: 'not_assessed'; readonly before: Issue; readonly reason: string };

/**
 * How the open findings changed since an earlier scan of the same source. One that is now suppressed is not a change. One that is gone counts as
 * resolved
 * only if its analyzer has scanned everything that it was asked to.
 */
export function compareReports(before: Report, now: Report): Change[] {
  const then = new Map(issuesOf(before).map((issue) => [identity(issue), issue]));
  const later = issuesOf(now);
  const known = new Set(later.map(identity));
  const present = later
    .filter((issue) => !isSuppressed(issue))
    .map((issue): Change => {
      const old = then.get(identity(issue));
      return old ? { kind: 'existing', now: issue, before: old } : { kind: 'new', now: issue };
    });
  const gone = [...then.values()]
    .filter((issue) => !isSuppressed(issue) && !known.has(identity(issue)))
    .map((issue): Change => {
      const reason = whyUnassessed(now, issue.tool);
      return reason === undefined
        ? { kind: 'resolved', before: issue }
        : { kind: 'not_assessed', before: issue, reason };
    });
  return [...present, ...gone];
}

/** Identifies a finding in this scan and later ones. */
export function identity(issue: Issue): string {
  return issue.fingerprint ?? JSON.stringify([issue.rule_id, issue.file, issue.line, issue.column, issue.message]);
}

/** Why the absence of a finding from a report proves nothing; undefined if it does prove that it is gone. */
function whyUnassessed({ meta }: Report, tool: string): string | undefined {
  if (!meta.tools.includes(tool)) return `${tool} did not complete in this scan.`;
  if (meta.partial === true) return 'This scan was canceled.';
  return meta.coverage?.gaps.find(({ analyzer }) => analyzer === null || analyzer === tool)?.reason;
}

function issuesOf(report: Report): Issue[] {
  return report.files.flatMap((file) => file.issues);
}
