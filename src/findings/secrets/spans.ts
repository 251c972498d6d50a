/** Offsets of a secret in a text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is shown in place of a secret. */
export const mask = '********';

/** Replaces spans, which must be in order and must not overlap. */
export function maskSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  let masked = '';
  let from = 0;
  for (const { start, end } of spans) {
    masked += text.slice(from, start) + mask;
    from = end;
  }
  return masked + text.slice(from);
}

/** The spans in order, with overlapping or adjacent ones merged. Empty ones are left out. */
export function joinSpans(spans: readonly Span[]): Span[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (end <= start) continue;
    const before = joined.at(-1);
    if (before && start <= before.end) before.end = Math.max(before.end, end);
    else joined.push({ start, end });
  }
  return joined;
}
