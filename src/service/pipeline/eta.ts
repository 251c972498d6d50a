import type { Disposable } from '../../base/lifecycle';
import type { JobHandle } from '../job/jobHandle';

const intervalMs = 1000;
/** The milliseconds and bytes after which the pace is reliable. */
const minMs = 1500;
const minBytes = 50_000;
/** Seconds for merging and writing. */
const restSec = 1;
/** How long estimates must agree before one is shown, in ms. */
const steadyMs = 4000;
/** How long without progress until there is no estimate, in ms. */
const stillMs = 5000;

export interface EtaPlan {
  readonly phase: string;
  /** Bytes for the analyzer to read. */
  readonly bytes: number;
  /** The amount of work, relative to the other analyzers; by default, its bytes. */
  readonly work?: number;
}

interface Phase {
  readonly phase: string;
  readonly status: string;
  readonly started_at: string | null;
}

/** Updates a running job's estimated time every second, while it is reliable. */
export class EtaClock implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #estimator: Estimator;

  constructor(job: JobHandle, plan: readonly EtaPlan[]) {
    this.#estimator = new Estimator(plan);
    this.#timer = setInterval(() => {
      job.dispatch({ type: 'eta', seconds: this.#estimator.estimate(job.job.phases, Date.now()) });
    }, intervalMs);
  }

  /** An analyzer has processed `bytes` so far. */
  done(phase: string, bytes: number): void {
    this.#estimator.done(phase, bytes, Date.now());
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}

/** Estimates the time left for analyzers that run in parallel. All times in ms since 1970. */
export class Estimator {
  readonly #done = new Map<string, number>();
  /** The newest estimates, oldest first; seconds. */
  #estimates: { readonly at: number; readonly left: number }[] = [];
  #movedAt = -Infinity;

  constructor(private readonly plan: readonly EtaPlan[]) {}

  done(phase: string, bytes: number, now: number): void {
    if (bytes <= (this.#done.get(phase) ?? 0)) return;
    this.#done.set(phase, bytes);
    this.#movedAt = now;
  }

  /**
   * Seconds left; undefined while estimates differ by half, without progress, or before there is a pace.
   * Call it about once a second.
   */
  estimate(phases: readonly Phase[], now: number): number | undefined {
    const left = now - this.#movedAt > stillMs ? undefined : this.#left(phases, now);
    if (left === undefined) {
      this.#estimates = [];
      return undefined;
    }
    const first = this.#estimates.findLastIndex(({ at }) => now - at >= steadyMs);
    this.#estimates = [...this.#estimates.slice(Math.max(0, first)), { at: now, left }];
    const agree = this.#estimates.every(({ at, left: before }) => isNear(left, before - (now - at) / 1000));
    return first >= 0 && agree ? Math.ceil(left) : undefined;
  }

  /**
   * Seconds left at the pace of all analyzers together, since they share the cores: analyzers that have finished free them for the others,
   * so the pace of a single one says little.
   */
  #left(phases: readonly Phase[], now: number): number | undefined {
    let [all, done, bytesDone, started] = [0, 0, 0, Infinity];
    for (const { phase: name, bytes, work = bytes } of this.plan) {
      const phase = phases.find((one) => one.phase === name);
      // One without files has been dropped.
      if (!phase) continue;
      all += work;
      if (phase.started_at !== null) started = Math.min(started, Date.parse(phase.started_at));
      const isOpen = phase.status === 'running' || phase.status === 'pending';
      const own = isOpen ? Math.min(bytes, this.#done.get(name) ?? 0) : bytes;
      bytesDone += own;
      done += bytes > 0 ? (work * own) / bytes : 0;
    }
    const ms = now - started;
    if (!(ms >= minMs) || bytesDone < minBytes || !(done > 0)) return undefined;
    return (ms * (all - done)) / done / 1000 + restSec;
  }
}

/** Whether two estimates are so close that the time left is likely within a factor of two of either. */
function isNear(a: number, b: number): boolean {
  const [small, large] = a < b ? [a, b] : [b, a];
  return large <= 1.5 * Math.max(0, small) || large - small <= 1;
}
