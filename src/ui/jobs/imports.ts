import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { importFile, type ImportedFile } from '../../findings/importFile';
import type { Job, Report } from '../../protocol';
import type { ScanStore } from '../../store/scanStore';
import { commands } from '../manifest/ids';
import { inertLine, oneLine } from '../words/plainText';
import { resultText } from '../words/words';

/** Maximum number of findings to import: more would block the extension host. */
const maxFindings = 20_000;

/** Imports SARIF files of any tool, each as a separate scan. Their reports are kept in the extension's storage to survive a reload. */
export class Imports implements Disposable {
  readonly #disposables = new DisposableStore();

  constructor(
    /** Path of the built worker that parses files. */
    private readonly worker: string,
    /** Folder for the imported reports. */
    private readonly storage: string,
    private readonly store: ScanStore,
    log: Logger,
  ) {
    this.#disposables.add(
      store.onChange(({ action }) => {
        if (action === 'removed')
          this.#deleteOrphans().catch((error: unknown) =>
            log.warn(`Could not delete old imports: ${errorMessage(error)}`),
          );
      }),
    );
  }

  /** Imports a SARIF file. @throws CodedError if it cannot be read */
  async add(file: string): Promise<void> {
    // Inert, since notifications would render links in it.
    const name = inertLine(basename(file), 120);
    const id = randomUUID();
    await mkdir(this.storage, { recursive: true });
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    let imported: ImportedFile;
    try {
      imported = await importFile(this.worker, {
        file,
        folders: folders.map(({ uri }) => uri.fsPath),
        id,
        limit: maxFindings,
        keep: this.#fileOf(id),
      });
    } catch (error) {
      throw new CodedError(
        'BAD_SARIF',
        vscode.l10n.t('Could not import {0}: {1}.', name, inertLine(errorMessage(error), 300)),
        { cause: error },
      );
    }
    const { report, folder } = imported;
    this.store.dispatch({
      type: 'tracked',
      id,
      job: jobOf(id, file, name, report),
      origin: { service: 'imported', url: file },
      submitted: true,
      ...(folder !== undefined && { folder }),
    });
    await setImmediate();
    this.store.dispatch({ type: 'report', id, report });
    void this.#notify(id, name, imported);
  }

  /** The report of an import. @throws CodedError if it no longer exists */
  async report(id: string): Promise<Report> {
    try {
      return (await importFile(this.worker, { file: this.#fileOf(id), folders: [], id })).report;
    } catch (error) {
      throw new CodedError(
        'GONE',
        vscode.l10n.t('The imported report is no longer available: {0}', oneLine(errorMessage(error))),
        { cause: error },
      );
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #notify(id: string, name: string, { report, settled: resolved }: ImportedFile): Promise<void> {
    const gaps = report.meta.coverage?.gaps.length ?? 0;
    const parts = [
      resultText(report.summary, gaps),
      ...(resolved > 0 ? [vscode.l10n.t('{0} already resolved', resolved)] : []),
    ];
    const [showFindings, openReport] = [vscode.l10n.t('Show Findings'), vscode.l10n.t('Open Report')];
    const text = vscode.l10n.t('Imported {0}: {1}', name, parts.join(', '));
    const notify = gaps > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    const choice = await notify(text, showFindings, openReport);
    const command = choice === showFindings ? commands.showFindings : commands.openReport;
    if (choice !== undefined) await vscode.commands.executeCommand(command, { kind: 'job', id });
  }

  #fileOf(id: string): string {
    return join(this.storage, `${id}.json`);
  }

  /** Deletes the reports whose jobs are gone. */
  async #deleteOrphans(): Promise<void> {
    let files: string[];
    try {
      files = await readdir(this.storage);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    for (const file of files)
      if (!this.store.get(basename(file, '.json'))) await rm(join(this.storage, file), { force: true });
  }
}

/** Presents an import as a completed scan with a phase for each tool. */
function jobOf(id: string, file: string, name: string, report: Report): Job {
  const now = new Date().toISOString();
  return {
    job_id: id,
    status: 'completed',
    progress: null,
    submitted_at: now,
    started_at: null,
    finished_at: now,
    error: null,
    source: { kind: 'path', url: file, ref: null, commit: null, label: name },
    summary: report.summary,
    gaps: report.meta.coverage?.gaps.length ?? 0,
    phases: (report.meta.analyzers ?? []).map((analyzer) => ({
      phase: `analyze:${analyzer.id}`,
      status: analyzer.status,
      started_at: null,
      finished_at: null,
      percent: 100,
      findings: analyzer.findings,
      reason: analyzer.reason,
    })),
  };
}
