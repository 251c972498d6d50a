import type { ProgressPanels } from '../panel/progressPanels';
import type { WindowContext } from '../window/windowContext';
import { registerEndedScans } from './endedScans';
import { registerProgressNotification } from './progressNotification';
import { registerSound } from './sound';

/**
 * Registers what tells of scans by itself: their start, their progress and their end.
 * @param panels where the sound is played
 */
export function registerNotifications(context: WindowContext, panels: ProgressPanels): void {
  registerEndedScans(context);
  registerProgressNotification(context);
  registerSound(context, panels);
}
