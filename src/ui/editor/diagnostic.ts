import * as vscode from 'vscode';
import { titledMessage } from '../../findings/title';
import type { Issue, Severity } from '../../protocol';

const diagnosticSeverity: Record<Severity, vscode.DiagnosticSeverity> = {
  critical: vscode.DiagnosticSeverity.Error,
  high: vscode.DiagnosticSeverity.Error,
  medium: vscode.DiagnosticSeverity.Warning,
  low: vscode.DiagnosticSeverity.Information,
};

/** Maximum length of a message: nobody reads more. */
const maxMessage = 4000;

/** A finding for the Problems panel and the editor. */
export function toDiagnostic(issue: Issue): vscode.Diagnostic {
  const said = titledMessage(issue);
  const message = issue.suggestion === null ? said : `${said}\n${issue.suggestion}`;
  const diagnostic = new vscode.Diagnostic(
    rangeOf(issue),
    message.slice(0, maxMessage),
    diagnosticSeverity[issue.severity],
  );
  diagnostic.source = `CodeAgent (${[issue.tool, ...(issue.also_found_by ?? [])].join(', ')})`;
  diagnostic.code =
    issue.help_url?.startsWith('https://') === true
      ? { value: issue.rule_id, target: vscode.Uri.parse(issue.help_url) }
      : issue.rule_id;
  return diagnostic;
}

/** The range of a finding. Without a column it starts at the start of its line, and without an end it ends at the end of its line. */
export function rangeOf(issue: Issue): vscode.Range {
  const line = issue.line - 1;
  const column = (issue.column ?? 1) - 1;
  const endLine = Math.max(line, (issue.end_line ?? issue.line) - 1);
  const endColumn = issue.end_column === undefined ? Number.MAX_SAFE_INTEGER : issue.end_column - 1;
  return new vscode.Range(line, column, endLine, endColumn);
}
