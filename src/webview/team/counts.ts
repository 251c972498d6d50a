import { severities, type Summary } from '../../protocol/report';
import { element } from '../dom';
import { foundText, severityNames } from './words';

/** The number of findings of each severity, in large digits. */
export class Tiles {
  readonly element = element('dl', 'counts tiles');

  show(summary: Summary): void {
    this.element.replaceChildren(
      ...severities.map((severity) => {
        const box = element('div', `count ${severity}${summary[severity] === 0 ? ' zero' : ''}`);
        box.append(
          element('dt', 'name', severityNames[severity]),
          element('dd', 'value', summary[severity].toLocaleString('en')),
        );
        return box;
      }),
    );
  }
}

/** A row's counts, for severities with findings. */
export function countsOf(summary: Summary, gaps = 0): HTMLElement {
  const counts = element('span', 'row-counts');
  const found = severities.filter((severity) => summary[severity] > 0);
  if (found.length === 0) counts.append(element('span', 'dim', foundText(summary, gaps)));
  for (const severity of found) {
    const one = element('span', `chip ${severity}`);
    one.append(element('b', '', summary[severity].toLocaleString('en')), ` ${severity}`);
    counts.append(one);
  }
  return counts;
}
