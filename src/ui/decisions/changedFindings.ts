import * as vscode from 'vscode';
import type { Issue } from '../../protocol';

/** The findings whose code is known to have changed since they were found. */
export class ChangedFindings implements vscode.Disposable {
  readonly #issues = new WeakSet<Issue>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange = this.#changed.event;
  readonly #outdated = new WeakSet<Issue>();
  readonly #nowOutdated = new vscode.EventEmitter<ReadonlySet<Issue>>();
  /** What these findings say could not be found out again after their files had changed. */
  readonly onOutdated = this.#nowOutdated.event;

  has(issue: Issue): boolean {
    return this.#issues.has(issue) || this.#outdated.has(issue);
  }

  isOutdated(issue: Issue): boolean {
    return this.#outdated.has(issue);
  }

  /** Marks findings permanently: if they are found again, those are new findings. */
  markOutdated(issues: readonly Issue[]): void {
    const news = new Set(issues.filter((issue) => !this.#outdated.has(issue)));
    for (const issue of news) this.#outdated.add(issue);
    if (news.size === 0) return;
    this.#nowOutdated.fire(news);
    this.#changed.fire();
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
    this.#nowOutdated.dispose();
  }
}
