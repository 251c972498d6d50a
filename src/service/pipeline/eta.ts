import type { Disposable } from '../../base/lifecycle';
import type { JobHandle } from './jobHandle';

const everyMs = 1000;
/** An estimate from this job's own pace is worth something after so many milliseconds and bytes. */
const minMs = 1500;
const minBytes = 50_000;
/** Seconds that merging and writing take. */
const restSec = 1;
/** For so long estimates have to agree before one is told, in ms. */
const steadyMs = 4000;
/** When nothing moved for so long, nobody knows how long it will take. In ms. */
const stillMs = 5000;

export interface EtaPlan {
  readonly phase: string;
  /** Bytes the analyzer has to read. */
  readonly bytes: number;
  /** Bytes a second in earlier jobs. */
  readonly speed: number | undefined;
}

interface Phase {
  readonly phase: string;
  readonly status: string;
  readonly started_at: string | null;
}

/** Tells a running job every second how long it still takes, as long as that can be known. */
export class EtaClock implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #estimator: Estimator;

  constructor(job: JobHandle, plan: readonly EtaPlan[]) {
    this.#estimator = new Estimator(plan);
    this.#timer = setInterval(() => {
      job.dispatch({ type: 'eta', seconds: this.#estimator.tell(job.job.phases, Date.now()) });
    }, everyMs);
  }

  /** An analyzer has so many of its bytes behind it. */
  done(phase: string, bytes: number): void {
    this.#estimator.done(phase, bytes, Date.now());
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}

/** Estimates how long analyzers that run side by side still take. All times in ms since 1970. */
export class Estimator {
  readonly #done = new Map<string, number>();
  /** The newest estimates, oldest first; seconds. */
  #told: { readonly at: number; readonly left: number }[] = [];
  #movedAt = -Infinity;

  constructor(private readonly plan: readonly EtaPlan[]) {}

  done(phase: string, bytes: number, now: number): void {
    if (bytes <= (this.#done.get(phase) ?? 0)) return;
    this.#done.set(phase, bytes);
    this.#movedAt = now;
  }

  /**
   * Whole seconds; undefined while estimates differ by more than a factor of two, nothing moves, or an analyzer has neither pace nor history.
   * To be called about once a second.
   */
  tell(phases: readonly Phase[], now: number): number | undefined {
    const left = now - this.#movedAt > stillMs ? undefined : this.#left(phases, now);
    if (left === undefined) {
      this.#told = [];
      return undefined;
    }
    const first = this.#told.findLastIndex(({ at }) => now - at >= steadyMs);
    this.#told = [...this.#told.slice(Math.max(0, first)), { at: now, left }];
    const agree = this.#told.every(({ at, left: before }) => isNear(left, before - (now - at) / 1000));
    return first >= 0 && agree ? Math.ceil(left) : undefined;
  }

  /** Seconds until the slowest analyzer is done. */
  #left(phases: readonly Phase[], now: number): number | undefined {
    let longest = 0;
    for (const { phase: name, bytes, speed } of this.plan) {
      const phase = phases.find((one) => one.phase === name);
      if (!phase || (phase.status !== 'running' && phase.status !== 'pending')) continue;
      const done = this.#done.get(name) ?? 0;
      const ms = phase.started_at === null ? 0 : now - Date.parse(phase.started_at);
      const pace = ms >= minMs && done >= minBytes ? (done * 1000) / ms : speed;
      if (pace === undefined || !(pace > 0)) return undefined;
      longest = Math.max(longest, (bytes - done) / pace);
    }
    return longest + restSec;
  }
}

/** Within a factor of two, or a second. */
function isNear(a: number, b: number): boolean {
  const [small, large] = a < b ? [a, b] : [b, a];
  return large <= 2 * Math.max(0, small) || large - small <= 1;
}
