import { counted } from '../base/counted';
import type { Report } from '../protocol';

const places: Readonly<Record<string, string>> = {
  test: 'in tests',
  example: 'in examples',
  documentation: 'in documentation',
  translation: 'in translations',
};

/**
 * How many findings were rated lower because of the purpose of their files, in one sentence: "Rated lower: 2 findings in tests (test/a.js,
 * test/b.js)."
 * @returns undefined if there are none
 */
export function loweredLine({ meta }: Pick<Report, 'meta'>): string | undefined {
  const lowered = (meta.lowered ?? []).filter(({ findings }) => findings > 0);
  if (lowered.length === 0) return undefined;
  const parts = lowered.map(({ purpose, findings, examples }) => {
    const files =
      examples.length === 0 ? '' : ` (${findings > examples.length ? 'such as ' : ''}${examples.join(', ')})`;
    return `${counted(findings, 'finding')} ${places[purpose] ?? `in ${purpose} files`}${files}`;
  });
  return `Rated lower: ${parts.join('; ')}.`;
}
