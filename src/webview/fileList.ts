import { severities } from '../protocol/report';
import type { ReportTexts, ShownFile, ShownIssue } from '../protocol/reportPanel';
import { button, element } from './dom';

/** How many rows of a level are made at once: a browser takes thousands only with a stutter. */
const chunk = 100;
/** A report this short is unfolded. */
const short = 40;

interface Doings {
  /** Opens a finding in the editor. */
  readonly open: (index: number) => void;
  /** A file's findings are looked at; the first of them. */
  readonly looked: (index: number) => void;
  /** What is unfolded has changed. */
  readonly changed: () => void;
}

/** The findings by file. A file's findings are made when it is unfolded, a hundred at a time. */
export class FileList {
  readonly element = element('div', 'files');
  /** The paths that are unfolded. */
  readonly open = new Set<string>();
  readonly #stale = new Set<number>();
  #files: readonly ShownFile[] = [];
  #canOpen = false;
  #began = false;

  constructor(
    private readonly texts: ReportTexts,
    private readonly doings: Doings,
  ) {}

  /** @param none what is said when there is no file */
  show(files: readonly ShownFile[], canOpen: boolean, none: string): void {
    this.#files = files;
    this.#canOpen = canOpen;
    const findings = files.reduce((sum, file) => sum + file.issues.length, 0);
    if (!this.#began && this.open.size === 0 && findings <= short) for (const { path } of files) this.open.add(path);
    this.#began = true;
    this.element.replaceChildren();
    if (files.length === 0) this.element.append(element('p', 'none', none));
    else this.#append(this.element, files, (file, at) => this.#section(file, at));
  }

  expandAll(on: boolean): void {
    this.open.clear();
    if (on) for (const { path } of this.#files) this.open.add(path);
    this.show(this.#files, this.#canOpen, '');
    this.doings.changed();
  }

  /** Marks findings whose line is not what was scanned any more. */
  markStale(indexes: readonly number[]): void {
    for (const index of indexes) {
      this.#stale.add(index);
      const row = this.element.querySelector(`[data-index="${index}"]`);
      if (row && !row.querySelector('.stale')) row.firstElementChild?.append(this.#staleMark());
    }
  }

  /** Appends the rows of a list, a chunk at a time. */
  #append<T>(parent: HTMLElement, all: readonly T[], row: (one: T, at: number) => HTMLElement, from = 0): void {
    parent.append(...all.slice(from, from + chunk).map((one, at) => row(one, from + at)));
    const left = all.length - from - chunk;
    if (left <= 0) return;
    const more = button(this.texts.more.replace('{0}', String(Math.min(left, chunk))), 'secondary more', () => {
      const before = parent.childElementCount - 1;
      holder.remove();
      this.#append(parent, all, row, from + chunk);
      // The focus goes on where the button was.
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
      unfold();
      this.doings.changed();
    });
    fold.setAttribute('aria-controls', list.id);
    fold.append(element('span', 'twistie'), element('bdi', 'name', path), this.#counts(issues));
    const unfold = () => {
      const open = this.open.has(path);
      fold.setAttribute('aria-expanded', String(open));
      list.hidden = !open;
      const [first] = issues;
      if (!open || !first || list.childElementCount > 0) return;
      this.#append(list, issues, (issue) => this.#issue(path, issue));
      this.doings.looked(first.index);
    };
    heading.append(fold);
    section.append(heading, list);
    unfold();
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
      const link = button(line, 'link', () => this.doings.open(issue.index));
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
