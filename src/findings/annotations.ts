import { isSuppressed, type Issue, type Report, type Severity } from '../protocol';
import { gapLine } from './coverage';
import { worstFirst } from './order';
import { titledMessage, titleOf } from './title';

/** GitHub's limit per step, for each level. */
const maxEach = 10;

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'notice'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'notice',
};

/**
 * Workflow commands that annotate the changed files in a GitHub Actions run: the worst open findings, up to GitHub's limit per step, and
 * what was not scanned. https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 * @param folder the scanned folder, relative to the repository's root; empty: the root
 */
export function githubAnnotations(report: Report, folder: string): string {
  const issues = report.files.flatMap((file) => file.issues.filter((issue) => !isSuppressed(issue))).sort(worstFirst);
  const gaps = report.meta.coverage?.gaps ?? [];
  const gapText = gaps.map(gapLine).join('\n');
  const lines = [
    ...(gaps.length > 0 ? [command('warning', { title: 'Not everything was scanned' }, gapText)] : []),
    ...(['error', 'warning', 'notice'] as const).flatMap((level) => {
      // The gaps take up one warning.
      const max = maxEach - (level === 'warning' && gaps.length > 0 ? 1 : 0);
      const some = issues.filter(({ severity }) => levels[severity] === level);
      return some.slice(0, max).map((issue) => annotation(level, issue, folder));
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function annotation(level: string, issue: Issue, folder: string): string {
  const { file, line, end_line = line, column, end_column, rule_id, suggestion } = issue;
  const isOneLine = end_line === line;
  const properties = {
    file: folder === '' ? file : `${folder}/${file}`,
    line: String(line),
    ...(end_line > line && { endLine: String(end_line) }),
    // GitHub accepts columns only within one line.
    ...(isOneLine && column !== undefined && { col: String(column) }),
    ...(isOneLine && end_column !== undefined && { endColumn: String(end_column) }),
    title: `${titleOf(issue)} (${rule_id})`,
  };
  return command(level, properties, `${titledMessage(issue)}${suggestion === null ? '' : `\n${suggestion}`}`);
}

function command(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name} ${list.join(',')}::${escapeData(message)}`;
}

/** As in @actions/core's `command.ts`. */
function escapeData(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
