import { counted } from '../base/counted';
import type { Coverage, Gap, GapKind, Report, ReportMeta } from '../protocol';
import { maskSecrets } from './secrets/maskSecrets';

/** The reason of the gap for unreadable files, whichever analyzer tried. */
export const unreadableFiles = 'Files and folders that could not be read were not scanned.';

/** Example paths in a gap. */
const maxExamples = 5;

/** Collects what a scan left out, with secrets masked. Gaps of the same analyzer, kind and reason are combined. */
export class Gaps {
  readonly #byKey = new Map<string, { gap: Gap & { kind: GapKind }; files: Set<string> }>();

  add(kind: GapKind, analyzer: string | null, said: string, files: readonly string[] = []): void {
    const reason = maskSecrets(said);
    const key = JSON.stringify([analyzer, kind, reason]);
    const entry = this.#byKey.get(key) ?? {
      gap: { kind, analyzer, reason, files: 0, examples: [] },
      files: new Set<string>(),
    };
    for (const file of files) entry.files.add(file);
    this.#byKey.set(key, entry);
  }

  /** The files of all gaps of one kind, from any analyzer. */
  filesOf(kind: GapKind): ReadonlySet<string> {
    const entries = [...this.#byKey.values()].filter(({ gap }) => gap.kind === kind);
    return new Set(entries.flatMap(({ files }) => [...files]));
  }

  /** All of them, each with all its files. */
  get all(): readonly { readonly kind: GapKind; readonly reason: string; readonly files: readonly string[] }[] {
    return [...this.#byKey.values()].map(({ gap: { kind, reason }, files }) => ({ kind, reason, files: [...files] }));
  }

  get coverage(): Coverage {
    const gaps = [...this.#byKey.values()].map(({ gap, files }) => ({
      ...gap,
      files: files.size,
      examples: [...files].sort().slice(0, maxExamples),
    }));
    return { complete: gaps.length === 0, gaps };
  }
}

/** A number of gaps, in words. */
export function gapCount(count: number): string {
  return count === 1 ? '1 gap' : `${count} gaps`;
}

/** A gap in one line: analyzer, reason, number of files, and examples. */
export function gapLine({ analyzer, reason, files, examples }: Gap): string {
  return `${analyzer === null ? '' : `${analyzer}: `}${reason}${filesText(files, examples)}`;
}

function filesText(files: number, examples: readonly string[]): string {
  const named = examples.join(', ');
  const count = Math.max(files, examples.length);
  if (count === 0) return '';
  if (named === '') return ` (${counted(count, 'file')})`;
  return count > examples.length ? ` (${count} files, such as ${named})` : ` (${named})`;
}

/** The summary of a report without findings: "No findings" only if everything was scanned. */
export function nothingFound({ meta }: Pick<Report, 'meta'>): string {
  const gaps = meta.coverage?.gaps.length ?? 0;
  if (meta.partial) return `No findings before the scan ended early${gaps > 0 ? `; ${gapCount(gaps)}` : ''}.`;
  return gaps > 0 ? `No findings in what was scanned; ${gapCount(gaps)}.` : 'No findings.';
}

/** A report with additional gaps, which its service cannot know, before its own. */
export function withGaps(report: Report, more: readonly Gap[]): Report {
  return more.length === 0 ? report : { ...report, meta: metaWithGaps(report.meta, more) };
}

/** A report's `meta` with additional gaps before its own. */
export function metaWithGaps(meta: ReportMeta, more: readonly Gap[]): ReportMeta {
  if (more.length === 0) return meta;
  return { ...meta, coverage: { complete: false, gaps: [...more, ...(meta.coverage?.gaps ?? [])] } };
}
