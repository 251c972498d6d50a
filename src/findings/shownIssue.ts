import { oneLine } from '../protocol/oneLine';
import type { Issue } from '../protocol/report';
import type { ShownIssue } from '../protocol/reportPanel';
import { isHttp } from './link';
import { fixLine, stepLine } from './steps';
import { titleOf } from './title';

const maxMessage = 2000;
const maxSnippetLines = 20;
const maxSteps = 50;

/**
 * A finding for display in a webview. Its texts may quote hostile code and be megabytes long: here they are plain, on one or a few lines,
 * and shortened.
 * @param index its index in the report
 * @param confidence its confidence, in the reader's language
 */
export function shownIssueOf(
  issue: Issue,
  index: number,
  confidence: (level: NonNullable<Issue['confidence']>) => string,
): ShownIssue {
  const cwe = (issue.cwe ?? []).slice(0, 20).map((id) => oneLine(id, 40));
  const facts = [
    oneLine(issue.rule_id),
    oneLine([issue.tool, ...(issue.also_found_by ?? [])].join(', ')),
    ...cwe,
    ...(issue.owasp ?? []).map((id) => oneLine(id, 40)),
    ...(issue.confidence ? [confidence(issue.confidence)] : []),
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
