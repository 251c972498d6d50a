import { projectList as projectListAnswer, type Project } from '../../protocol/api';
import { oneLine } from '../../protocol/oneLine';
import { severities, type Summary } from '../../protocol/report';
import { element, setText } from '../dom';
import type { Api } from './api';
import type { Connection } from './connection';
import { countsOf } from './counts';
import { searchField } from './fields';
import { Pager } from './pager';
import { Refresher } from './refresher';
import { stackOf } from './stack';
import { timeText } from './words';

const perPage = 25;
const intervalMs = 15_000;

/** The findings of each repository in its latest scan, worst first. */
export class ProjectList {
  readonly element = element('section', 'project-list');
  readonly #list = element('ol', 'rows');
  readonly #none = element('p', 'empty');
  readonly #search: HTMLInputElement;
  readonly #pager: Pager;
  readonly #refresher: Refresher;
  #page = 1;
  #key = '';

  /** @param onSummary receives the sum of all repositories, which a node with an older version does not send, and their number */
  constructor(
    private readonly api: Api,
    connection: Connection,
    private readonly onSummary: (summary: Summary | undefined, projects: number) => void,
  ) {
    const heading = element('h2', 'section', 'Repositories');
    heading.id = 'repositories';
    this.element.setAttribute('aria-labelledby', heading.id);
    this.#search = searchField('Search repositories', () => {
      this.#page = 1;
      this.#refresher.now();
    });
    this.#pager = new Pager('repository', 'repositories', perPage, (page) => {
      this.#page = page;
      this.#refresher.now();
    });
    this.#none.setAttribute('role', 'status');
    const bar = element('div', 'logbar');
    bar.append(heading, this.#search);
    this.element.append(bar, this.#none, this.#list, this.#pager.element);
    this.#refresher = new Refresher(
      () => this.#load(),
      intervalMs,
      connection,
      ({ message }) => setText(this.#none, message),
    );
  }

  refresh(): void {
    this.#refresher.now();
  }

  dispose(): void {
    this.#refresher.dispose();
  }

  async #load(): Promise<void> {
    const q = this.#search.value.trim();
    const page = this.#page;
    const answer = await this.api.get(projectListAnswer, '/projects', { q, page, limit: perPage, sort: 'severity' });
    if (page !== this.#page) return;
    if (q === '') this.onSummary(answer.summary, answer.total);
    this.#pager.show(page, answer.total);
    setText(
      this.#none,
      answer.total > 0 ? '' : q === '' ? 'No repository has been scanned yet.' : 'No repository matches.',
    );
    this.#none.hidden = answer.total > 0;
    // Only if they differ, since a link loses the focus when it is replaced.
    const key = JSON.stringify(answer.items);
    if (key === this.#key) return;
    this.#key = key;
    const most = Math.max(1, ...answer.items.map(({ last_scan }) => (last_scan ? sumOf(last_scan.summary) : 0)));
    this.#list.replaceChildren(...answer.items.map((project) => rowOf(project, most)));
  }
}

function rowOf({ id, name, repository, last_scan: last }: Project, most: number): HTMLElement {
  const row = element('li', 'row project-row');
  const link = element('a', 'row-name', oneLine(name, 120) || id);
  link.href = `#/projects/${encodeURIComponent(id)}`;
  const found = element('span', 'row-found');
  const time = element('span', 'row-time dim');
  if (last) {
    found.append(countsOf(last.summary, last.gaps));
    if (last.gaps > 0) found.append(element('span', 'gaps-mark', last.gaps === 1 ? '1 gap' : `${last.gaps} gaps`));
    const report = element('a', '', timeText(last.finished_at));
    report.href = `#/jobs/${encodeURIComponent(last.job_id)}`;
    report.setAttribute('aria-label', `Report of ${timeText(last.finished_at)}`);
    time.append(report);
  } else found.append(element('span', 'dim', 'no scan has completed yet'));
  const stack = stackOf(last?.summary, most);
  row.append(link, found, element('bdi', 'row-origin dim', oneLine(repository ?? '', 300)), time, stack);
  return row;
}

function sumOf(summary: Summary): number {
  return severities.reduce((sum, severity) => sum + summary[severity], 0);
}
