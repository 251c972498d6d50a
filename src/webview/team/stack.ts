import { severities, type Summary } from '../../protocol/report';

const svg = 'http://www.w3.org/2000/svg';
/** Units of the longest bar. */
const width = 1000;

/** A stacked bar of the counts by severity, worst first. @param most the value that the longest bar represents */
export function stackOf(summary: Summary | undefined, most: number): SVGSVGElement {
  const picture = document.createElementNS(svg, 'svg');
  picture.setAttribute('class', 'stack');
  picture.setAttribute('viewBox', `0 0 ${width} 10`);
  picture.setAttribute('preserveAspectRatio', 'none');
  // The numbers are next to it.
  picture.setAttribute('aria-hidden', 'true');
  let left = 0;
  for (const severity of summary ? severities : []) {
    const part = (width * (summary?.[severity] ?? 0)) / most;
    if (part === 0) continue;
    const bar = document.createElementNS(svg, 'rect');
    bar.setAttribute('class', severity);
    bar.setAttribute('x', String(left));
    bar.setAttribute('width', String(part));
    bar.setAttribute('height', '10');
    picture.append(bar);
    left += part;
  }
  return picture;
}
