import { isPlaceholderOrEmpty } from './likelySecret';
import type { Span } from './spans';

/** The secrets that have been found in a text, in any order. */
export class Found {
  readonly spans: Span[] = [];
  /** To look for what each secret of a kind has in its text, before its pattern is tried: most texts have none of it. */
  readonly lower: string;

  constructor(readonly text: string) {
    this.lower = text.toLowerCase();
  }

  has(hints: readonly string[]): boolean {
    return hints.some((hint) => this.lower.includes(hint));
  }

  add(start: number, end: number): void {
    if (end > start) this.spans.push({ start, end });
  }

  /** Adds a value without the white space around it, unless it is a stand-in for one. */
  addValue(start: number, end: number): void {
    const value = this.text.slice(start, end);
    const from = start + value.length - value.trimStart().length;
    const to = Math.max(from, start + value.trimEnd().length);
    if (to > from && !isPlaceholderOrEmpty(this.text.slice(from, to))) this.add(from, to);
  }
}
