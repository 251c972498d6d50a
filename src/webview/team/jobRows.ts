import { isTerminal, type Job } from '../../protocol/job';
import { element, setText } from '../dom';
import type { Api } from './api';
import type { Connection } from './connection';
import { countsOf } from './counts';
import { JobFollower } from './jobFollower';
import { durationOf, durationText, failureOf, labelOf, originOf, percentOf, stateOf, timeText } from './words';

/** How many running jobs to follow with a stream; the others are as current as the list. Browsers open six connections to a service. */
const maxStreams = 2;

/** Rows of jobs. A row stays the same element as long as its job is shown, so that it keeps focus and selection. */
export class JobRows {
  readonly element = element('ol', 'rows');
  readonly #rows = new Map<string, JobRow>();
  readonly #followers = new Map<string, JobFollower>();

  /** @param onEnd a job that was running has ended */
  constructor(
    private readonly api: Api,
    private readonly connection: Connection,
    private readonly onEnd: () => void,
  ) {}

  show(jobs: readonly Job[]): void {
    const wanted = new Set(jobs.map(({ job_id }) => job_id));
    for (const [id, row] of this.#rows)
      if (!wanted.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
      }
    for (const [at, job] of jobs.entries()) {
      const row = this.#rows.get(job.job_id) ?? new JobRow(job.job_id);
      this.#rows.set(job.job_id, row);
      row.show(job);
      // Only moved if its position differs: a moved element loses the focus.
      const there = this.element.children[at];
      if (there !== row.element) this.element.insertBefore(row.element, there ?? null);
    }
    this.#follow(jobs.filter(({ status }) => status === 'running').slice(0, maxStreams));
  }

  dispose(): void {
    for (const follower of this.#followers.values()) follower.dispose();
    this.#followers.clear();
  }

  #follow(jobs: readonly Job[]): void {
    const wanted = new Set(jobs.map(({ job_id }) => job_id));
    for (const [id, follower] of this.#followers)
      if (!wanted.has(id)) {
        follower.dispose();
        this.#followers.delete(id);
      }
    for (const id of wanted) {
      if (this.#followers.has(id)) continue;
      const job = (now: Job) => {
        this.#rows.get(id)?.show(now);
        if (isTerminal(now.status)) this.onEnd();
      };
      this.#followers.set(id, new JobFollower(this.api, id, { job }, this.connection, false));
    }
  }
}

class JobRow {
  readonly element = element('li', 'row job-row');
  readonly #link = element('a', 'row-name');
  readonly #state = element('span', 'row-state');
  readonly #counts = element('span', 'row-found');
  readonly #origin = element('bdi', 'row-origin dim');
  readonly #time = element('span', 'row-time dim');
  readonly #bar = element('div', 'bar');
  readonly #fill = element('div', 'fill');
  #shown = '';

  constructor(id: string) {
    this.#link.href = `#/jobs/${encodeURIComponent(id)}`;
    this.#bar.append(this.#fill);
    // The state says the same in words.
    this.#bar.setAttribute('aria-hidden', 'true');
    this.element.append(this.#link, this.#state, this.#counts, this.#origin, this.#time, this.#bar);
  }

  show(job: Job): void {
    const key = JSON.stringify(job);
    if (key === this.#shown) return;
    this.#shown = key;
    const isRunning = job.status === 'running';
    this.element.dataset['status'] = job.status;
    this.element.classList.toggle('gappy', job.status === 'completed' && (job.gaps ?? 0) > 0);
    setText(this.#link, labelOf(job));
    setText(this.#state, isRunning ? `${stateOf(job)} · ${percentOf(job)}%` : stateOf(job));
    setText(this.#origin, job.status === 'failed' ? failureOf(job) : originOf(job));
    const ms = durationOf(job);
    setText(
      this.#time,
      [timeText(job.submitted_at), ms === undefined ? '' : durationText(ms)].filter(Boolean).join(' · '),
    );
    this.#counts.replaceChildren(...(job.summary ? [countsOf(job.summary, job.gaps)] : []));
    this.#bar.hidden = !isRunning;
    this.#fill.style.setProperty('width', `${percentOf(job)}%`);
  }
}
