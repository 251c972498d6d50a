import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { writeFileAtomic } from '../base/files';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import type { Finding } from '../store/findings';
import {
  noSuppressions,
  parseBaseline,
  writeBaseline,
  type BaselineEntry,
  type FindingState,
  type Suppressions,
} from '../store/suppressions';
import { config } from './config';
import { settings } from './ids';

/** Where a folder's baseline is, to be committed with the code. */
const baselinePath = '.codeagent/baseline.json';

/**
 * What people have decided about findings: rules that a folder's settings ignore, and known findings in its baseline. In Restricted Mode
 * nothing of it counts: a hostile folder would hide what is in it.
 */
export class Decisions implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #baselines = new Map<string, readonly BaselineEntry[]>();
  readonly onChange = this.#changed.event;

  constructor(private readonly log: Logger) {
    this.#disposables.add(this.#changed);
    this.#disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()));
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(settings.ignoredRules) || event.affectsConfiguration(settings.newIssuesOnly))
          this.#changed.fire();
      }),
    );
  }

  /** What counts in a folder; its baseline is read the first time, and counts as soon as it is. */
  of(folder: string | undefined): Suppressions {
    if (folder === undefined || !vscode.workspace.isTrusted) return noSuppressions;
    const baseline = this.#baselines.get(folder);
    if (!baseline) this.#watch(folder);
    return {
      rules: new Set(config.ignoredRules(folder)),
      baseline: new Set(baseline?.map((entry) => entry.fingerprint)),
    };
  }

  /** Adds findings to the baselines of their folders. @throws CodedError when one cannot be told again; Node's file errors */
  async addToBaseline(findings: readonly Finding[]): Promise<void> {
    await this.#change(findings, (entries, list) => [
      ...entries,
      ...list.map(({ issue }) => {
        if (issue.fingerprint === undefined)
          throw new CodedError('NO_FINGERPRINT', vscode.l10n.t('The service that found this gave it no fingerprint.'));
        return { file: issue.file, rule: issue.rule_id, fingerprint: issue.fingerprint };
      }),
    ]);
  }

  async ignoreRule({ folder, issue }: Finding): Promise<void> {
    const path = here(folder);
    await config.setIgnoredRules(path, [...new Set([...config.ignoredRules(path), issue.rule_id])].sort());
  }

  /** Takes findings out of the baseline, and their rules out of those that are ignored. */
  async restore(findings: readonly Finding[]): Promise<void> {
    const known = findings.filter((finding) => finding.state === 'known');
    const gone = new Set(known.map(({ issue }) => issue.fingerprint));
    await this.#change(known, (entries) => entries.filter((entry) => !gone.has(entry.fingerprint)));
    for (const { folder, issue } of findings.filter((finding) => finding.state === 'ignored')) {
      const path = here(folder);
      await config.setIgnoredRules(
        path,
        config.ignoredRules(path).filter((rule) => rule !== issue.rule_id),
      );
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #change(
    findings: readonly Finding[],
    changed: (entries: readonly BaselineEntry[], list: readonly Finding[]) => readonly BaselineEntry[],
  ): Promise<void> {
    for (const folder of new Set(findings.map((finding) => here(finding.folder)))) {
      const list = findings.filter((finding) => finding.folder === folder);
      // As it is on disk now: another window or a pull may have changed it.
      const entries = changed(await read(folder), list);
      const file = join(folder, baselinePath);
      if (entries.length === 0) await rm(file, { force: true });
      else {
        await mkdir(dirname(file), { recursive: true });
        await writeFileAtomic(file, writeBaseline(entries));
      }
      await this.#load(folder);
    }
  }

  #watch(folder: string): void {
    this.#baselines.set(folder, []);
    const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), baselinePath);
    const watcher = this.#disposables.add(vscode.workspace.createFileSystemWatcher(pattern));
    const load = () => void this.#load(folder);
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      this.#disposables.add(event(load));
    load();
  }

  async #load(folder: string): Promise<void> {
    try {
      const entries = await read(folder);
      const before = this.#baselines.get(folder);
      this.#baselines.set(folder, entries);
      if (JSON.stringify(before) !== JSON.stringify(entries)) this.#changed.fire();
    } catch (error) {
      this.log.error(errorMessage(error));
    }
  }
}

/** Whether a finding is among those that are to be dealt with. */
export function counts(state: FindingState): boolean {
  return state === 'open' || (state === 'known' && !config.newIssuesOnly());
}

/** @throws CodedError when the code is not in this window */
function here(folder: string | undefined): string {
  if (folder === undefined)
    throw new CodedError('NOT_HERE', vscode.l10n.t('The code of this scan is not in this window.'));
  return folder;
}

async function read(folder: string): Promise<BaselineEntry[]> {
  const file = join(folder, baselinePath);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    return parseBaseline(text);
  } catch (error) {
    throw new CodedError('BAD_BASELINE', vscode.l10n.t('{0} is no baseline: {1}', file, errorMessage(error)));
  }
}
