import { isSuppressed, type Issue, type Report } from '../protocol';
import { gapLine } from './coverage';
import { plain } from './html';
import { filesWorstFirst } from './order';
import { fixLine, stepLine } from './steps';
import { suppressedNote } from './suppressed';
import { titledMessage, titleOf } from './title';

/**
 * The report as JUnit XML, as read by Jenkins, GitLab, Azure and others: a suite for each file, in which an open finding is a failed test
 * and a suppressed one a skipped test. What was not scanned is skipped as well. A suite without findings says that each analyzer passed.
 */
export function writeJunit(report: Report): string {
  const gaps = report.meta.coverage?.gaps ?? [];
  const seconds = (report.meta.duration_ms / 1000).toFixed(3);
  const ran = (report.meta.analyzers ?? []).filter(({ status }) => status === 'completed');
  const suites = [
    suite('CodeAgent Scanner', [
      ...ran.map(({ id }) => ({ name: `${id} completed`, className: 'analyzers' })),
      ...gaps.map((gap) => ({
        name: gapLine({ ...gap, examples: [], files: 0 }),
        className: `gaps.${gap.kind}`,
        skipped: gapLine(gap),
      })),
      ...(report.meta.partial
        ? [{ name: 'The whole scan', className: 'gaps.partial', skipped: 'The scan ended early.' }]
        : []),
    ]),
    ...filesWorstFirst(report).map(({ path, issues }) => suite(path, issues.map(testOf))),
  ].filter(({ tests }) => tests > 0);
  const sum = (count: (one: Suite) => number) => suites.reduce((total, one) => total + count(one), 0);
  const [tests, failures] = [sum((one) => one.tests), sum((one) => one.failures)];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="CodeAgent Scanner" tests="${tests}" failures="${failures}" errors="0" time="${seconds}">`,
    ...suites.map(({ xml }) => xml),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Test {
  readonly name: string;
  readonly className: string;
  readonly file?: string;
  readonly failure?: { readonly message: string; readonly type: string; readonly text: string };
  readonly skipped?: string;
}

interface Suite {
  readonly tests: number;
  readonly failures: number;
  readonly xml: string;
}

function suite(name: string, tests: readonly Test[]): Suite {
  const failures = tests.filter(({ failure }) => failure).length;
  const skipped = tests.filter((test) => test.skipped !== undefined).length;
  const counts = `tests="${tests.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const xml = [`  <testsuite name="${escape(name)}" ${counts}>`, ...tests.map(testXml), '  </testsuite>'].join('\n');
  return { tests: tests.length, failures, xml };
}

function testOf(issue: Issue): Test {
  const { file, line, column = 1, severity, rule_id, suggestion, flow = [], fix, cwe = [] } = issue;
  const test = { name: `${titleOf(issue)} (${rule_id}) at line ${line}`, className: file, file };
  if (isSuppressed(issue)) return { ...test, skipped: suppressedNote(issue).slice(1, -1) };
  const text = [
    `${file}:${line}:${column}: ${severity}: ${titledMessage(issue)}`,
    ...(cwe.length > 0 ? [cwe.join(', ')] : []),
    ...flow.map((step, at) => `${at + 1}. ${stepLine(step)}`),
    ...(suggestion === null ? [] : [suggestion]),
    ...(fix ? [fixLine(fix)] : []),
  ];
  return { ...test, failure: { message: titledMessage(issue), type: severity, text: text.join('\n') } };
}

function testXml({ name, className, file, failure, skipped }: Test): string {
  const place = file === undefined ? '' : ` file="${escape(file)}"`;
  const start = `    <testcase name="${escape(name)}" classname="${escape(className)}"${place} time="0"`;
  if (failure) {
    const { message, type, text } = failure;
    return `${start}><failure message="${escape(message)}" type="${escape(type)}">${escape(text)}</failure></testcase>`;
  }
  return skipped === undefined ? `${start}/>` : `${start}><skipped message="${escape(skipped)}"/></testcase>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Escapes text for XML 1.0; characters that XML forbids become a replacement character (https://www.w3.org/TR/xml/#charsets). */
function escape(text: string): string {
  return plain(text)
    .replace(/\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"\n\r\t]/g, (char) => entities[char] ?? char);
}
