import * as z from 'zod';
import { formerRule } from '../findings/renamedRules';
import { isSuppressed, type Issue } from '../protocol';

/** Why a finding is not among those that count: it is ignored in its report or by its rule, or the baseline knows it. */
export type FindingState = 'open' | 'ignored' | 'known';

/** What a folder's people have decided about findings. */
export interface Suppressions {
  /** Ids of rules that are ignored; a rule also goes by the id that it had before. */
  readonly rules: ReadonlySet<string>;
  /** Fingerprints of findings that are known. */
  readonly baseline: ReadonlySet<string>;
}
export const noSuppressions: Suppressions = { rules: new Set(), baseline: new Set() };

export function stateOf(issue: Issue, { rules, baseline }: Suppressions): FindingState {
  const former = formerRule(issue.rule_id);
  if (isSuppressed(issue) || rules.has(issue.rule_id) || (former !== undefined && rules.has(former))) return 'ignored';
  return issue.fingerprint !== undefined && baseline.has(issue.fingerprint) ? 'known' : 'open';
}

const entry = z.object({
  fingerprint: z.string().min(1).max(200),
  rule: z.string().default(''),
  file: z.string().default(''),
});
const baselineFile = z.object({ version: z.literal(1), findings: z.array(entry) });
export type BaselineEntry = z.infer<typeof entry>;

/**
 * Reads `.codeagent/baseline.json`.
 * @throws Error with a sentence when it is no baseline
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

/** Writes a baseline so that two branches that add to it seldom conflict: sorted, one finding a line. */
export function writeBaseline(entries: readonly BaselineEntry[]): string {
  const unique = [...new Map(entries.map((one) => [one.fingerprint, one])).values()];
  const key = (one: BaselineEntry) => `${one.file}\0${one.rule}\0${one.fingerprint}`;
  const lines = unique
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ file, rule, fingerprint }) => `    ${JSON.stringify({ file, rule, fingerprint })}`);
  return `{\n  "version": 1,\n  "findings": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]\n}\n`;
}
