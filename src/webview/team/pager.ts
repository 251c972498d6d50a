import { button, element, setText } from '../dom';
import { count } from './words';

/** Pages through a list; hidden if there is only one page. */
export class Pager {
  readonly element = element('nav', 'pager');
  readonly #text = element('span', 'pager-text');
  readonly #buttons: readonly { readonly node: HTMLButtonElement; readonly to: () => number }[];
  readonly #limit: number;
  #page = 1;
  #pages = 1;

  /** @param one the singular of the list's entries, and the plural */
  constructor(
    private readonly one: string,
    private readonly many: string,
    limit: number,
    private readonly onPage: (page: number) => void,
  ) {
    this.#limit = limit;
    this.element.setAttribute('aria-label', `Pages of ${many}`);
    this.#text.setAttribute('role', 'status');
    const make = (text: string, to: () => number) => {
      const node = button(text, 'secondary', () => {
        if (node.getAttribute('aria-disabled') !== 'true') this.onPage(to());
      });
      return { node, to };
    };
    this.#buttons = [
      make('First', () => 1),
      make('Previous', () => this.#page - 1),
      make('Next', () => this.#page + 1),
      make('Last', () => this.#pages),
    ];
    const [first, previous, next, last] = this.#buttons.map(({ node }) => node);
    for (const node of [first, previous, this.#text, next, last]) if (node) this.element.append(node);
    this.show(1, 0);
  }

  show(page: number, total: number): void {
    this.#page = page;
    this.#pages = Math.max(1, Math.ceil(total / this.#limit));
    this.element.hidden = this.#pages === 1 && page === 1;
    setText(this.#text, `Page ${page} of ${this.#pages.toLocaleString('en')} · ${count(total, this.one, this.many)}`);
    for (const { node, to } of this.#buttons) {
      const target = to();
      // Not `disabled`, which would make the active button lose the focus.
      node.setAttribute('aria-disabled', String(target === page || target < 1 || target > this.#pages));
    }
  }
}
