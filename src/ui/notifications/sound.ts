import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import type { ProgressPanels } from '../panel/progressPanels';
import type { WindowContext } from '../window/windowContext';

/**
 * Has a sound played when a scan that somebody started has ended, for those who turn it on. The extension runs where the workspace is, maybe on
 * another machine: a panel, which is where the user is, plays it.
 */
export function registerSound({ scans, subscriptions }: WindowContext, panels: ProgressPanels): void {
  subscriptions.push(
    scans.onEnded(({ id, quiet, job }) => {
      if (!quiet && config.get(settings.completionSound)) void panels.chime(id, job.status === 'completed');
    }),
  );
}
