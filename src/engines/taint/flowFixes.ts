import { join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { FileText } from '../../base/fileText';
import type { Fix, FoundIssue } from '../../protocol';
import { codeFixEdits } from '../codeFixes/codeFixes';
import type { AnalyzerRun } from '../engine/engine';
import { readBytes } from '../engine/readSource';

/** A fix derived from the code of the call that the data reaches. */
interface FlowFix {
  /** A function in codeFixes/. */
  readonly code: string;
  readonly title: string;
  readonly safe: boolean;
}

const parameters = { title: 'Pass the values as parameters', safe: true };
const argumentList = { title: 'Run the program without a shell', safe: false };

/** By rule. */
const flowFixes: Readonly<Partial<Record<string, FlowFix>>> = {
  'py-flow-sql': { code: 'python-sql-parameters', ...parameters },
  'js-flow-sql': { code: 'script-sql-parameters', ...parameters },
  'py-flow-command': { code: 'python-argument-list', ...argumentList },
  'js-flow-command': { code: 'script-argument-list', ...argumentList },
  'js-flow-xss': { code: 'script-escaped-markup', title: 'Escape what is not markup', safe: false },
  'py-flow-deserialization': { code: 'python-safe-load', title: 'Load plain data only', safe: false },
  'py-flow-regexp': { code: 'python-escaped-pattern', title: 'Escape it for regular expressions', safe: false },
  'py-flow-log': { code: 'python-log-repr', title: 'Escape line breaks in what is logged', safe: false },
};

/** A run's findings, with fixes where possible. */
export function withFixes(run: AnalyzerRun, issues: readonly FoundIssue[]): FoundIssue[] {
  const contents = new Map<string, FileText | undefined>();
  return issues.map((issue) => {
    const made = flowFixes[issue.rule_id];
    if (!made) return issue;
    const { file } = issue;
    if (!contents.has(file)) contents.set(file, contentOf(run, file));
    const fix = fixOf(issue, made, contents.get(file));
    return fix ? { ...issue, fix } : issue;
  });
}

function fixOf(issue: FoundIssue, { code, title, safe }: FlowFix, content: FileText | undefined): Fix | undefined {
  const from = content?.offsetOf(issue.line, issue.column);
  const to = content?.offsetOf(issue.end_line ?? issue.line, issue.end_column);
  if (!content || from === undefined || to === undefined) return undefined;
  const edits = codeFixEdits(code, content, from, to, issue.file);
  return edits && { title, safe, edits };
}

function contentOf(run: AnalyzerRun, file: string): FileText | undefined {
  try {
    return new FileText(readBytes(join(run.root, file)));
  } catch (error) {
    run.log('warning', `The fixes for ${file} were left out: ${errorCode(error) ?? errorMessage(error)}`);
    return undefined;
  }
}
