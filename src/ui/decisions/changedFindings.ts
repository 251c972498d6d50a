import * as vscode from 'vscode';
import type { Issue } from '../../protocol';

/** Which findings are in code that has changed since they were found, for open files. */
export class ChangedFindings implements vscode.Disposable {
  readonly #issues = new WeakSet<Issue>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange = this.#changed.event;

  has(issue: Issue): boolean {
    return this.#issues.has(issue);
  }

  /** @param issues with whether the code of each has changed */
  note(issues: Iterable<readonly [Issue, boolean]>): void {
    let isNew = false;
    for (const [issue, changed] of issues) {
      if (this.#issues.has(issue) === changed) continue;
      isNew = true;
      if (changed) this.#issues.add(issue);
      else this.#issues.delete(issue);
    }
    if (isNew) this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
