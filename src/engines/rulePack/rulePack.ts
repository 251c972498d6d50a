import { join } from 'node:path';
import * as z from 'zod';
import { readJsonAsset } from '../../base/asset';
import { confidence, severity } from '../../protocol';

/** What compileRules.mjs writes as languages.json. */
export const rulePack = z.object({
  /** A hash of all rules. */
  version: z.string(),
  /** For each language, the languages whose rules apply to its files. */
  languages: z.record(z.string(), z.array(z.string())),
  /** For ast-grep: files that it does not recognize on its own. */
  languageGlobs: z.record(z.string(), z.array(z.string())),
});
export type RulePack = z.infer<typeof rulePack>;

/** What compileRules.mjs writes as rules.json: each rule's metadata, by the id under which ast-grep knows it. */
export const ruleTable = z.record(
  z.string(),
  z.object({
    id: z.string(),
    /** Set for built-in rules. */
    title: z.string().optional(),
    message: z.string(),
    severity,
    /** For matches with the variable REQUEST_DATA. */
    request_severity: severity.optional(),
    confidence,
    cwe: z.array(z.string()),
    owasp: z.array(z.string()),
    suggestion: z.string().optional(),
    help_url: z.string().optional(),
    fix: z
      .object({
        title: z.string(),
        /** Whether correct code keeps its behavior. */
        safe: z.boolean(),
        /** The import that it needs, as a statement of the language. */
        import: z.string().optional(),
        /** A case-insensitive regular expression for the text before a match on its line: if it matches, there is no fix. */
        unless: z.string().optional(),
        /** The function in codeFixes/ that creates it. */
        code: z.string().optional(),
        /** ast-grep's name for the rule's language. */
        language: z.string(),
        /** Whether the fix just deletes the match. */
        deletes: z.boolean(),
      })
      .optional(),
  }),
);
export type RuleTable = z.infer<typeof ruleTable>;

const yamlById = z.record(z.string(), z.string());

/** What compileRules.mjs writes as patterns.json, by language: ast-grep's YAML. */
export const patternTable = z.record(
  z.string(),
  z.object({
    /** By the id under which ast-grep knows it. */
    rules: yamlById,
    /** The matchers that rules share. */
    utils: yamlById,
    /** The matchers that differ in a search that follows values in short functions only. */
    narrow: yamlById,
  }),
);
export type PatternTable = z.infer<typeof patternTable>;

/** @throws Node's error when the file cannot be read */
export async function readRulePack(folder: string): Promise<RulePack> {
  return rulePack.parse(await readJsonAsset(join(folder, 'languages.json')));
}

/** @throws Node's error when the file cannot be read */
export async function readRuleTable(folder: string): Promise<RuleTable> {
  return ruleTable.parse(await readJsonAsset(join(folder, 'rules.json')));
}

/** @throws Node's error when the file cannot be read */
export async function readPatterns(folder: string): Promise<PatternTable> {
  return patternTable.parse(await readJsonAsset(join(folder, 'patterns.json')));
}
