import type { ApiParts } from './context';

/** How long a tool has to say that it is there before a scan goes without it. In ms. */
const patienceMs = 5_000;

/**
 * The analyzers of a scan that names none: those that are set, and for a whole folder the automatic ones that are there.
 * @param folder the person's own folder that is scanned
 */
export async function defaultAnalyzers(
  parts: Pick<ApiParts, 'analyzers' | 'config'>,
  folder: string | undefined,
  whole = true,
): Promise<string[]> {
  const { defaults, rulesets } = await parts.config.read();
  const automatic = whole ? parts.analyzers.filter((one) => one.automatic === true && !defaults.includes(one.id)) : [];
  const there = await Promise.all(
    automatic.map(async (analyzer) => {
      try {
        const place = { folder, rulesets: rulesets[analyzer.id] ?? [] };
        const { available } = await analyzer.availability(AbortSignal.timeout(patienceMs), place);
        return available ? [analyzer.id] : [];
      } catch {
        // It says nothing in time: /tools tells so.
        return [];
      }
    }),
  );
  return [...defaults, ...there.flat()];
}
