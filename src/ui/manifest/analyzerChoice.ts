import type { Tools } from '../../protocol';

/** When an analyzer runs: if its service selects it, always, or never. */
export const analyzerUses = ['auto', 'on', 'off'] as const;
export type AnalyzerUse = (typeof analyzerUses)[number];
export type AnalyzerUseById = Readonly<Record<string, AnalyzerUse>>;

export interface ScanKind {
  /** Scans a whole folder or repository, not just some files. */
  readonly whole: boolean;
  /** Whether external tools may run. */
  readonly trusted: boolean;
}

/**
 * The analyzers of a scan, in the order of the service: those it selects, minus those turned off, plus those turned on. External tools
 * run on part of a folder only if they are turned on.
 */
export function chosenAnalyzers(tools: Tools, use: AnalyzerUseById, { whole, trusted }: ScanKind): string[] {
  const external = new Set(tools.details?.flatMap(({ id, kind }) => (kind === 'external' ? [id] : [])));
  return analyzerIds(tools).filter((id) => {
    const setting = use[id] ?? 'auto';
    if (setting === 'off') return false;
    if (external.has(id) && !trusted) return false;
    return setting === 'on' || (tools.default.includes(id) && (whole || !external.has(id)));
  });
}

/** IDs of all analyzers that a service has or could have. */
export function analyzerIds(tools: Tools): string[] {
  return [...new Set([...(tools.details?.map(({ id }) => id) ?? tools.available), ...tools.default])];
}
