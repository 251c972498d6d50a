import { join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Issue, Severity } from '../protocol';
import type { ScanStore } from '../store/scanStore';

const diagnosticSeverity: Record<Severity, vscode.DiagnosticSeverity> = {
  critical: vscode.DiagnosticSeverity.Error,
  high: vscode.DiagnosticSeverity.Error,
  medium: vscode.DiagnosticSeverity.Warning,
  low: vscode.DiagnosticSeverity.Information,
};

/** Puts the findings of each completed scan of a folder into the Problems panel, in place of those of the scan before. */
export function registerDiagnostics(store: ScanStore): Disposable {
  const disposables = new DisposableStore();
  const collection = disposables.add(vscode.languages.createDiagnosticCollection('codeagent'));
  const published = new Map<string, vscode.Uri[]>();
  disposables.add(
    store.onChange(({ action, job }) => {
      // A canceled scan has seen a part only: what stands from the scan before is worth more.
      if (action !== 'report' || !job?.report || job.folder === undefined || job.job.status !== 'completed') return;
      const folder = job.folder;
      const entries = job.report.files.map(
        (file) => [vscode.Uri.file(join(folder, file.path)), file.issues.map(toDiagnostic)] as const,
      );
      const now = new Set(entries.map(([uri]) => uri.toString()));
      const gone = (published.get(folder) ?? []).filter((uri) => !now.has(uri.toString()));
      collection.set([...gone.map((uri) => [uri, undefined] as const), ...entries].map(([uri, list]) => [uri, list]));
      published.set(
        folder,
        entries.map(([uri]) => uri),
      );
    }),
  );
  return disposables;
}

/** One finding as VS Code shows it. */
export function toDiagnostic(issue: Issue): vscode.Diagnostic {
  const message = issue.suggestion === null ? issue.message : `${issue.message}\n${issue.suggestion}`;
  const diagnostic = new vscode.Diagnostic(rangeOf(issue), message, diagnosticSeverity[issue.severity]);
  diagnostic.source = `CodeAgent (${[issue.tool, ...(issue.also_found_by ?? [])].join(', ')})`;
  diagnostic.code =
    issue.help_url?.startsWith('https://') === true
      ? { value: issue.rule_id, target: vscode.Uri.parse(issue.help_url) }
      : issue.rule_id;
  return diagnostic;
}

/** The finding's range; from its column, or its line's begin, to the line's end where the analyzer told no end. */
export function rangeOf(issue: Issue): vscode.Range {
  const line = issue.line - 1;
  const column = (issue.column ?? 1) - 1;
  const endLine = Math.max(line, (issue.end_line ?? issue.line) - 1);
  const endColumn = issue.end_column === undefined ? Number.MAX_SAFE_INTEGER : issue.end_column - 1;
  return new vscode.Range(line, column, endLine, endColumn);
}
