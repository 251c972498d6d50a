import { env } from 'vscode';

const units = [
  ['year', 365 * 24 * 3600],
  ['month', 30 * 24 * 3600],
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** Created once for each language, since that takes longer than the text. */
let format: { readonly language: string; readonly relative: Intl.RelativeTimeFormat } | undefined;

/** How long ago something was, as `5 min. ago` or `yesterday`; future times count as now. @param at as `now`, in ms since 1970 */
export function agoText(at: number, now: number): string {
  const { language } = env;
  if (format?.language !== language) {
    const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
    format = { language, relative };
  }
  const seconds = Math.max(0, now - at) / 1000;
  for (const [unit, length] of units)
    if (seconds >= length) return format.relative.format(-Math.floor(seconds / length), unit);
  return format.relative.format(0, 'second');
}
