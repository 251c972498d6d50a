import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import type { TrackedJob } from '../../src/store/scanStore';

/** Resolves with the first matching job, now or after a change. */
export function whenJob(api: ExtensionApi, fits: (job: TrackedJob) => boolean): Promise<TrackedJob> {
  return new Promise((resolve) => {
    const now = api.store.jobs.find(fits);
    if (now) {
      resolve(now);
      return;
    }
    const listening = api.store.onChange(({ job }) => {
      if (!job || !fits(job)) return;
      listening.dispose();
      resolve(job);
    });
  });
}

/** The extension's findings in a file, once they meet an expectation. */
export function problemsOf(
  uri: vscode.Uri,
  fit: (found: vscode.Diagnostic[]) => boolean,
): Promise<vscode.Diagnostic[]> {
  const find = () => vscode.languages.getDiagnostics(uri).filter((d) => d.source?.startsWith('CodeAgent'));
  return new Promise((resolve) => {
    if (fit(find())) {
      resolve(find());
      return;
    }
    const listening = vscode.languages.onDidChangeDiagnostics(() => {
      if (!fit(find())) return;
      listening.dispose();
      resolve(find());
    });
  });
}

/** Resolves once the label of the active tab contains a text. */
export function tabNamed(part: string): Promise<void> {
  const isThere = () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes(part) === true;
  return new Promise((resolve) => {
    if (isThere()) {
      resolve();
      return;
    }
    const listening = vscode.window.tabGroups.onDidChangeTabs(() => {
      if (!isThere()) return;
      listening.dispose();
      resolve();
    });
  });
}

/** Resolves as soon as something holds, now or after a change of the jobs or findings. */
export function whenStore(api: ExtensionApi, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (holds()) {
      resolve();
      return;
    }
    const listening = api.store.onChange(() => {
      if (!holds()) return;
      listening.dispose();
      resolve();
    });
  });
}

/** For the tests of a suite, nothing is checked that they save, or write as another program would: what is there is what scans have found. */
export function withoutChecks(): void {
  const set = (value: false | undefined) =>
    vscode.workspace.getConfiguration().update('codeagent.scan.onSave', value, false);
  before(() => set(false));
  after(() => set(undefined));
}
