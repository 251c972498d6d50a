import { severities } from '../protocol/report';
import type { ReportModel, ReportTexts } from '../protocol/reportPanel';
import { element } from './dom';

const svg = 'http://www.w3.org/2000/svg';
/** Units of a column's height. */
const height = 100;

/** The number of findings in the latest scans, one column each; hidden if there is only one scan. */
export class Trend {
  readonly element = element('section', 'trend');
  readonly #list = element('ol', 'columns');

  constructor(private readonly texts: Pick<ReportTexts, 'trend' | 'thisScan'>) {
    const heading = element('h2', 'section', texts.trend);
    heading.id = 'trend';
    this.element.setAttribute('aria-labelledby', heading.id);
    this.element.append(heading, this.#list);
    this.element.hidden = true;
  }

  show(scans: ReportModel['trend']): void {
    this.element.hidden = scans.length === 0;
    const most = Math.max(1, ...scans.map(totalOf));
    this.#list.replaceChildren(...scans.map((scan) => this.#column(scan, most)));
  }

  #column(scan: ReportModel['trend'][number], most: number): HTMLElement {
    const { when, found, summary, isThis } = scan;
    const column = element('li', isThis ? 'column this' : 'column');
    const text = [when, ...(isThis ? [this.texts.thisScan] : []), found].filter((part) => part !== '').join(', ');
    column.title = text;
    const picture = document.createElementNS(svg, 'svg');
    picture.setAttribute('viewBox', `0 0 10 ${height}`);
    picture.setAttribute('preserveAspectRatio', 'none');
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', text);
    let top = height;
    // The worst severity is at the bottom, where columns are easiest to compare.
    for (const severity of severities) {
      const part = (height * summary[severity]) / most;
      if (part === 0) continue;
      const bar = document.createElementNS(svg, 'rect');
      bar.setAttribute('class', severity);
      bar.setAttribute('y', String((top -= part)));
      bar.setAttribute('width', '10');
      bar.setAttribute('height', String(part));
      picture.append(bar);
    }
    const total = element('span', 'total', String(totalOf(scan)));
    total.setAttribute('aria-hidden', 'true');
    column.append(total, picture);
    return column;
  }
}

function totalOf({ summary }: ReportModel['trend'][number]): number {
  return severities.reduce((sum, severity) => sum + summary[severity], 0);
}
