import { findNodeAtLocation, getNodeValue, parseTree, type ParseError } from 'jsonc-parser';
import * as z from 'zod';
import type { PolicyProblem } from '../../protocol';
import { LineStarts } from './lineStarts';

/** Path of a folder's baseline, which is committed with the code. */
export const baselinePath = '.codeagent/baseline.json';
/** Maximum bytes: about 200,000 findings. */
export const maxBaseline = 32 * 1024 * 1024;

/** Why findings are accepted. */
export const baselineKinds = ['accepted', 'false-positive', 'fixed-elsewhere'] as const;
export type BaselineKind = (typeof baselineKinds)[number];

const entryFields = {
  fingerprint: z.string().min(1).max(200),
  rule: z.string().default(''),
  file: z.string().default(''),
  /** The analyzer that found it; entries written by earlier versions lack it. */
  tool: z.string().optional(),
  /** Why the finding is accepted, by whom, of what kind, and until when. */
  reason: z.string().optional(),
  kind: z.string().optional(),
  by: z.string().optional(),
  expires: z.string().optional(),
};
/** Keys that people add to an entry are kept. */
const entry = z.looseObject(entryFields);
const baselineFile = z.object({ version: z.literal(1), findings: z.array(z.unknown()) });
export type BaselineEntry = z.infer<typeof entry>;

/** An entry, with its line, from 1. */
export interface PlacedEntry extends BaselineEntry {
  readonly line: number;
}

/** A baseline, and its problems. */
export interface ReadBaseline {
  readonly entries: readonly PlacedEntry[];
  readonly problems: readonly PolicyProblem[];
}

/**
 * Whether an entry no longer applies. One with a date applies until the end of that day in UTC; one with an unreadable time does not apply,
 * so that a mistake hides nothing.
 * @param now ms since 1970
 */
export function isExpired({ expires }: Pick<BaselineEntry, 'expires'>, now: number): boolean {
  return expires !== undefined && !(now < endOf(expires));
}

/** When an entry expires, in ms since 1970; NaN if it is not an ISO 8601 day, or day and time. Without a zone it is in UTC. */
export function endOf(expires: string): number {
  const [, day = '', time, zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(expires.trim()) ?? [];
  const start = Date.parse(`${day}T00:00:00Z`);
  // "2026-02-30" would be parsed as a day in March.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(day)) return Number.NaN;
  return time === undefined ? start + 24 * 3600 * 1000 : Date.parse(`${day}T${time}${zone.toUpperCase()}`);
}

/**
 * Reads `.codeagent/baseline.json`. Unreadable parts are left out and reported as problems with their lines; the other entries apply. Never throws.
 */
export function readEntries(text: string): ReadBaseline {
  const lines = new LineStarts(text);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors);
  const wrong = (line: number, message: string, level: PolicyProblem['level'] = 'error'): PolicyProblem => ({
    ...{ file: baselinePath, line, level, message },
  });
  const [error] = errors;
  // An editor tolerates a trailing comma, but other JSON parsers do not; and it is unknown what was lost.
  if (!tree || error) return { entries: [], problems: [wrong(lines.at(error?.offset ?? 0), 'This is not JSON.')] };
  const parsed = baselineFile.safeParse(getNodeValue(tree));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => {
      const node =
        findNodeAtLocation(
          tree,
          path.filter((part) => typeof part !== 'symbol'),
        ) ?? tree;
      return wrong(lines.at(node.offset), `This is not a baseline: ${path.join('.') || 'the whole'}: ${message}.`);
    });
    return { entries: [], problems };
  }
  const places = findNodeAtLocation(tree, ['findings'])?.children ?? [];
  const entries: PlacedEntry[] = [];
  const problems: PolicyProblem[] = [];
  /** By name. */
  const unknown = new Map<string, { line: number; entries: number }>();
  for (const [index, value] of parsed.data.findings.entries()) {
    const line = lines.at(places[index]?.offset ?? 0);
    const read = entry.safeParse(value);
    if (!read.success) {
      const said = read.error.issues.map(({ path, message }) => [...path, message].join(': '));
      problems.push(wrong(line, `This entry hides nothing: ${said.join('; ')}.`));
      continue;
    }
    entries.push({ ...read.data, line });
    const { kind } = read.data;
    if (kind !== undefined && !baselineKinds.some((one) => one === kind))
      problems.push(wrong(line, `There is no kind "${kind}": use one of ${baselineKinds.join(', ')}.`, 'warning'));
    for (const name of Object.keys(read.data).filter((key) => !Object.hasOwn(entryFields, key))) {
      const known = unknown.get(name);
      if (known) known.entries += 1;
      else unknown.set(name, { line, entries: 1 });
    }
  }
  // A mistyped "expires" would hide a finding forever.
  for (const [name, { line, entries: count }] of unknown)
    problems.push(
      wrong(
        line,
        `"${name}" is an unknown key of ${count === 1 ? 'an entry' : `${count} entries`}: it has no effect.`,
        'warning',
      ),
    );
  return { entries, problems };
}

/**
 * Parses `.codeagent/baseline.json` in order to rewrite it.
 * @throws Error that says what is wrong with it
 */
export function parseBaseline(text: string): PlacedEntry[] {
  const { entries, problems } = readEntries(text);
  const wrong = problems.find(({ level }) => level === 'error');
  if (wrong) throw new Error(`line ${wrong.line}: ${wrong.message}`);
  return [...entries];
}

/** Serializes a baseline, sorted and with one finding per line, so that branches that add to it rarely conflict. */
export function writeBaseline(entries: readonly BaselineEntry[]): string {
  const unique = [...new Map(entries.map((one) => [one.fingerprint, one])).values()];
  const key = (one: BaselineEntry) => `${one.file}\0${one.rule}\0${one.fingerprint}`;
  const lines = unique
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ file, rule, fingerprint, ...more }) => `    ${JSON.stringify({ file, rule, fingerprint, ...more })}`);
  return `{\n  "version": 1,\n  "findings": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]\n}\n`;
}
