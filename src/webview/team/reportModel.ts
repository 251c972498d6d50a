import { isHttp } from '../../findings/link';
import { filesWorstFirst } from '../../findings/order';
import { fixLine, stepLine } from '../../findings/steps';
import { titleOf } from '../../findings/title';
import { oneLine } from '../../protocol/oneLine';
import { isSuppressed, type Gap, type Issue, type Report } from '../../protocol/report';
import type { ShownFile, ShownIssue } from '../../protocol/reportPanel';
import type { ShownGap } from '../../protocol/shownGap';
import { count, durationText } from './words';

const maxMessage = 2000;
const maxSnippetLines = 20;
const maxSteps = 50;

/** The open findings of a report by file, the worst first. All texts may quote hostile code: they are plain, on one or a few lines, and shortened. */
export function shownFiles(report: Report): ShownFile[] {
  let index = 0;
  return filesWorstFirst(report).flatMap(({ path, issues }) => {
    const open = issues.filter((issue) => !isSuppressed(issue));
    return open.length === 0
      ? []
      : [{ path: oneLine(path, 300), issues: open.map((issue) => shownIssue(issue, index++)) }];
  });
}

function shownIssue(issue: Issue, index: number): ShownIssue {
  const cwe = (issue.cwe ?? []).slice(0, 20).map((id) => oneLine(id, 40));
  const facts = [
    oneLine(issue.rule_id),
    oneLine([issue.tool, ...(issue.also_found_by ?? [])].join(', ')),
    ...cwe,
    ...(issue.owasp ?? []).map((id) => oneLine(id, 40)),
    ...(issue.confidence ? [`confidence ${issue.confidence}`] : []),
  ];
  return {
    index,
    line: issue.line,
    severity: issue.severity,
    analyzer: oneLine(issue.tool),
    rule: oneLine(issue.rule_id),
    cwe,
    title: oneLine(titleOf(issue), 120),
    message: oneLine(issue.message, maxMessage),
    facts: facts.filter((fact) => fact !== ''),
    suggestion: oneLine(issue.suggestion ?? '', maxMessage),
    snippet: (issue.snippet ?? '')
      .slice(0, maxMessage * 4)
      .split(/\r\n|\r|\n/)
      .slice(0, maxSnippetLines)
      .map((line) => oneLine(line, 300))
      .join('\n'),
    flow: (issue.flow ?? []).slice(0, maxSteps).map((step) => oneLine(stepLine(step), 300)),
    fix: issue.fix ? oneLine(fixLine(issue.fix), 300) : '',
    help: isHttp(issue.help_url) && issue.help_url.length < maxMessage ? issue.help_url : '',
  };
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

/** What is known of a scan beside its findings. */
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
