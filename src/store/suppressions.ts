import * as z from 'zod';
import { formerRule } from '../findings/renamedRules';
import { isSuppressed, type Issue } from '../protocol';

/** `ignored`: suppressed in the report, or by its rule. `known`: in the baseline. */
export type FindingState = 'open' | 'ignored' | 'known';

/** What the users of a folder have decided about findings. */
export interface Suppressions {
  /** IDs of ignored rules. A renamed rule is also matched by its former ID. */
  readonly rules: ReadonlySet<string>;
  /** IDs of the rules ignored in a file, or in a folder, whose path ends in `/`. */
  readonly inFiles?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fingerprints of the findings in the baseline. */
  readonly baseline: ReadonlySet<string>;
}
export const noSuppressions: Suppressions = { rules: new Set(), baseline: new Set() };

export function stateOf(issue: Issue, { rules, inFiles, baseline }: Suppressions): FindingState {
  const former = formerRule(issue.rule_id);
  const has = (ignored: ReadonlySet<string> | undefined) =>
    ignored !== undefined && (ignored.has(issue.rule_id) || (former !== undefined && ignored.has(former)));
  if (isSuppressed(issue) || has(rules)) return 'ignored';
  if (inFiles && inFiles.size > 0 && placesOf(issue.file).some((place) => has(inFiles.get(place)))) return 'ignored';
  return issue.fingerprint !== undefined && baseline.has(issue.fingerprint) ? 'known' : 'open';
}

/** A file and the folders that it is in, as {@link Suppressions.inFiles} names them. */
export function placesOf(file: string): string[] {
  const parts = file.split('/');
  return [file, ...parts.slice(1).map((_, at) => `${parts.slice(0, at + 1).join('/')}/`)];
}

const entry = z.object({
  fingerprint: z.string().min(1).max(200),
  rule: z.string().default(''),
  file: z.string().default(''),
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

/** Serializes a baseline, sorted and with one finding per line, so that branches that add to it rarely conflict. */
export function writeBaseline(entries: readonly BaselineEntry[]): string {
  const unique = [...new Map(entries.map((one) => [one.fingerprint, one])).values()];
  const key = (one: BaselineEntry) => `${one.file}\0${one.rule}\0${one.fingerprint}`;
  const lines = unique
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ file, rule, fingerprint, ...told }) => `    ${JSON.stringify({ file, rule, fingerprint, ...told })}`);
  return `{\n  "version": 1,\n  "findings": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]\n}\n`;
}
