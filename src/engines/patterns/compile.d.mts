import type { NeedTable } from '../rulePack/needs';
import type { PatternTable, RulePack, RuleTable } from '../rulePack/rulePack';

export interface Compiled {
  readonly languages: RulePack;
  readonly rules: RuleTable;
  readonly needs: Readonly<Record<string, NeedTable>>;
  readonly patterns: PatternTable;
}
export function compile(rules: readonly object[]): Compiled;
export function reachedUtils(
  part: unknown,
  shared: Readonly<Record<string, unknown>>,
  reached?: Set<string>,
): Set<string>;
