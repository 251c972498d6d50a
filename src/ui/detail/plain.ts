import { oneLine } from '../words/plainText';

const maxText = 4000;

/** Text of several lines, each plain and truncated. */
export function block(text: string, max = maxText): string {
  return text
    .slice(0, 4 * max)
    .split(/\r\n|\r|\n/)
    .slice(0, 40)
    .map((line) => oneLine(line, max))
    .join('\n')
    .trim();
}

/** A line of code with its indentation. */
export function codeLine(text: string): string {
  const indent = /^[ \t]{0,200}/.exec(text)?.[0] ?? '';
  const rest = text.slice(indent.length);
  // Spaces within a line mean something in code.
  const shown = rest
    .slice(0, 300)
    .replace(/[^\P{Cc}\t]|[\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd');
  return `${indent}${shown}${rest.length > 300 ? '…' : ''}`;
}
