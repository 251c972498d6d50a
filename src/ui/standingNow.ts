import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { ScanStore } from '../store/scanStore';
import { standing, type Standing } from '../store/standing';
import { counts, type Decisions } from './decisions';
import { jobLabel } from './words';

/** What stands now, taken once after each change, for all that count or list it. */
export class StandingNow implements Disposable {
  readonly #disposables = new DisposableStore();
  #now: Standing | undefined;

  constructor(
    private readonly store: ScanStore,
    private readonly decisions: Decisions,
  ) {
    // Made before the views: it forgets before they ask.
    this.#disposables.add(
      store.onChange(({ action, from, to }) => {
        if (from !== to || action === 'report' || action === 'removed' || action === 'tracked') this.#now = undefined;
      }),
    );
    this.#disposables.add(decisions.onChange(() => (this.#now = undefined)));
  }

  get now(): Standing {
    this.#now ??= standing(this.store.jobs, {
      labelOf: ({ job }) => jobLabel(job),
      suppressionsOf: (folder) => this.decisions.of(folder),
      counts,
    });
    return this.#now;
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
