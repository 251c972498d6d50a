import type { Analyzer } from '../../engines/engine/engine';
import type { SourceFile } from '../../sources/sourceFile';

/**
 * One line about the tools that would be used if they were installed.
 * @returns undefined if there are none
 */
export async function missingTools(
  analyzers: readonly Analyzer[],
  files: readonly SourceFile[],
  folder: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const missing: string[] = [];
  for (const analyzer of analyzers) {
    if (!files.some((file) => analyzer.handles(file.path))) continue;
    const place = { folder, rulesets: [] };
    if ((await analyzer.automatic?.(place)) !== 'missing') continue;
    const state = await analyzer.availability(signal, place);
    if (!state.available && state.installHint !== undefined) missing.push(`${analyzer.id} (${state.installHint})`);
  }
  return missing.length > 0 ? `Not used because not installed: ${missing.join(', ')}.` : undefined;
}
