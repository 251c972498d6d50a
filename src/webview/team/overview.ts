import { jobList } from '../../protocol/api';
import { element, setText } from '../dom';
import { Tiles } from './counts';
import { howToScan } from './howToScan';
import { JobRows } from './jobRows';
import { ProjectList } from './projectList';
import { Refresher } from './refresher';
import { TrendChart } from './trendChart';
import type { View, ViewContext } from './view';
import { count } from './words';

const maxRunning = 10;
const intervalMs = 3_000;

/** The open findings in all repositories, their trend, and the running scans. */
export function overview({ api, connection, setTitle }: ViewContext): View {
  setTitle('Overview');
  const main = element('main', 'overview');
  const about = element('p', 'label');
  const tiles = new Tiles();
  const trend = new TrendChart(api, connection);
  const projects = new ProjectList(api, connection, (summary, total) => {
    setText(
      about,
      total === 0 ? '' : `Open findings in the latest scan of ${count(total, 'repository', 'repositories')}.`,
    );
    tiles.element.hidden = total === 0 || !summary;
    projects.element.hidden = total === 0;
    if (summary) tiles.show(summary);
  });
  tiles.element.hidden = true;
  projects.element.hidden = true;
  const rows = new JobRows(api, connection, () => {
    running.now();
    projects.refresh();
    trend.refresh();
  });
  const idle = element('p', 'dim');
  idle.setAttribute('role', 'status');
  const none = howToScan();
  none.hidden = true;
  const now = element('section', 'running-now');
  const heading = element('h2', 'section', 'Running now');
  heading.id = 'running';
  now.setAttribute('aria-labelledby', heading.id);
  now.append(heading, idle, rows.element);
  now.hidden = true;
  const running = new Refresher(
    async () => {
      const { jobs, total } = await api.get(jobList, '/jobs', { status: 'running', limit: maxRunning });
      const all = total > 0 ? total : (await api.get(jobList, '/jobs', { limit: 1 })).total;
      rows.show(jobs);
      none.hidden = all > 0;
      now.hidden = all === 0;
      const more = total - jobs.length;
      setText(idle, total === 0 ? 'No scan is running.' : more > 0 ? `and ${count(more, 'more scan')}` : '');
      idle.hidden = idle.textContent === '';
    },
    intervalMs,
    connection,
    ({ message }) => setText(idle, message),
  );
  main.append(element('h1', 'heading', 'Overview'), about, tiles.element, none, trend.element, now, projects.element);
  return {
    element: main,
    dispose() {
      running.dispose();
      rows.dispose();
      projects.dispose();
      trend.dispose();
    },
  };
}
