import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';

/** Registers the command that shows the log of the window. */
export function registerLog(context: WindowContext): void {
  registerCommand(context, commands.showLog, () => context.log.show());
}
