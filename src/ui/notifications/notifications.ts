import type { ProgressPanels } from '../panel/progressPanels';
import type { WindowContext } from '../window/windowContext';
import { registerEndedScans } from './endedScans';
import { registerProgressNotification } from './progressNotification';
import { registerSound } from './sound';

/**
 * Registers the notifications about the start, progress and end of scans.
 * @param panels play the sound
 */
export function registerNotifications(context: WindowContext, panels: ProgressPanels): void {
  registerEndedScans(context);
  registerProgressNotification(context);
  registerSound(context, panels);
}
