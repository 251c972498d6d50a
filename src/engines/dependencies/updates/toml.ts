import { parse } from 'smol-toml';
import { edited, isOnlyChange, isRecord, type TextEdit } from './edits';

/** How many places to try for a text. */
const maxTries = 200;

/** The parsed TOML; undefined if damaged. */
export function readToml(source: string): Record<string, unknown> | undefined {
  try {
    return parse(source);
  } catch {
    return undefined; // It is being edited; the lockfile's reader reports that.
  }
}

/**
 * The edit that sets a string in a TOML text. TOML parsers do not report positions, so each occurrence of the old string is tried, until
 * only this value differs in the parsed result.
 */
export function setToml(
  file: string,
  source: string,
  path: readonly (string | number)[],
  value: string,
): TextEdit | undefined {
  const before = readToml(source);
  const old = valueAt(before, path);
  if (typeof old !== 'string' || /[\\\n]/.test(value)) return undefined;
  let tries = 0;
  for (let at = source.indexOf(old); at >= 0 && tries < maxTries; at = source.indexOf(old, at + 1)) {
    const quote = source[at - 1];
    if ((quote !== '"' && quote !== "'") || source[at + old.length] !== quote || value.includes(quote)) continue;
    tries += 1;
    const edit = { file, start: at, end: at + old.length, text: value };
    const after = readToml(edited(source, [edit]));
    if (after && isOnlyChange(before, after, path, value)) return edit;
  }
  return undefined;
}

/** The value at a path of keys. */
export function valueAt(tree: unknown, path: readonly (string | number)[]): unknown {
  let found = tree;
  for (const key of path) {
    if (Array.isArray(found)) found = (found as unknown[])[Number(key)];
    else found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}
