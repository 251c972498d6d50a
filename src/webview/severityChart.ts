import { severities, type Severity, type Summary } from '../protocol/report';
import { button, element } from './dom';

const svg = 'http://www.w3.org/2000/svg';

/** One bar of the severity chart. Clicking its name toggles the findings of that severity. */
export function chartRow(
  name: string,
  severity: Severity,
  summary: Summary,
  on: boolean,
  toggle: (on: boolean) => void,
): HTMLElement {
  const row = element('li', `bar-row ${severity}`);
  const max = Math.max(1, ...severities.map((one) => summary[one]));
  const toggleButton = button('', 'secondary toggle', () => {
    const next = toggleButton.getAttribute('aria-pressed') !== 'true';
    toggleButton.setAttribute('aria-pressed', String(next));
    toggle(next);
  });
  toggleButton.setAttribute('aria-pressed', String(on));
  toggleButton.append(element('span', 'name', name), ' ', element('span', 'value', String(summary[severity])));
  const picture = document.createElementNS(svg, 'svg');
  picture.setAttribute('viewBox', '0 0 100 10');
  picture.setAttribute('preserveAspectRatio', 'none');
  // Screen readers get the number.
  picture.setAttribute('aria-hidden', 'true');
  const bar = document.createElementNS(svg, 'rect');
  bar.setAttribute('width', String((100 * summary[severity]) / max));
  bar.setAttribute('height', '10');
  picture.append(bar);
  row.append(toggleButton, picture);
  return row;
}
