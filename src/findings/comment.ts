import { isSuppressed, severities, type Issue, type Report } from '../protocol';
import { gapCount, gapLine, nothingFound } from './coverage';
import { isHttp } from './link';
import { escapeMarkdown } from './markdown';
import { worstFirst } from './order';
import { suppressedCount } from './suppressed';
import { titleOf } from './title';

/** Identifies our comment, so that the next run replaces it. */
export const commentMark = '<!-- codeagent-scan -->';

/** Maximum findings and gaps in a comment; GitHub accepts 65,536 characters. */
const maxRows = 30;
const maxGaps = 10;

/** A short Markdown text for the comment on a pull or merge request: how many findings, the worst ones, and what was not scanned. */
export function writeComment(report: Report): string {
  const issues = report.files.flatMap((file) => file.issues.filter((issue) => !isSuppressed(issue))).sort(worstFirst);
  const gaps = report.meta.coverage?.gaps ?? [];
  const counts = severities.filter((one) => report.summary[one] > 0).map((one) => `${report.summary[one]} ${one}`);
  const suppressed = suppressedCount(report);
  const more = issues.length - maxRows;
  return [
    commentMark,
    `### CodeAgent Scanner: ${counts.join(', ') || nothingFound(report)}`,
    '',
    ...(issues.length > 0
      ? ['| severity | finding | location |', '| --- | --- | --- |', ...issues.slice(0, maxRows).map(row), '']
      : []),
    ...(more > 0 ? [`And ${more} more; the full report is in the artifacts of the run.`, ''] : []),
    ...(suppressed === undefined ? [] : [`Not counted: ${suppressed}.`, '']),
    ...(gaps.length > 0
      ? [
          `**Not everything was scanned** (${gapCount(gaps.length)}):`,
          '',
          ...gaps.slice(0, maxGaps).map((gap) => `- ${cut(gapLine(gap))}`),
          ...(gaps.length > maxGaps ? [`- and ${gaps.length - maxGaps} more`] : []),
          '',
        ]
      : []),
  ].join('\n');
}

function row(issue: Issue): string {
  const { help_url, message, suggestion } = issue;
  const title = escapeMarkdown(titleOf(issue));
  const link = isHttp(help_url)
    ? `[${title}](<${new URL(help_url).href.replace(/[<>|\\\s]/g, encodeURIComponent)}>)`
    : title;
  const text = `**${link}**: ${cut(suggestion ?? message)}`;
  return `| ${issue.severity} | ${text} | ${cut(`${issue.file}:${issue.line}`)} |`;
}

/** Text for a table cell or a list: one line, limited in length. */
function cut(text: string): string {
  const max = 400;
  return escapeMarkdown(text.length > max ? `${text.slice(0, max - 1)}…` : text);
}
