import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import type { ProgressPanels } from '../panel/progressPanels';
import type { WindowContext } from '../window/windowContext';

/**
 * Plays a sound when a scan ends, if the setting is on. A panel plays it, since the extension host may run on another machine than the user's.
 */
export function registerSound({ scans, subscriptions }: WindowContext, panels: ProgressPanels): void {
  subscriptions.push(
    scans.onEnded(({ id, job }) => {
      if (config.get(settings.completionSound)) void panels.chime(id, job.status === 'completed');
    }),
  );
}
