/**
 * Makes text from scanned code or another service safe to show on one line: replaces control and bidirectional characters, and truncates it.
 * @param max length in UTF-16 code units
 */
export function oneLine(text: string, max = 200): string {
  // Truncated first, since a message can be megabytes long.
  const line = text
    .slice(0, max * 2)
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd')
    .trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}
