import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';

/** Registers the command that shows the extension's log. */
export function registerLog(context: WindowContext): void {
  registerCommand(context, commands.showLog, () => context.log.show());
}
