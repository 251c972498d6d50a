import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import * as z from 'zod';
import { LineStarts } from './lineStarts';

/** Path of a folder's baseline, which is committed with the code. */
export const baselinePath = '.codeagent/baseline.json';
/** The most bytes of one: about 200,000 findings. */
export const maxBaseline = 32 * 1024 * 1024;

/** Why findings are accepted. */
export const baselineKinds = ['accepted', 'false-positive', 'fixed-elsewhere'] as const;
export type BaselineKind = (typeof baselineKinds)[number];

const entry = z.object({
  fingerprint: z.string().min(1).max(200),
  rule: z.string().default(''),
  file: z.string().default(''),
  /** The analyzer that found it; entries of former versions do not say. */
  tool: z.string().optional(),
  /** Why the finding is accepted, in whose judgment, of what kind, and until when. */
  reason: z.string().optional(),
  kind: z.string().optional(),
  by: z.string().optional(),
  expires: z.string().optional(),
});
const baselineFile = z.object({ version: z.literal(1), findings: z.array(entry) });
export type BaselineEntry = z.infer<typeof entry>;

/**
 * Whether an entry no longer counts. One with a date counts until the end of that day in UTC; one whose time cannot be read does not count, so that a
 * mistake hides nothing.
 * @param now ms since 1970
 */
export function isExpired({ expires }: Pick<BaselineEntry, 'expires'>, now: number): boolean {
  if (expires === undefined) return false;
  const at = Date.parse(expires);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(expires.trim());
  return !(now < at + (isDay ? 24 * 3600 * 1000 : 0));
}

/**
 * Parses `.codeagent/baseline.json`.
 * @throws Error that says what is wrong with it
 */
export function parseBaseline(text: string): BaselineEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const parsed = baselineFile.safeParse(value);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data.findings;
}

/** The lines of the entries, from 1, in their order. */
export function linesOfBaseline(text: string): number[] {
  const tree = parseTree(text);
  const list = tree && findNodeAtLocation(tree, ['findings']);
  const lines = new LineStarts(text);
  return (list?.children ?? []).map(({ offset }) => lines.at(offset));
}

/** Serializes a baseline, sorted and with one finding per line, so that branches that add to it rarely conflict. */
export function writeBaseline(entries: readonly BaselineEntry[]): string {
  const unique = [...new Map(entries.map((one) => [one.fingerprint, one])).values()];
  const key = (one: BaselineEntry) => `${one.file}\0${one.rule}\0${one.fingerprint}`;
  const lines = unique
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ file, rule, fingerprint, ...told }) => `    ${JSON.stringify({ file, rule, fingerprint, ...told })}`);
  return `{\n  "version": 1,\n  "findings": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]\n}\n`;
}
