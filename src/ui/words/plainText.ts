import { oneLine } from '../../protocol/oneLine';

export { oneLine };

/**
 * Like {@link oneLine}, for places where VS Code renders links and icons: notifications, the status bar, quick picks. A space breaks their syntax.
 * @param max length in UTF-16 code units
 */
export function inertLine(text: string, max = 400): string {
  return oneLine(text, max).replace(/([\]$])\(/g, '$1 (');
}
