import { severities } from '../protocol/report';
import type { ReportTexts, ShownFile, ShownIssue } from '../protocol/reportPanel';
import { button, element } from './dom';

/** How many rows to render at once: browsers stutter with thousands. */
const rowsAtOnce = 100;
/** Reports with no more findings than this start expanded. */
const shortReport = 40;

type Texts = Pick<ReportTexts, 'severities' | 'more' | 'line' | 'open' | 'help' | 'stale'>;

interface Handlers {
  /** Open a finding in the editor. */
  readonly onOpen: (index: number) => void;
  /** The findings of a file came into view; the index of the first one. */
  readonly onView: (index: number) => void;
  /** Files were expanded or collapsed. */
  readonly onChange: () => void;
}

/** The findings by file. The findings of a file are rendered when it is expanded, a hundred at a time. */
export class FileList {
  readonly element = element('div', 'files');
  /** Paths of the expanded files. */
  readonly open = new Set<string>();
  readonly #stale = new Set<number>();
  #files: readonly ShownFile[] = [];
  #canOpen = false;
  #initialized = false;
  #chunk = rowsAtOnce;

  constructor(
    private readonly texts: Texts,
    private readonly handlers: Handlers,
  ) {}

  /** @param none text to show if there are no files */
  show(files: readonly ShownFile[], canOpen: boolean, none: string): void {
    this.#files = files;
    this.#canOpen = canOpen;
    const findings = files.reduce((sum, file) => sum + file.issues.length, 0);
    if (!this.#initialized && this.open.size === 0 && findings <= shortReport)
      for (const { path } of files) this.open.add(path);
    this.#initialized = true;
    this.element.replaceChildren();
    if (files.length === 0) this.element.append(element('p', 'none', none));
    else this.#append(this.element, files, (file, at) => this.#section(file, at));
  }

  expandAll(on: boolean): void {
    this.open.clear();
    if (on) for (const { path } of this.#files) this.open.add(path);
    this.show(this.#files, this.#canOpen, '');
    this.handlers.onChange();
  }

  /** Renders everything, for paper. */
  showAll(): void {
    for (const { path } of this.#files) this.open.add(path);
    this.#chunk = Infinity;
    this.show(this.#files, this.#canOpen, '');
  }

  /** Marks findings whose line has changed since the scan. */
  markStale(indexes: readonly number[]): void {
    for (const index of indexes) {
      this.#stale.add(index);
      const row = this.element.querySelector(`[data-index="${index}"]`);
      if (row && !row.querySelector('.stale')) row.firstElementChild?.append(this.#staleMark());
    }
  }

  /** Appends the rows of a list, a chunk at a time. */
  #append<T>(parent: HTMLElement, all: readonly T[], row: (one: T, at: number) => HTMLElement, from = 0): void {
    parent.append(...all.slice(from, from + this.#chunk).map((one, at) => row(one, from + at)));
    const left = all.length - from - this.#chunk;
    if (left <= 0) return;
    const more = button(this.texts.more.replace('{0}', String(Math.min(left, this.#chunk))), 'secondary more', () => {
      const before = parent.childElementCount - 1;
      holder.remove();
      this.#append(parent, all, row, from + this.#chunk);
      // Move the focus to where the button was.
      parent.children[before]?.querySelector<HTMLElement>('button, a')?.focus();
    });
    const holder = element(parent.tagName === 'UL' ? 'li' : 'div', 'more-row');
    holder.append(more);
    parent.append(holder);
  }

  #section({ path, issues }: ShownFile, at: number): HTMLElement {
    const section = element('section', 'file');
    const heading = element('h3', 'path');
    const list = element('ul', 'issues');
    list.id = `file-${at}`;
    const fold = button('', 'fold', () => {
      if (this.open.has(path)) this.open.delete(path);
      else this.open.add(path);
      update();
      this.handlers.onChange();
    });
    fold.setAttribute('aria-controls', list.id);
    fold.append(element('span', 'twistie'), element('bdi', 'name', path), this.#counts(issues));
    const update = () => {
      const open = this.open.has(path);
      fold.setAttribute('aria-expanded', String(open));
      list.hidden = !open;
      const [first] = issues;
      if (!open || !first || list.childElementCount > 0) return;
      this.#append(list, issues, (issue) => this.#issue(path, issue));
      this.handlers.onView(first.index);
    };
    heading.append(fold);
    section.append(heading, list);
    update();
    return section;
  }

  #counts(issues: readonly ShownIssue[]): HTMLElement {
    const counts = element('span', 'counts');
    for (const severity of severities) {
      const found = issues.filter((issue) => issue.severity === severity).length;
      if (found > 0)
        counts.append(' ', element('span', severity, `${found} ${this.texts.severities[severity].toLowerCase()}`));
    }
    return counts;
  }

  #issue(path: string, issue: ShownIssue): HTMLElement {
    const row = element('li', `issue ${issue.severity}`);
    row.dataset['index'] = String(issue.index);
    const head = element('p', 'head');
    head.append(element('strong', 'title', issue.title));
    const line = this.texts.line.replace('{0}', String(issue.line));
    if (this.#canOpen) {
      const link = button(line, 'link', () => this.handlers.onOpen(issue.index));
      link.setAttribute('aria-label', this.texts.open.replace('{0}', () => path).replace('{1}', String(issue.line)));
      head.append(link);
    } else head.append(element('span', 'line', line));
    head.append(element('span', 'severity', this.texts.severities[issue.severity]));
    if (this.#stale.has(issue.index)) head.append(this.#staleMark());
    row.append(head, element('p', 'message', issue.message));
    if (issue.snippet !== '') {
      const code = element('pre', 'snippet', issue.snippet);
      row.append(code);
    }
    if (issue.flow.length > 0) {
      const steps = element('ol', 'flow');
      steps.append(...issue.flow.map((step) => element('li', 'step-line', step)));
      row.append(steps);
    }
    if (issue.fix !== '') row.append(element('p', 'suggestion', issue.fix));
    if (issue.suggestion !== '') row.append(element('p', 'suggestion', issue.suggestion));
    const foot = element('p', 'rule', issue.facts.join(' · '));
    if (issue.help !== '') {
      const help = element('a', 'help', this.texts.help);
      help.href = issue.help;
      foot.append(' · ', help);
    }
    row.append(foot);
    return row;
  }

  #staleMark(): HTMLElement {
    return element('span', 'stale', this.texts.stale);
  }
}
