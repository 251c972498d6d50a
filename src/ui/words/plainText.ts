/**
 * Text of a scanned tree or a foreign service, as one harmless line: control characters and those that turn the direction of writing become
 * visible or go, and what is too long is cut.
 * @param max characters (UTF-16 units)
 */
export function oneLine(text: string, max = 200): string {
  // Cut first: a message may have a megabyte.
  const line = text
    .slice(0, max * 2)
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd')
    .trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

/**
 * The same for where VS Code reads links and icons in a text: notifications, the status bar, quick picks. A space takes their meaning from them.
 * @param max characters (UTF-16 units)
 */
export function inertLine(text: string, max = 400): string {
  return oneLine(text, max).replace(/([\]$])\(/g, '$1 (');
}
