import type { ApiParts } from './context';

/**
 * The default analyzers: the configured ones, and for a whole folder the automatic ones that are installed.
 * @param folder the user's own folder that is scanned
 */
export async function defaultAnalyzers(
  parts: Pick<ApiParts, 'analyzers' | 'config'>,
  folder: string | undefined,
  whole = true,
): Promise<string[]> {
  const { defaults, rulesets } = await parts.config.read();
  if (!whole) return defaults;
  const others = parts.analyzers.filter(({ id }) => !defaults.includes(id));
  const automatic = await Promise.all(
    others.map(async (analyzer) => {
      const state = await analyzer.automatic?.({ folder, rulesets: rulesets[analyzer.id] ?? [] });
      return state === 'yes' ? [analyzer.id] : [];
    }),
  );
  return [...defaults, ...automatic.flat()];
}
