import { filesWorstFirst } from '../../findings/order';
import { shownIssueOf } from '../../findings/shownIssue';
import { oneLine } from '../../protocol/oneLine';
import { isSuppressed, type Gap, type Report } from '../../protocol/report';
import type { ShownFile } from '../../protocol/reportPanel';
import type { ShownGap } from '../../protocol/shownGap';
import { count, durationText } from './words';

/** A report's open findings by file, worst first. All texts may quote hostile code: they are plain, on one or a few lines, and shortened. */
export function shownFiles(report: Report): ShownFile[] {
  let index = 0;
  return filesWorstFirst(report).flatMap(({ path, issues }) => {
    const open = issues.filter((issue) => !isSuppressed(issue));
    return open.length === 0
      ? []
      : [
          {
            path: oneLine(path, 300),
            issues: open.map((issue) => shownIssueOf(issue, index++, (level) => `confidence ${level}`)),
          },
        ];
  });
}

export function shownGap({ kind, analyzer, reason, files, examples }: Gap): ShownGap {
  const words = oneLine(kind, 60).replaceAll('_', ' ');
  return {
    title: words.charAt(0).toUpperCase() + words.slice(1),
    reason: oneLine(reason, 500),
    facts: [...(analyzer === null ? [] : [oneLine(analyzer, 60)]), ...(files > 0 ? [count(files, 'file')] : [])],
    examples: examples.slice(0, 5).map((path) => oneLine(path, 200)),
  };
}

/** Facts about a scan other than its findings. */
export function factsOf({ meta, job_id, files }: Report): { name: string; value: string }[] {
  const suppressed = files.flatMap(({ issues }) => issues).filter(isSuppressed).length;
  const all: readonly (readonly [string, string | null | undefined])[] = [
    ['Source', meta.repo.url],
    ['Ref', meta.repo.ref],
    ['Commit', meta.repo.commit],
    ['Duration', meta.duration_ms > 0 ? durationText(meta.duration_ms) : undefined],
    ['Files scanned', meta.files_scanned?.toLocaleString('en')],
    ['Suppressed findings', suppressed > 0 ? suppressed.toLocaleString('en') : undefined],
    ['Labels', meta.labels.join(', ')],
    ['Job', job_id],
  ];
  return all.flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [{ name, value: oneLine(value, 400) }],
  );
}
