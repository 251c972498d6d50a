import { isSuppressed, type Issue, type Report } from '../protocol';

/** What became of one finding between two scans: `now` and `before` are the finding as each of them has it. */
export type Change =
  | { readonly kind: 'new'; readonly now: Issue }
  | { readonly kind: 'existing'; readonly now: Issue; readonly before: Issue }
  | { readonly kind: 'resolved'; readonly before: Issue }
  /** It is not in the later report, but that says nothing. */
  | { readonly kind: 'not_assessed'; readonly before: Issue; readonly reason: string };

/**
 * What became of the open findings since an earlier scan of the same source. One that is suppressed now is no change. One that is gone counts as resolved
 * only if its analyzer has looked at everything that it was asked to.
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

/** What tells a finding from others, in this scan and the next. */
export function identity(issue: Issue): string {
  return issue.fingerprint ?? JSON.stringify([issue.rule_id, issue.file, issue.line, issue.column, issue.message]);
}

/** Why a report says nothing of a finding that is not in it; undefined: it does say that there is none. */
function whyUnassessed({ meta }: Report, tool: string): string | undefined {
  if (!meta.tools.includes(tool)) return `${tool} did not complete in this scan.`;
  if (meta.partial === true) return 'This scan was canceled before its end.';
  return meta.coverage?.gaps.find(({ analyzer }) => analyzer === null || analyzer === tool)?.reason;
}

function issuesOf(report: Report): Issue[] {
  return report.files.flatMap((file) => file.issues);
}
