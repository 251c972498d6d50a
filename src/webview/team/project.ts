import { projectList } from '../../protocol/api';
import { oneLine } from '../../protocol/oneLine';
import { element, setText } from '../dom';
import { Tiles } from './counts';
import { JobList } from './jobList';
import { Refresher } from './refresher';
import { TrendChart } from './trendChart';
import type { View, ViewContext } from './view';
import { timeText } from './words';

const intervalMs = 15_000;

/** One repository: the open findings of its latest scan, their trend, and its scans. */
export function project({ api, connection, setTitle }: ViewContext, id: string): View {
  setTitle('Repository');
  const main = element('main', 'project');
  const heading = element('h1', 'heading', 'Repository');
  const origin = element('p', 'label');
  const newest = element('p', 'newest');
  const tiles = new Tiles();
  tiles.element.hidden = true;
  const trend = new TrendChart(api, connection, id);
  const none = element('p', 'empty', 'This repository has no scans.');
  const list = new JobList(api, connection, { project: id, heading: 'Scans', none });
  const facts = new Refresher(
    async () => {
      const { items } = await api.get(projectList, '/projects', { q: id, limit: 10 });
      const found = items.find((one) => one.id === id);
      setText(heading, found ? oneLine(found.name, 120) : 'Repository not found');
      setTitle(heading.textContent);
      setText(origin, oneLine(found?.repository ?? '', 300));
      const last = found?.last_scan;
      tiles.element.hidden = !last;
      if (!last) return;
      tiles.show(last.summary);
      const link = element('a', '', `Report of ${timeText(last.finished_at)}`);
      link.href = `#/jobs/${encodeURIComponent(last.job_id)}`;
      if (newest.textContent !== link.textContent) newest.replaceChildren(link);
    },
    intervalMs,
    connection,
    ({ message }) => setText(origin, message),
  );
  main.append(heading, origin, tiles.element, newest, trend.element, list.element);
  return {
    element: main,
    dispose() {
      facts.dispose();
      trend.dispose();
      list.dispose();
    },
  };
}
