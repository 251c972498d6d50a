import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { ScanStore, StoreAction } from '../../store/scanStore';
import { standing, type Standing } from '../../store/standing';
import { countsAsOpen, type Decisions } from './decisions';
import { jobLabel } from '../words/words';

const affectsFindings: ReadonlySet<StoreAction['type']> = new Set([
  'report',
  'removed',
  'tracked',
  'checked',
  'findings',
]);

/** The current findings of all folders, computed once after each change for everything that counts or lists them. */
export class StandingNow implements Disposable {
  readonly #disposables = new DisposableStore();
  #now: Standing | undefined;

  constructor(
    private readonly store: ScanStore,
    private readonly decisions: Decisions,
  ) {
    // Created before the views, so it is reset before they read it.
    this.#disposables.add(
      store.onChange(({ action, from, to }) => {
        if (from !== to || affectsFindings.has(action)) this.#now = undefined;
      }),
    );
    this.#disposables.add(decisions.onChange(() => (this.#now = undefined)));
  }

  get now(): Standing {
    this.#now ??= standing(this.store.jobs, {
      labelOf: ({ job }) => jobLabel(job),
      suppressionsOf: (folder) => this.decisions.of(folder),
      counts: countsAsOpen,
      checked: this.store.checked,
    });
    return this.#now;
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
