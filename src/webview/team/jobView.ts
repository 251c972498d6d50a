import { cancelAnswer, submitAnswer } from '../../protocol/api';
import type { LogEvent } from '../../protocol/events';
import { isTerminal, type Job } from '../../protocol/job';
import { summarize, type Issue } from '../../protocol/report';
import { button, element, setText } from '../dom';
import { LogView } from '../logView';
import { ApiFailure } from './api';
import { Tiles } from './counts';
import { JobFollower } from './jobFollower';
import { ReportSection } from './reportSection';
import { save } from './save';
import type { View, ViewContext } from './view';
import {
  count,
  durationOf,
  durationText,
  failureOf,
  labelOf,
  originOf,
  percentOf,
  phaseDetail,
  phaseNames,
  phaseTitle,
  stateOf,
  timeText,
} from './words';

const logTexts = {
  log: 'Log',
  scanLog: 'Scan log',
  search: 'Search',
  searchLog: 'Search the log',
  level: 'Level',
  levels: { debug: 'All levels', info: 'Info and above', warning: 'Warnings and errors', error: 'Errors' },
  follow: 'Follow',
  copy: 'Copy',
  matches: '{0} of {1}',
} as const;

/** One scan: its progress, its findings, its log and its report. */
export function jobView(context: ViewContext, id: string): View {
  const view = new JobView(context, id);
  return {
    element: view.element,
    changeQuery: (query) => view.changeQuery(query),
    dispose: () => view.dispose(),
  };
}

class JobView {
  readonly element = element('main', 'job');
  readonly #heading = element('h1', 'heading', 'Scan');
  readonly #percent = element('span', 'percent');
  readonly #origin = element('p', 'label');
  readonly #bar = element('div', 'bar');
  readonly #fill = element('div', 'fill');
  readonly #state = element('p', 'current');
  readonly #time = element('span', 'time');
  readonly #error = element('p', 'error');
  readonly #notice = element('p', 'action-notice');
  readonly #tiles = new Tiles();
  readonly #phases = element('ul', 'analyzers');
  readonly #cancel = button('Cancel Scan', 'secondary', () => void this.#stop());
  readonly #rerun = button('Scan Again', 'secondary', () => void this.#again());
  readonly #log: LogView;
  readonly #details = element('details', 'log-part');
  readonly #report: ReportSection;
  readonly #follower: JobFollower;
  readonly #found: Issue[] = [];
  #lines: LogEvent[] = [];
  #drawing = false;
  #job: Job | undefined;
  #disposed = false;

  constructor(
    private readonly context: ViewContext,
    private readonly id: string,
  ) {
    const { api, connection, setTitle } = context;
    setTitle('Scan');
    this.#log = new LogView(logTexts, (text) => void this.#copy(text));
    this.#report = new ReportSection(context, id);
    this.#build();
    this.#follower = new JobFollower(
      api,
      id,
      {
        job: (job) => this.#show(job),
        log: (lines) => this.#addLog(lines),
        findings: (issues, restart) => this.#addFindings(issues, restart),
        state: (state, reason) => connection.show(state, reason),
        failed: (failure) => this.#fail(failure),
      },
      connection,
      true,
    );
  }

  changeQuery(query: URLSearchParams): void {
    this.#report.filter(query);
  }

  dispose(): void {
    this.#disposed = true;
    this.#follower.dispose();
    this.#report.dispose();
  }

  #build(): void {
    this.#bar.setAttribute('role', 'progressbar');
    this.#bar.setAttribute('aria-label', 'Scan progress');
    this.#bar.setAttribute('aria-valuemin', '0');
    this.#bar.setAttribute('aria-valuemax', '100');
    this.#bar.append(this.#fill);
    this.#state.setAttribute('role', 'status');
    this.#error.setAttribute('role', 'alert');
    this.#error.hidden = true;
    this.#notice.setAttribute('role', 'status');
    this.#phases.setAttribute('aria-label', 'Steps and analyzers');
    for (const part of [this.#cancel, this.#rerun, this.#bar, this.#tiles.element, this.#details]) part.hidden = true;
    const head = element('header', 'head');
    head.append(this.#heading, this.#percent);
    const under = element('div', 'under');
    under.append(this.#state, this.#time);
    const actions = element('div', 'actions');
    actions.append(this.#cancel, this.#rerun, this.#notice);
    const summary = element('summary', '', 'Log and steps');
    this.#details.append(summary, this.#phases, ...this.#log.elements());
    this.element.append(head, this.#origin, this.#bar, under, this.#error, actions);
    this.element.append(this.#tiles.element, this.#report.element, this.#details);
  }

  #show(job: Job): void {
    const isOver = isTerminal(job.status);
    const first = this.#job === undefined;
    this.#job = job;
    this.element.dataset['status'] = job.status;
    this.context.setTitle(labelOf(job));
    setText(this.#heading, labelOf(job));
    setText(this.#percent, job.status === 'running' ? `${percentOf(job)}%` : '');
    setText(this.#origin, [originOf(job), ...(job.labels ?? [])].filter(Boolean).join(' · '));
    setText(this.#state, isOver ? endOf(job) : stateOf(job));
    setText(this.#time, timeOf(job));
    setText(this.#error, job.status === 'failed' || job.status === 'expired' ? failureOf(job) : '');
    this.#error.hidden = this.#error.textContent === '';
    this.#bar.hidden = isOver;
    this.#fill.style.setProperty('width', `${percentOf(job)}%`);
    this.#bar.setAttribute('aria-valuenow', String(percentOf(job)));
    this.#bar.setAttribute('aria-valuetext', `${percentOf(job)}%, ${stateOf(job)}`);
    this.#cancel.hidden = isOver;
    this.#rerun.hidden = !isOver;
    this.#showPhases(job);
    this.#showCounts();
    this.#details.hidden = false;
    // Open while there is nothing else to see.
    if (first) this.#details.open = !isOver || job.status === 'failed';
    if (job.status === 'completed' || job.status === 'canceled') this.#report.load(job);
  }

  #showPhases(job: Job): void {
    const rows = (job.phases ?? []).map((phase) => {
      const row = element('li', `analyzer ${phase.status}`);
      const name = phase.phase.startsWith('analyze:')
        ? phase.phase.slice('analyze:'.length)
        : phaseTitle(phase.phase, job);
      row.append(
        element('span', 'name', name),
        element('span', 'state', phaseNames[phase.status]),
        element('span', 'detail', phaseDetail(phase)),
      );
      return row;
    });
    // Only if they differ, since a selection in them would be lost.
    const key = rows.map((row) => row.textContent).join('\n');
    if (this.#phases.dataset['key'] === key) return;
    this.#phases.dataset['key'] = key;
    this.#phases.replaceChildren(...rows);
  }

  #showCounts(): void {
    const isOver = this.#job !== undefined && isTerminal(this.#job.status);
    // Then the report counts them.
    this.#tiles.element.hidden = isOver || this.#job?.status !== 'running';
    if (!isOver) this.#tiles.show(summarize(this.#found));
  }

  /** Lines arrive hundreds at a time; they are rendered with the next frame. */
  #addLog(lines: readonly LogEvent[]): void {
    this.#lines.push(...lines);
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#log.add(this.#lines, false);
      this.#lines = [];
    });
  }

  #addFindings(issues: readonly Issue[], restart: boolean): void {
    if (restart) this.#found.length = 0;
    this.#found.push(...issues);
    this.#showCounts();
  }

  #fail(failure: ApiFailure): void {
    setText(this.#heading, failure.status === 404 ? 'Scan not found' : 'This scan cannot be shown');
    setText(
      this.#error,
      failure.status === 404
        ? 'It may have been removed: the service keeps a limited number of scans.'
        : failure.message,
    );
    this.#error.hidden = false;
  }

  async #stop(): Promise<void> {
    setText(this.#notice, 'Canceling…');
    await this.#attempt(async () => {
      await this.context.api.send(cancelAnswer, 'DELETE', `/jobs/${encodeURIComponent(this.id)}`);
    });
  }

  async #again(): Promise<void> {
    setText(this.#notice, 'Submitting…');
    await this.#attempt(async () => {
      const { job_id } = await this.context.api.send(
        submitAnswer,
        'POST',
        `/jobs/${encodeURIComponent(this.id)}/rerun`,
      );
      if (!this.#disposed) location.hash = `#/jobs/${encodeURIComponent(job_id)}`;
    });
  }

  /** Runs a button's action, and shows next to it why it failed. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      setText(this.#notice, '');
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setText(this.#notice, error.message);
    }
  }

  async #copy(text: string): Promise<void> {
    // Browsers only offer the clipboard over HTTPS and on this machine, and may deny access even then.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    try {
      if (!clipboard) throw new Error('There is no clipboard.');
      await clipboard.writeText(text);
      setText(this.#notice, 'The log was copied.');
    } catch {
      save(new Blob([text], { type: 'text/plain' }), `codeagent-${this.id}.log`);
      setText(this.#notice, 'The browser blocked copying, so the log was saved as a file.');
    }
  }
}

function endOf(job: Job): string {
  const gaps = job.gaps ?? 0;
  return job.status === 'completed' && gaps > 0 ? `Completed with ${count(gaps, 'gap')}` : stateOf(job);
}

function timeOf(job: Job): string {
  const ms = durationOf(job);
  const eta = job.progress?.eta_sec;
  const left = job.status === 'running' && eta !== undefined ? `${durationText(Math.ceil(eta) * 1000)} left` : '';
  return [timeText(job.submitted_at), ms === undefined ? left : durationText(ms)]
    .filter((part) => part !== '')
    .join(' · ');
}
