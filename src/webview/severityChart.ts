import { severities, type Severity, type Summary } from '../protocol/report';
import { button, element } from './dom';

const svg = 'http://www.w3.org/2000/svg';

/** One bar of the severity chart; its name shows and hides the findings of that severity. */
export function chartRow(
  name: string,
  severity: Severity,
  summary: Summary,
  on: boolean,
  toggle: (on: boolean) => void,
): HTMLElement {
  const row = element('li', `bar-row ${severity}`);
  const most = Math.max(1, ...severities.map((one) => summary[one]));
  const press = button('', 'secondary toggle', () => {
    const next = press.getAttribute('aria-pressed') !== 'true';
    press.setAttribute('aria-pressed', String(next));
    toggle(next);
  });
  press.setAttribute('aria-pressed', String(on));
  press.append(element('span', 'name', name), ' ', element('span', 'value', String(summary[severity])));
  const picture = document.createElementNS(svg, 'svg');
  picture.setAttribute('viewBox', '0 0 100 10');
  picture.setAttribute('preserveAspectRatio', 'none');
  // The number says it all to a screen reader.
  picture.setAttribute('aria-hidden', 'true');
  const bar = document.createElementNS(svg, 'rect');
  bar.setAttribute('width', String((100 * summary[severity]) / most));
  bar.setAttribute('height', '10');
  picture.append(bar);
  row.append(press, picture);
  return row;
}
