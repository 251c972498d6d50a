import * as z from 'zod';
import { fix, refresh, type Fix } from '../protocol';
import { bag } from './sarif';
import type { Result } from './sarifLog';
import type { Reading } from './sarifFlows';
import type { SarifPlaces } from './sarifPlaces';
import { editRange } from './sarifRegion';

/** Additional information about a fix in our own reports. */
const ownProperties = z.object({ safe: z.boolean().optional(), refresh: refresh.optional().catch(undefined) });

/** The first fix whose edits can all be read. */
export function fixOf(
  result: Result,
  file: string | undefined,
  places: SarifPlaces,
  { exact, said }: Reading,
): Fix | undefined {
  const all = (result.fixes ?? []).filter((one) => one !== undefined);
  for (const one of all) {
    const edits = (one.artifactChanges ?? []).flatMap((change) => {
      const path = places.pathOf(change?.artifactLocation, exact);
      return (change?.replacements ?? []).map((replacement) => {
        const region = replacement?.deletedRegion;
        if (path === undefined || !region) return undefined;
        // Our own reports need no interpretation.
        const text = exact ? undefined : places.textOf(path);
        const range = editRange(region, { text, codePoints: places.codePoints });
        const { text: written, binary } = replacement.insertedContent ?? {};
        const inserted = written ?? (binary === undefined ? '' : Buffer.from(binary, 'base64').toString('utf8'));
        return range && { ...(path !== file && { file: path }), ...range, text: inserted };
      });
    });
    const title = said(one.description);
    const { safe, refresh: afterwards } = ownProperties.safeParse(one.properties?.[bag]).data ?? {};
    const own = exact ? one.description?.text : title;
    const read = fix.safeParse({
      edits,
      ...(own !== undefined && { title: own }),
      ...(safe !== undefined && { safe }),
      ...(exact && afterwards && { refresh: afterwards }),
    });
    if (read.success) return read.data;
  }
  if (all.length > 0) places.warn('fixes that fit no file in the folder were left out.', file);
  return undefined;
}
