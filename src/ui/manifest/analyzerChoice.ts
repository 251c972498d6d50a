import type { Tools } from '../../protocol';

/** When an analyzer is used: as its service sees fit, always, never. */
export const analyzerUses = ['auto', 'on', 'off'] as const;
export type AnalyzerUse = (typeof analyzerUses)[number];
export type AnalyzerUseById = Readonly<Record<string, AnalyzerUse>>;

export interface ScanKind {
  /** A whole folder or repository, not some of its files. */
  readonly whole: boolean;
  /** Started in the background, on a file that was saved. */
  readonly quiet: boolean;
  /** Whether programs that are not ours may be started here. */
  readonly trusted: boolean;
}

/**
 * The analyzers of a scan, in the service's order: those that it takes by itself, without what is off, and with what is on. External programs are not
 * started for a saved file, where an answer in an instant counts, and for a part of a folder only when they are on.
 */
export function chosenAnalyzers(tools: Tools, use: AnalyzerUseById, { whole, quiet, trusted }: ScanKind): string[] {
  const external = new Set(tools.details?.flatMap(({ id, kind }) => (kind === 'external' ? [id] : [])));
  return analyzerIds(tools).filter((id) => {
    const asked = use[id] ?? 'auto';
    if (asked === 'off') return false;
    if (external.has(id) && (quiet || !trusted)) return false;
    return asked === 'on' || (tools.default.includes(id) && (whole || !external.has(id)));
  });
}

/** All analyzers that a service has or could have. */
export function analyzerIds(tools: Tools): string[] {
  return [...new Set([...(tools.details?.map(({ id }) => id) ?? tools.available), ...tools.default])];
}
