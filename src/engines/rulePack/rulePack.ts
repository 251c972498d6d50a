import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { confidence, severity } from '../../protocol';

/** What compileRules.mjs writes as languages.json. */
export const rulePack = z.object({
  /** A hash of all rules. */
  version: z.string(),
  /** For each language, the languages whose rules apply to its files. */
  languages: z.record(z.string(), z.array(z.string())),
  /** The languages with shared matchers in utils/<Language>. */
  languagesWithUtils: z.array(z.string()),
  /** For ast-grep: files that it does not recognize on its own. */
  languageGlobs: z.record(z.string(), z.array(z.string())),
});
export type RulePack = z.infer<typeof rulePack>;

/** What compileRules.mjs writes as rules.json: each rule's metadata, by the id under which ast-grep knows it. */
export const ruleTable = z.record(
  z.string(),
  z.object({
    id: z.string(),
    title: z.string(),
    message: z.string(),
    severity,
    /** For matches with the variable REQUEST_DATA. */
    request_severity: severity.optional(),
    confidence,
    cwe: z.array(z.string()),
    owasp: z.array(z.string()),
    suggestion: z.string(),
    help_url: z.string(),
    fix: z
      .object({
        title: z.string(),
        /** Whether the behavior of correct code stays as it is. */
        safe: z.boolean(),
        /** What the file must import for it, as a statement of its language. */
        import: z.string().optional(),
        /** A regular expression, of any case, for what stands before a match on its line: where it matches, there is no fix. */
        unless: z.string().optional(),
        /** Which of the patterns engine's codeFixes makes it. */
        code: z.string().optional(),
        /** ast-grep's name of that language. */
        language: z.string(),
        /** Whether the match goes, with nothing in its place. */
        deletes: z.boolean(),
      })
      .optional(),
  }),
);
export type RuleTable = z.infer<typeof ruleTable>;

/** @throws Node's error when the file cannot be read */
export async function readRulePack(folder: string): Promise<RulePack> {
  return rulePack.parse(JSON.parse(await readFile(join(folder, 'languages.json'), 'utf8')));
}

/** @throws Node's error when the file cannot be read */
export async function readRuleTable(folder: string): Promise<RuleTable> {
  return ruleTable.parse(JSON.parse(await readFile(join(folder, 'rules.json'), 'utf8')));
}
