import type { Coverage, Gap, GapKind } from '../protocol';

/** The reason of a gap of files that nobody could open, whoever tried. */
export const unreadableFiles = 'Files and folders that could not be read were not scanned.';

/** Paths that a gap names as examples. */
const maxExamples = 5;

/** Gathers what a scan did not look at. Gaps of the same analyzer, kind and reason are one, with all its files. */
export class Gaps {
  readonly #byKey = new Map<string, { gap: Gap; files: Set<string> }>();

  add(kind: GapKind, analyzer: string | null, reason: string, files: readonly string[] = []): void {
    const key = JSON.stringify([analyzer, kind, reason]);
    const entry = this.#byKey.get(key) ?? {
      gap: { kind, analyzer, reason, files: 0, examples: [] },
      files: new Set<string>(),
    };
    for (const file of files) entry.files.add(file);
    this.#byKey.set(key, entry);
  }

  /** The files of all gaps of one kind, whichever analyzer told of them. */
  filesOf(kind: GapKind): ReadonlySet<string> {
    const entries = [...this.#byKey.values()].filter(({ gap }) => gap.kind === kind);
    return new Set(entries.flatMap(({ files }) => [...files]));
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
