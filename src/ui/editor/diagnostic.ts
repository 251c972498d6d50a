import * as vscode from 'vscode';
import { titledMessage } from '../../findings/title';
import type { FlowStep, Issue, Severity } from '../../protocol';
import { oneLine } from '../words/plainText';
import { capitalized, roleWord } from '../words/words';
import { uriOf } from './placeIssues';

const diagnosticSeverity: Record<Severity, vscode.DiagnosticSeverity> = {
  critical: vscode.DiagnosticSeverity.Error,
  high: vscode.DiagnosticSeverity.Error,
  medium: vscode.DiagnosticSeverity.Warning,
  low: vscode.DiagnosticSeverity.Information,
};

/** Maximum length of a message: nobody reads more. */
const maxMessage = 4000;

/** Maximum number of steps of a flow: Problems shows each as a row. */
const maxSteps = 50;

/** A finding for the Problems panel and the editor, with the steps of its flow. @param folder that its files are in */
export function toDiagnostic(issue: Issue, folder: string): vscode.Diagnostic {
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
  if (issue.flow && issue.flow.length > 0)
    diagnostic.relatedInformation = issue.flow
      .slice(0, maxSteps)
      .map(
        (step, at) =>
          new vscode.DiagnosticRelatedInformation(
            new vscode.Location(uriOf(folder, step.file), rangeOf(step)),
            `${at + 1}. ${stepText(step)}`,
          ),
      );
  return diagnostic;
}

/** The description of a flow's step: its role, and its message. */
export function stepText({ role, message }: FlowStep): string {
  const said = oneLine(message ?? '', 400);
  return said === '' ? capitalized(roleWord(role)) : `${capitalized(roleWord(role))}: ${said}`;
}

/** The range of a finding or of a step. Without a column it starts at the start of its line, and without an end it ends at the end of its line. */
export function rangeOf(issue: Pick<Issue, 'line' | 'column' | 'end_line' | 'end_column'>): vscode.Range {
  const line = issue.line - 1;
  const column = (issue.column ?? 1) - 1;
  const endLine = Math.max(line, (issue.end_line ?? issue.line) - 1);
  const endColumn = issue.end_column === undefined ? Number.MAX_SAFE_INTEGER : issue.end_column - 1;
  return new vscode.Range(line, column, endLine, endColumn);
}
