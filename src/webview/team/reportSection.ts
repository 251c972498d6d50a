import * as z from 'zod';
import { searchFor } from '../../protocol/findingSearch';
import type { Job } from '../../protocol/job';
import { report as reportSchema, severities, type Severity } from '../../protocol/report';
import type { ShownFile, ShownIssue } from '../../protocol/reportPanel';
import { button, element, setText } from '../dom';
import { FileList } from '../fileList';
import { GapList } from '../gapList';
import { chartRow } from '../severityChart';
import { ApiFailure } from './api';
import { searchField, selectOf } from './fields';
import { Refresher } from './refresher';
import { factsOf, shownFiles, shownGap } from './reportModel';
import { save } from './save';
import type { ViewContext } from './view';
import { count, severityNames } from './words';

const reportAnswer = reportSchema.extend({ project_id: z.string().optional() });
type ReportAnswer = z.infer<typeof reportAnswer>;

const listTexts = {
  severities: severityNames,
  more: 'Show {0} more',
  line: 'Line {0}',
  open: 'Open {0} at line {1}',
  help: 'Learn more',
  stale: '',
};

const downloads = [
  ['sarif', 'SARIF'],
  ['html', 'HTML'],
  ['csv', 'CSV'],
  ['md', 'Markdown'],
  ['json', 'JSON'],
] as const;

/** Retries while the service cannot be reached; an existing report is requested once. */
const intervalMs = 3_000;

/** The report of a scan that has ended: its findings by file, with filters in the URL, so that a filtered view can be shared. */
export class ReportSection {
  readonly element = element('section', 'report');
  readonly #gaps = new GapList('Not everything was scanned');
  readonly #chart = element('ul', 'chart');
  readonly #facts = element('dl', 'facts');
  readonly #about = element('details', 'about');
  readonly #links = element('div', 'actions');
  readonly #notice = element('p', 'label');
  readonly #count = element('span', 'matches');
  #hidden = new Set<Severity>();
  readonly #search: HTMLInputElement;
  readonly #path: HTMLInputElement;
  readonly #rule: HTMLSelectElement;
  readonly #cwe: HTMLSelectElement;
  readonly #list: FileList;
  /** The filters in the URL. */
  #query: URLSearchParams;
  #report: ReportAnswer | undefined;
  #files: readonly ShownFile[] = [];
  #hasGaps = false;
  #loading: Refresher | undefined;

  constructor(
    private readonly context: ViewContext,
    private readonly id: string,
  ) {
    this.#query = context.query;
    const apply = () => this.#apply();
    this.#search = searchField('Search findings', apply);
    this.#search.title = 'Prefix a word with path:, rule: or cwe: to search only there.';
    this.#path = searchField('Path contains', apply);
    this.#rule = selectOf('Rule', 'All rules', [], apply);
    this.#cwe = selectOf('CWE', 'All CWEs', [], apply);
    this.#list = new FileList(listTexts, {
      onOpen: () => undefined,
      onView: () => undefined,
      onChange: () => undefined,
    });
    this.#build();
  }

  /** Loads the report of the job, once. */
  load(job: Job): void {
    if (this.#loading) return;
    this.element.hidden = false;
    setText(this.#notice, 'Loading the report…');
    const { api, connection } = this.context;
    this.#loading = new Refresher(
      async () => {
        const report = await api.get(reportAnswer, `/reports/${encodeURIComponent(this.id)}`);
        this.dispose();
        this.#show(report);
      },
      intervalMs,
      connection,
      (failure) => {
        this.dispose();
        // Its status says why there is none.
        const isExpected = failure.status === 404 && job.status !== 'completed';
        setText(this.#notice, isExpected ? '' : failure.message);
        this.element.hidden = isExpected;
      },
    );
  }

  /** Applies the filters of another URL of this report. */
  filter(query: URLSearchParams): void {
    this.#query = query;
    if (this.#report) this.#takeFilter(this.#report);
  }

  dispose(): void {
    this.#loading?.dispose();
  }

  #build(): void {
    this.element.hidden = true;
    this.element.setAttribute('aria-label', 'Report');
    this.#notice.setAttribute('role', 'status');
    this.#count.setAttribute('role', 'status');
    this.#chart.setAttribute('aria-label', 'Findings by severity');
    this.#about.append(element('summary', '', 'About this report'), this.#facts);
    const bar = element('div', 'logbar filters');
    bar.append(
      element('h2', 'section', 'Findings by file'),
      this.#count,
      this.#search,
      this.#path,
      this.#rule,
      this.#cwe,
      button('Expand All', 'secondary', () => this.#list.expandAll(true)),
      button('Collapse All', 'secondary', () => this.#list.expandAll(false)),
    );
    const loaded = element('div', 'loaded');
    loaded.append(this.#gaps.element, this.#chart, bar, this.#list.element, this.#links, this.#about);
    loaded.hidden = true;
    this.element.append(this.#notice, loaded);
  }

  #show(report: ReportAnswer): void {
    const isPartial = report.meta.partial === true;
    setText(this.#notice, isPartial ? 'The scan was canceled. These are its findings up to that point.' : '');
    this.#notice.hidden = !isPartial;
    const gaps = report.meta.coverage?.gaps ?? [];
    this.#hasGaps = gaps.length > 0;
    this.#gaps.show(gaps.map(shownGap));
    this.#facts.replaceChildren(
      ...factsOf(report).flatMap(({ name, value }) => [element('dt', 'name', name), element('dd', 'value', value)]),
    );
    this.#showLinks(report);
    this.#files = shownFiles(report);
    const issues = this.#files.flatMap((file) => file.issues);
    fill(
      this.#rule,
      issues.map(({ rule }) => rule),
    );
    fill(
      this.#cwe,
      issues.flatMap(({ cwe }) => cwe),
    );
    for (const part of this.element.querySelectorAll<HTMLElement>('.loaded')) part.hidden = false;
    this.#report = report;
    this.#takeFilter(report);
  }

  #takeFilter({ summary }: ReportAnswer): void {
    const asked = (name: string) => this.#query.get(name) ?? '';
    this.#hidden = new Set(severities.filter((one) => asked('hidden').split(',').includes(one)));
    this.#search.value = asked('text');
    this.#path.value = asked('path');
    choose(this.#rule, asked('rule'));
    choose(this.#cwe, asked('cwe'));
    this.#chart.replaceChildren(
      ...severities.map((severity) =>
        chartRow(severityNames[severity], severity, summary, !this.#hidden.has(severity), (on) => {
          if (on) this.#hidden.delete(severity);
          else this.#hidden.add(severity);
          this.#apply();
        }),
      ),
    );
    this.#apply();
  }

  #showLinks({ project_id }: ReportAnswer): void {
    const parts: HTMLElement[] = downloads.map(([format, name]) =>
      button(name, 'secondary', () => void this.#download(format)),
    );
    this.#links.replaceChildren(element('span', 'dim', 'Download as'), ...parts);
    if (project_id === undefined) return;
    const link = element('a', 'all-scans', 'All scans of this repository');
    link.href = `#/projects/${encodeURIComponent(project_id)}`;
    this.#links.append(link);
  }

  async #download(format: string): Promise<void> {
    try {
      const content = await this.context.api.content(`/reports/${encodeURIComponent(this.id)}/export`, { format });
      save(content, `codeagent-${this.id}.${format}`);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setText(this.#notice, error.message);
      this.#notice.hidden = false;
    }
  }

  #apply(): void {
    const fits = searchFor(this.#search.value);
    const path = this.#path.value.trim().toLowerCase();
    const matches = (file: string) => (issue: ShownIssue) =>
      !this.#hidden.has(issue.severity) &&
      (this.#rule.value === '' || issue.rule === this.#rule.value) &&
      (this.#cwe.value === '' || issue.cwe.includes(this.#cwe.value)) &&
      fits({ ...issue, file, message: `${issue.message}\n${issue.facts.join(' ')}` });
    const files = this.#files.flatMap((file) => {
      if (!file.path.toLowerCase().includes(path)) return [];
      const issues = file.issues.filter(matches(file.path));
      return issues.length > 0 ? [{ path: file.path, issues }] : [];
    });
    const all = this.#files.reduce((sum, { issues }) => sum + issues.length, 0);
    const visible = files.reduce((sum, { issues }) => sum + issues.length, 0);
    setText(this.#count, all === 0 ? '' : `${visible.toLocaleString('en')} of ${count(all, 'finding')}`);
    const none = this.#hasGaps ? 'No findings in what was scanned.' : 'No findings.';
    this.#list.show(files, false, all > 0 ? 'No findings match the filter.' : none);
    this.#saveFilter();
  }

  #saveFilter(): void {
    const filter = new URLSearchParams();
    const fields = {
      text: this.#search.value.trim(),
      path: this.#path.value.trim(),
      rule: this.#rule.value,
      cwe: this.#cwe.value,
      hidden: [...this.#hidden].join(','),
    };
    for (const [name, value] of Object.entries(fields)) if (value !== '') filter.set(name, value);
    const query = filter.toString();
    history.replaceState(null, '', `#/jobs/${encodeURIComponent(this.id)}${query === '' ? '' : `?${query}`}`);
  }
}

/** Fills a filter with its choices. @param ids with duplicates */
function fill(select: HTMLSelectElement, ids: readonly string[]): void {
  const choices = [...new Set(ids)].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  select.append(...choices.map((id) => new Option(id, id)));
}

/** Selects the choice if it exists; otherwise all. */
function choose(select: HTMLSelectElement, id: string): void {
  select.value = id;
  if (select.selectedIndex < 0) select.value = '';
}
