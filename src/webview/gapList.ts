import type { ShownGap } from '../protocol/shownGap';
import { element } from './dom';

/** The gaps of a scan; hidden if there are none. */
export class GapList {
  readonly element = element('section', 'gaps');
  readonly #list = element('ul', 'gap-list');

  /** @param title "Not everything was scanned" */
  constructor(title: string) {
    const heading = element('h2', 'section', title);
    heading.id = 'gaps';
    this.element.setAttribute('aria-labelledby', heading.id);
    this.element.hidden = true;
    this.element.append(heading, this.#list);
  }

  show(gaps: readonly ShownGap[]): void {
    const key = JSON.stringify(gaps);
    // Rebuilding the list would lose the text selection.
    if (this.element.dataset['key'] === key) return;
    this.element.dataset['key'] = key;
    this.element.hidden = gaps.length === 0;
    this.#list.replaceChildren(...gaps.map(gapRow));
  }
}

function gapRow({ title, reason, facts, examples }: ShownGap): HTMLElement {
  const row = element('li', 'gap');
  const head = element('p', 'gap-head');
  head.append(element('span', 'gap-title', title), ...facts.map((fact) => element('span', 'gap-fact', fact)));
  row.append(head, element('p', 'gap-reason', reason));
  if (examples.length > 0) {
    const files = element('ul', 'gap-files');
    files.append(...examples.map((path) => element('li', 'gap-file', path)));
    row.append(files);
  }
  return row;
}
