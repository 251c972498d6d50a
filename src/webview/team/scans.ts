import { element } from '../dom';
import { howToScan } from './howToScan';
import { JobList } from './jobList';
import type { View, ViewContext } from './view';

export function scans({ api, connection, setTitle }: ViewContext): View {
  setTitle('Scans');
  const main = element('main', 'scans');
  const list = new JobList(api, connection, { heading: 'Newest first', none: howToScan() });
  main.append(element('h1', 'heading', 'Scans'), list.element);
  return { element: main, dispose: () => list.dispose() };
}
