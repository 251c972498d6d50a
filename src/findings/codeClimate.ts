import { createHash } from 'node:crypto';
import { isSuppressed, type Issue, type Report, type Severity } from '../protocol';
import { identity } from './compareReports';
import { filesWorstFirst } from './order';
import { stepLine } from './steps';
import { titledMessage } from './title';

const severityNames: Readonly<Record<Severity, string>> = {
  critical: 'blocker',
  high: 'critical',
  medium: 'major',
  low: 'minor',
};

/**
 * The open findings as Code Climate issues, which GitLab's Code Quality reads: https://github.com/codeclimate/platform/blob/master/spec/analyzers/SPEC.md.
 * The format has no place for gaps.
 */
export function writeCodeClimate(report: Report): string {
  const issues = filesWorstFirst(report).flatMap(({ issues: some }) => some.filter((issue) => !isSuppressed(issue)));
  return `${JSON.stringify(issues.map(issueOf), null, 2)}\n`;
}

function issueOf(issue: Issue): object {
  const { file, line, end_line = line, flow = [], suggestion } = issue;
  const body = [
    titledMessage(issue),
    ...(flow.length > 0 ? [flow.map((step, at) => `${at + 1}. ${stepLine(step)}`).join('\n')] : []),
    ...(suggestion === null ? [] : [suggestion]),
  ];
  return {
    type: 'issue',
    check_name: issue.rule_id,
    description: titledMessage(issue),
    content: { body: body.join('\n\n') },
    categories: ['Security'],
    severity: severityNames[issue.severity],
    fingerprint: createHash('md5').update(identity(issue)).digest('hex'),
    location: { path: file, lines: { begin: line, end: Math.max(line, end_line) } },
  };
}
