import type { Disposable } from '../../base/lifecycle';
import type { JobHandle } from './jobHandle';

const everyMs = 1000;
/** An estimate from this job's own pace is worth something after so many milliseconds and files. */
const minMs = 1500;
const minFiles = 50;
/** Seconds that merging and writing take. */
const restSec = 1;

export interface EtaPlan {
  readonly phase: string;
  /** Files the analyzer has to read. */
  readonly files: number;
  /** Files a second in earlier jobs. */
  readonly speed: number | undefined;
}

/** Tells a running job every second how long it still takes, as long as that can be known. */
export class EtaClock implements Disposable {
  readonly #timer: NodeJS.Timeout;

  constructor(job: JobHandle, plan: readonly EtaPlan[]) {
    this.#timer = setInterval(() => {
      job.dispatch({ type: 'eta', seconds: estimate(job.job.phases, plan, Date.now()) });
    }, everyMs);
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}

/**
 * Whole seconds until the slowest analyzer is done, or undefined while one of them has neither pace nor history.
 * @param now milliseconds since 1970
 */
export function estimate(
  phases: readonly { phase: string; status: string; started_at: string | null; files_done?: number | undefined }[],
  plan: readonly EtaPlan[],
  now: number,
): number | undefined {
  let longest = 0;
  for (const { phase: name, files, speed } of plan) {
    const phase = phases.find((p) => p.phase === name);
    if (!phase || (phase.status !== 'running' && phase.status !== 'pending')) continue;
    const done = phase.files_done ?? 0;
    const ms = phase.started_at === null ? 0 : now - Date.parse(phase.started_at);
    const pace = ms >= minMs && done >= minFiles ? (done * 1000) / ms : speed;
    if (pace === undefined || !(pace > 0)) return undefined;
    longest = Math.max(longest, (files - done) / pace);
  }
  return Math.ceil(longest + restSec);
}
