import { jobList as jobListAnswer, type JobList as JobListAnswer } from '../../protocol/api';
import { jobStatus } from '../../protocol/job';
import { element, setText } from '../dom';
import type { Api, ApiFailure } from './api';
import type { Connection } from './connection';
import { JobRows } from './jobRows';
import { Pager } from './pager';
import { Refresher } from './refresher';
import { selectOf, searchField } from './fields';
import { statusNames } from './words';

const perPage = 50;
const intervalMs = 3_000;

/** All jobs, or those of a project, newest first: paged, so that ten thousand are as fast as ten. */
export class JobList {
  readonly element = element('section', 'job-list');
  readonly #none = element('p', 'empty');
  readonly #pager: Pager;
  readonly #rows: JobRows;
  readonly #refresher: Refresher;
  readonly #status;
  readonly #search;
  #page = 1;

  /** @param none what to show if there are no jobs at all */
  constructor(
    private readonly api: Api,
    connection: Connection,
    private readonly options: { readonly project?: string; readonly heading: string; readonly none: HTMLElement },
  ) {
    const again = () => {
      this.#page = 1;
      this.#refresher.now();
    };
    this.#status = selectOf(
      'Status',
      'All scans',
      jobStatus.options.map((one) => [one, statusNames[one]]),
      again,
    );
    this.#search = searchField('Search scans', again);
    this.#pager = new Pager('scan', 'scans', perPage, (page) => {
      this.#page = page;
      this.#refresher.now();
    });
    this.#rows = new JobRows(api, connection, () => this.#refresher.now());
    const heading = element('h2', 'section', options.heading);
    heading.id = 'scans';
    this.element.setAttribute('aria-labelledby', heading.id);
    const bar = element('div', 'logbar');
    bar.append(heading, this.#search, this.#status);
    this.#none.setAttribute('role', 'status');
    options.none.hidden = true;
    this.element.append(bar, this.#none, options.none, this.#rows.element, this.#pager.element);
    this.#refresher = new Refresher(
      () => this.#load(),
      intervalMs,
      connection,
      (failure) => this.#fail(failure),
    );
  }

  dispose(): void {
    this.#refresher.dispose();
    this.#rows.dispose();
  }

  async #load(): Promise<void> {
    const query = { q: this.#search.value.trim(), status: this.#status.value, project: this.options.project };
    const page = this.#page;
    const answer = await this.api.get(jobListAnswer, '/jobs', { ...query, page, limit: perPage });
    // Jobs were removed in the meantime.
    if (answer.jobs.length === 0 && answer.total > 0 && page > 1) {
      this.#page = Math.ceil(answer.total / perPage);
      await this.#load();
    } else if (page === this.#page) this.#show(answer, query.q !== '' || query.status !== '');
  }

  #show({ jobs, total }: JobListAnswer, isFiltered: boolean): void {
    this.#rows.show(jobs);
    this.#pager.show(this.#page, total);
    this.options.none.hidden = total > 0 || isFiltered;
    setText(this.#none, total === 0 && isFiltered ? 'No scan matches the filter.' : '');
    this.#none.hidden = this.#none.textContent === '';
  }

  #fail(failure: ApiFailure): void {
    setText(this.#none, failure.message);
    this.#none.hidden = false;
  }
}
