import type { Disposable } from '../../base/lifecycle';
import type { Job } from '../../protocol';

/** How long a phase that was named stays at least, in milliseconds: a tree shows a change after a fifth of a second. */
const holdMs = 450;

interface Named {
  /** The phase that the row names, and since when. */
  phase: string;
  since: number;
  /** Phases that began since and were not named yet. */
  readonly queue: string[];
  /** Phases that were named or wait for it. */
  readonly known: Set<string>;
  /** The phase that moved last. */
  latest: string;
}

/**
 * Which phase a job's row names: each one once as it begins, however short it is, then the one that moved last; each for long enough to be read,
 * so that nothing flickers while analyzers take turns.
 */
export class PhaseHold implements Disposable {
  readonly #jobs = new Map<string, Named>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** @param onDue told when a job's row names its next phase */
  constructor(private readonly onDue: (id: string) => void) {}

  /** The phase to name; undefined when the job tells none. */
  phaseOf(id: string): string | undefined {
    return this.#jobs.get(id)?.phase;
  }

  /** Takes note of a job's phases, each time the job changes. */
  note(id: string, job: Job): void {
    const latest = job.progress?.phase;
    if (job.status !== 'running' || latest === undefined) {
      this.#jobs.delete(id);
      return;
    }
    const begun = (job.phases ?? []).filter((p) => p.started_at !== null).map((p) => p.phase);
    const named = this.#jobs.get(id) ?? first(begun[0] ?? latest);
    this.#jobs.set(id, named);
    named.latest = latest;
    for (const phase of [...begun, latest]) {
      if (named.known.has(phase)) continue;
      named.known.add(phase);
      named.queue.push(phase);
    }
    this.#advance(id, named);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #advance(id: string, named: Named): void {
    const left = holdMs - (performance.now() - named.since);
    if (left > 0) {
      if (named.queue.length > 0 || named.latest !== named.phase) this.#wake(id, left);
      return;
    }
    const phase = named.queue.shift() ?? named.latest;
    if (phase === named.phase) return;
    named.phase = phase;
    named.since = performance.now();
    this.onDue(id);
    this.#advance(id, named);
  }

  #wake(id: string, ms: number): void {
    if (this.#timers.has(id)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      const named = this.#jobs.get(id);
      if (named) this.#advance(id, named);
    }, ms);
    this.#timers.set(id, timer);
  }
}

function first(phase: string): Named {
  return { phase, since: performance.now(), queue: [], known: new Set([phase]), latest: phase };
}
