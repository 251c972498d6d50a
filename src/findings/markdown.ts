import { severities, type Issue, type Report } from '../protocol';
import { gapCount, gapLine, nothingFound } from './coverage';
import { plain } from './html';
import { isHttp } from './link';
import { loweredLine } from './lowered';
import { filesWorstFirst } from './order';
import { fixLine, stepLine } from './steps';
import { titleOf } from './title';
import { suppressedCount, suppressedNote } from './suppressed';

/** The report as Markdown, for a merge request or a wiki. */
export function renderMarkdown(report: Report): string {
  const { meta } = report;
  const suppressed = suppressedCount(report);
  const lowered = loweredLine(report);
  const left = Object.entries(meta.files_skipped ?? {}).map(([why, n]) => `${n} ${escapeMarkdown(why)}`);
  const lines = [
    '# Scan report',
    '',
    ...(meta.partial ? ['**Partial:** the scan ended early. These are its findings up to that point.', ''] : []),
    `- Source: ${escapeMarkdown(meta.repo.url ?? meta.repo.source)}`,
    ...(meta.repo.ref === null ? [] : [`- Ref: ${escapeMarkdown(meta.repo.ref)}`]),
    ...(meta.repo.commit === null ? [] : [`- Commit: ${escapeMarkdown(meta.repo.commit)}`]),
    `- Created: ${escapeMarkdown(meta.generated_at)}, in ${(meta.duration_ms / 1000).toFixed(1)} s`,
    `- Files scanned: ${meta.files_scanned ?? 'unknown'}; left out: ${left.join(', ') || 'none'}`,
    '',
    `| ${severities.join(' | ')} |`,
    `| ${severities.map(() => '---:').join(' | ')} |`,
    `| ${severities.map((severity) => String(report.summary[severity])).join(' | ')} |`,
    '',
    ...(suppressed === undefined ? [] : [`Not counted: ${suppressed}.`, '']),
    ...(lowered === undefined ? [] : [escapeMarkdown(lowered), '']),
    ...gapLines(report),
    ...analyzerLines(report),
    ...filesWorstFirst(report).flatMap((file) => [
      `## ${escapeMarkdown(file.path)}`,
      '',
      ...file.issues.flatMap(issueLines),
      '',
    ]),
    ...(report.files.length === 0 ? [nothingFound(report), ''] : []),
  ];
  return lines.join('\n');
}

/** A finding as Markdown, for an issue or a chat: what, where, why, its flow and how to fix it. */
export function writeFinding(issue: Issue): string {
  const { severity, file, line, message, snippet, suggestion, flow = [], fix, cwe = [] } = issue;
  const facts = [severity, ...(issue.confidence ? [`${issue.confidence} confidence`] : []), issue.rule_id, ...cwe];
  const help = isHttp(issue.help_url) ? [`<${new URL(issue.help_url).href}>`] : [];
  const parts = [
    `### ${escapeMarkdown(titleOf(issue))}`,
    `${escapeMarkdown(`${file}:${line}`)} · ${facts.map(escapeMarkdown).join(' · ')}`,
    escapeMarkdown(message),
    ...(snippet === undefined || snippet.trim() === '' ? [] : [fenced(snippet)]),
    ...(flow.length > 0 ? [flow.map((step, at) => `${at + 1}. ${escapeMarkdown(stepLine(step))}`).join('\n')] : []),
    ...(suggestion === null ? [] : [escapeMarkdown(suggestion)]),
    ...(fix ? [escapeMarkdown(fixLine(fix))] : []),
    ...(fix?.edits ?? []).flatMap(({ text }) => (text.trim() === '' ? [] : [fenced(text)])),
    ...help,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A code block. Its fence is longer than any in it. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/~+/g)].map(([tildes]) => tildes.length));
  const fence = '~'.repeat(longest + 1);
  return `${fence}\n${plain(code).trimEnd()}\n${fence}`;
}

function gapLines({ meta }: Report): string[] {
  const gaps = meta.coverage?.gaps ?? [];
  if (gaps.length === 0) return [];
  return [
    `**Completed with ${gapCount(gaps.length)}:** not everything was scanned.`,
    '',
    ...gaps.map((gap) => `- ${escapeMarkdown(gapLine(gap))}`),
    '',
  ];
}

function analyzerLines({ meta }: Report): string[] {
  if (!meta.analyzers?.length) return [];
  const rows = meta.analyzers.map((a) => {
    const cells = [a.id, a.version ?? '', a.status, String(a.findings), a.reason ?? ''];
    return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  });
  return ['| analyzer | version | status | findings | reason |', '| --- | --- | --- | ---: | --- |', ...rows, ''];
}

function issueLines(issue: Issue): string[] {
  const facts = [issue.rule_id, [issue.tool, ...(issue.also_found_by ?? [])].join(', '), ...(issue.cwe ?? [])];
  const help = isHttp(issue.help_url)
    ? ` [Learn more](<${issue.help_url.replace(/[<>\s\\]/g, encodeURIComponent)}>)`
    : '';
  const note = suppressedNote(issue);
  return [
    `- **${escapeMarkdown(titleOf(issue))}**, ${issue.severity}, line ${issue.line}: ${escapeMarkdown(issue.message)} (${facts.map(escapeMarkdown).join('; ')})${note && ` ${escapeMarkdown(note)}`}`,
    ...(issue.suggestion === null ? [] : [`  ${escapeMarkdown(issue.suggestion)}${help}`]),
    ...(issue.suggestion === null && help !== '' ? [` ${help}`] : []),
    ...(issue.flow ?? []).map((step, at) => `  ${at + 1}. ${escapeMarkdown(stepLine(step))}`),
    ...(issue.fix ? [`  ${escapeMarkdown(fixLine(issue.fix))}`] : []),
  ];
}

/** Escapes text for Markdown, and HTML in it, and puts it on one line. */
export function escapeMarkdown(text: string): string {
  return plain(text)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|~^$@:>-]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .trim();
}
