import * as z from 'zod';
import { needTables } from '../rulePack/needs';
import { patternTable, rulePack, ruleTable } from '../rulePack/rulePack';
import { customRuleSource } from './ruleSchema.mjs';

/** A task for the worker: read a file with a team's rules. */
export const readTask = z.object({
  text: z.string(),
  /** The text of the `_utils.yml` next to it. */
  utils: z.string().optional(),
});

const line = z.int().positive();

export const readRules = z.object({
  rules: z.array(z.object({ line, source: customRuleSource, exampleLines: z.array(line) })),
  problems: z.array(z.object({ line, level: z.enum(['error', 'warning']), message: z.string() })),
});
export type ReadRules = z.infer<typeof readRules>;

/** A task for the worker: compile rules that have been read. */
export const compileTask = z.object({ rules: z.array(z.object({ id: z.string(), source: customRuleSource })) });

export const compiled = z.object({ languages: rulePack, rules: ruleTable, needs: needTables, patterns: patternTable });
