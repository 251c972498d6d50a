import * as vscode from 'vscode';
import { errorMessage } from '../base/errors';
import { DisposableStore, toDisposable, type Disposable } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import type { Issue, Report, Severity } from '../protocol';
import type { ScanStore } from '../store/scanStore';
import { placeIssues } from './placeIssues';

const diagnosticSeverity: Record<Severity, vscode.DiagnosticSeverity> = {
  critical: vscode.DiagnosticSeverity.Error,
  high: vscode.DiagnosticSeverity.Error,
  medium: vscode.DiagnosticSeverity.Warning,
  low: vscode.DiagnosticSeverity.Information,
};

/**
 * Puts the findings of each completed scan of a folder into the Problems panel, in place of those of the scan before; each where its line is now.
 */
export function registerDiagnostics(store: ScanStore, log: Logger): Disposable {
  const disposables = new DisposableStore();
  const collection = disposables.add(vscode.languages.createDiagnosticCollection('codeagent'));
  const published = new Map<string, readonly vscode.Uri[]>();
  /** The newest report of each folder: an older one that is read still is not published any more. */
  const newest = new Map<string, Report>();

  async function publish(folder: string, report: Report): Promise<void> {
    newest.set(folder, report);
    const entries: (readonly [vscode.Uri, vscode.Diagnostic[]])[] = [];
    for (const { path, issues } of report.files) {
      const placed = await placeIssues(folder, path, issues);
      if (placed) entries.push([vscode.Uri.joinPath(vscode.Uri.file(folder), path), placed.map(toDiagnostic)]);
      else log.warn(`Findings in ${path} are left out: a link leads out of the folder.`);
    }
    if (newest.get(folder) !== report) return;
    const now = new Set(entries.map(([uri]) => uri.toString()));
    const gone = (published.get(folder) ?? []).filter((uri) => !now.has(uri.toString()));
    collection.set([...gone.map((uri) => [uri, undefined] as const), ...entries].map(([uri, list]) => [uri, list]));
    published.set(
      folder,
      entries.map(([uri]) => uri),
    );
  }

  disposables.add(toDisposable(() => newest.clear()));
  disposables.add(
    store.onChange(({ action, job }) => {
      // A canceled scan has seen a part only: what stands from the scan before is worth more.
      if (action !== 'report' || !job?.report || job.folder === undefined || job.job.status !== 'completed') return;
      const { folder, report } = job;
      publish(folder, report).catch((error: unknown) =>
        log.error(`The findings in ${folder} cannot be shown: ${errorMessage(error)}`),
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
