import { trend as trendAnswer } from '../../protocol/api';
import { element } from '../dom';
import { Trend } from '../trend';
import type { Api } from './api';
import type { Connection } from './connection';
import { Refresher } from './refresher';
import { dayText, foundText } from './words';

const days = 30;
const intervalMs = 60_000;

/** The number of open findings at the end of each of the last days; hidden until something was scanned. */
export class TrendChart {
  readonly element: HTMLElement;
  readonly #refresher: Refresher;

  /** @param project undefined: all */
  constructor(api: Api, connection: Connection, project?: string) {
    const trend = new Trend({ trend: `Open findings in the last ${days} days`, thisScan: 'today' });
    const note = element('p', 'dim trend-ends');
    note.setAttribute('aria-hidden', 'true');
    this.element = trend.element;
    this.element.append(note);
    this.#refresher = new Refresher(
      async () => {
        const answer = await api.get(trendAnswer, '/dashboard/trend', { days, project });
        const isAny = answer.days.some(({ projects }) => projects > 0);
        trend.show(
          isAny
            ? answer.days.map(({ date, summary, projects }, at) => ({
                when: dayText(date),
                found: projects === 0 ? 'not scanned yet' : foundText(summary),
                summary,
                isThis: at === answer.days.length - 1,
              }))
            : [],
        );
        const ends = [answer.days[0], answer.days.at(-1)].map((day) =>
          element('span', '', day ? dayText(day.date) : ''),
        );
        note.replaceChildren(...ends);
      },
      intervalMs,
      connection,
      () => trend.show([]),
    );
  }

  refresh(): void {
    this.#refresher.now();
  }

  dispose(): void {
    this.#refresher.dispose();
  }
}
