import type { LogEvent, LogLevel } from '../protocol/events';
import { button, element } from './dom';

const maxLines = 2000;
const rank: Record<LogLevel, number> = { debug: 0, info: 1, warning: 2, error: 3 };

/** The job's log: it follows its end unless one scrolls away, and shows what fits a search and a level. */
export class LogView {
  readonly #lines = element('div', 'log');
  readonly #search = element('input', 'search');
  readonly #level = element('select', 'level');
  readonly #follow: HTMLButtonElement;
  readonly #copy: HTMLButtonElement;
  readonly #count = element('span', 'matches');
  #following = true;

  /** @param copy gets the lines that are shown, as text */
  constructor(copy: (text: string) => void) {
    this.#lines.setAttribute('role', 'log');
    this.#lines.setAttribute('aria-label', 'Scan log');
    this.#lines.setAttribute('aria-live', 'off');
    this.#lines.tabIndex = 0;
    this.#lines.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#lines;
      this.#setFollowing(scrollHeight - scrollTop - clientHeight < 24);
    });
    this.#search.type = 'search';
    this.#search.placeholder = 'Search';
    this.#search.setAttribute('aria-label', 'Search the log');
    this.#search.addEventListener('input', () => this.#filter());
    this.#level.setAttribute('aria-label', 'Level');
    for (const [value, text] of [
      ['debug', 'All levels'],
      ['info', 'Info and worse'],
      ['warning', 'Warnings and errors'],
      ['error', 'Errors'],
    ] as const)
      this.#level.append(new Option(text, value));
    this.#level.addEventListener('change', () => this.#filter());
    this.#count.setAttribute('role', 'status');
    this.#follow = button('Follow', 'secondary', () => {
      this.#setFollowing(!this.#following);
      if (this.#following) this.#toEnd();
    });
    this.#follow.setAttribute('aria-pressed', 'true');
    this.#copy = button('Copy', 'secondary', () => copy(this.#shown().join('\n')));
  }

  /** The heading with its tools, and the lines. */
  elements(): HTMLElement[] {
    const bar = element('div', 'logbar');
    bar.append(element('h2', 'section', 'Log'), this.#count, this.#search, this.#level, this.#follow, this.#copy);
    return [bar, this.#lines];
  }

  add(lines: readonly LogEvent[], reset: boolean): void {
    if (reset) this.#lines.replaceChildren();
    for (const line of lines) {
      const row = element('div', `line ${line.level}`);
      row.dataset['level'] = line.level;
      row.append(element('span', 'ts', clock(line.ts)));
      if (line.analyzer !== null) row.append(element('span', 'who', line.analyzer));
      row.append(element('span', 'message', line.message));
      row.hidden = !this.#fits(row);
      this.#lines.append(row);
    }
    while (this.#lines.childElementCount > maxLines) this.#lines.firstElementChild?.remove();
    if (this.#following) this.#toEnd();
    this.#tell();
  }

  #fits(row: HTMLElement): boolean {
    const level = row.dataset['level'] as LogLevel;
    if (rank[level] < rank[this.#level.value as LogLevel]) return false;
    return row.textContent.toLowerCase().includes(this.#search.value.trim().toLowerCase());
  }

  #filter(): void {
    for (const row of this.#rows()) row.hidden = !this.#fits(row);
    if (this.#following) this.#toEnd();
    this.#tell();
  }

  #tell(): void {
    const filtering = this.#search.value.trim() !== '' || this.#level.value !== 'debug';
    this.#count.textContent = filtering ? `${this.#shown().length} of ${this.#lines.childElementCount}` : '';
  }

  #shown(): string[] {
    const rows = this.#rows().filter((row) => !row.hidden);
    return rows.map((row) => [...row.children].map((part) => part.textContent).join(' '));
  }

  #rows(): HTMLElement[] {
    return [...this.#lines.children].filter((row) => row instanceof HTMLElement);
  }

  #toEnd(): void {
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #setFollowing(on: boolean): void {
    if (on === this.#following) return;
    this.#following = on;
    this.#follow.setAttribute('aria-pressed', String(on));
  }
}

function clock(ts: string): string {
  return /T(\d\d:\d\d:\d\d)/.exec(ts)?.[1] ?? ts;
}
