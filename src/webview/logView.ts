import type { LogEvent, LogLevel } from '../protocol/events';
import type { PanelTexts } from '../protocol/panel';
import { button, element } from './dom';

type Texts = Pick<
  PanelTexts,
  'log' | 'scanLog' | 'search' | 'searchLog' | 'level' | 'levels' | 'follow' | 'copy' | 'matches'
>;

const maxLines = 2000;
const rank: Record<LogLevel, number> = { debug: 0, info: 1, warning: 2, error: 3 };

/** The job's log. It follows the end unless the user scrolls up, and can be filtered by text and level. */
export class LogView {
  readonly #lines = element('div', 'log');
  readonly #search = element('input', 'search');
  readonly #level = element('select', 'level');
  readonly #follow: HTMLButtonElement;
  readonly #copy: HTMLButtonElement;
  readonly #count = element('span', 'matches');
  #following = true;

  /** @param copy receives the visible lines, as text */
  constructor(
    private readonly texts: Texts,
    copy: (text: string) => void,
  ) {
    this.#lines.setAttribute('role', 'log');
    this.#lines.setAttribute('aria-label', texts.scanLog);
    this.#lines.setAttribute('aria-live', 'off');
    this.#lines.tabIndex = 0;
    this.#lines.addEventListener('scroll', () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#lines;
      this.#setFollowing(scrollHeight - scrollTop - clientHeight < 24);
    });
    this.#search.type = 'search';
    this.#search.placeholder = texts.search;
    this.#search.setAttribute('aria-label', texts.searchLog);
    this.#search.addEventListener('input', () => this.#filter());
    this.#level.setAttribute('aria-label', texts.level);
    for (const level of ['debug', 'info', 'warning', 'error'] as const)
      this.#level.append(new Option(texts.levels[level], level));
    this.#level.addEventListener('change', () => this.#filter());
    this.#count.setAttribute('role', 'status');
    this.#follow = button(texts.follow, 'secondary', () => {
      this.#setFollowing(!this.#following);
      if (this.#following) this.#scrollToEnd();
    });
    this.#follow.setAttribute('aria-pressed', 'true');
    this.#copy = button(texts.copy, 'secondary', () => copy(this.#visibleLines().join('\n')));
  }

  /** The heading with its controls, and the lines. */
  elements(): HTMLElement[] {
    const bar = element('div', 'logbar');
    bar.append(
      element('h2', 'section', this.texts.log),
      this.#count,
      this.#search,
      this.#level,
      this.#follow,
      this.#copy,
    );
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
      row.hidden = !this.#matches(row);
      this.#lines.append(row);
    }
    while (this.#lines.childElementCount > maxLines) this.#lines.firstElementChild?.remove();
    if (this.#following) this.#scrollToEnd();
    this.#updateCount();
  }

  #matches(row: HTMLElement): boolean {
    const level = row.dataset['level'] as LogLevel;
    if (rank[level] < rank[this.#level.value as LogLevel]) return false;
    return row.textContent.toLowerCase().includes(this.#search.value.trim().toLowerCase());
  }

  #filter(): void {
    for (const row of this.#rows()) row.hidden = !this.#matches(row);
    if (this.#following) this.#scrollToEnd();
    this.#updateCount();
  }

  #updateCount(): void {
    const filtering = this.#search.value.trim() !== '' || this.#level.value !== 'debug';
    const [visible, all] = [this.#visibleLines().length, this.#lines.childElementCount];
    this.#count.textContent = filtering
      ? this.texts.matches.replace('{0}', String(visible)).replace('{1}', String(all))
      : '';
  }

  #visibleLines(): string[] {
    const rows = this.#rows().filter((row) => !row.hidden);
    return rows.map((row) => [...row.children].map((part) => part.textContent).join(' '));
  }

  #rows(): HTMLElement[] {
    return [...this.#lines.children].filter((row) => row instanceof HTMLElement);
  }

  #scrollToEnd(): void {
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
