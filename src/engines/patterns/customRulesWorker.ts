// Reads and compiles a team's rules in a thread, so that no file can stop anything else.
import * as z from 'zod';
import { errorMessage } from '../../base/errors';
import { readYamlDocuments } from '../rulePack/yamlFile.mjs';
import { compile, reachedUtils, type Compiled } from './compile.mjs';
import { compileTask, readTask, type ReadRules } from './customMessages';
import { customRuleSource, type CustomRuleSource } from './ruleSchema.mjs';

export { ready } from '../engine/workerScript';

const matchers = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Reads the rules of a file. */
export function read(task: unknown): ReadRules {
  const { text, utils } = readTask.parse(task);
  const rules: ReadRules['rules'][number][] = [];
  const problems: ReadRules['problems'][number][] = [];
  try {
    const shared = readYamlDocuments(utils ?? '', matchers)[0];
    for (const { line, message } of shared?.problems ?? [])
      problems.push({ line: 1, level: 'error', message: `_utils.yml:${line}: ${message}` });
    for (const { content, line, problems: wrong, lineOf } of readYamlDocuments(text, customRuleSource, {
      unknownKeys: 'warning',
    })) {
      problems.push(...wrong);
      if (!content) continue;
      const mistake = mistakeIn(content);
      if (mistake) problems.push({ line: lineOf(mistake.path), level: 'error', message: mistake.message });
      else
        rules.push({
          line,
          source: withShared(content, shared?.content ?? {}),
          exampleLines: (content.examples ?? []).map((_, index) => lineOf(['examples', index])),
        });
    }
    if (rules.length === 0 && problems.length === 0)
      problems.push({ line: 1, level: 'error', message: 'There is no rule in this file.' });
  } catch (error) {
    // Such as a stack overflow.
    problems.push({ line: 1, level: 'error', message: `It cannot be read: ${errorMessage(error)}.` });
  }
  return { rules, problems };
}

/** Compiles rules. Their IDs are the ones that ast-grep will use. */
export function compileAll(task: unknown): Compiled {
  const { rules } = compileTask.parse(task);
  return compile(rules.map(({ id, source }) => compilable(id, source)));
}

function mistakeIn({ fix, metadata }: CustomRuleSource): { path: string[]; message: string } | undefined {
  if (metadata.fix && fix === undefined)
    return { path: ['metadata', 'fix'], message: 'metadata.fix describes a fix, but the rule has none.' };
  return undefined;
}

/** A rule with the shared matchers that it uses inlined. */
function withShared(source: CustomRuleSource, shared: Readonly<Record<string, unknown>>): CustomRuleSource {
  const own = source.utils ?? {};
  const reached = [...reachedUtils(source, shared)].filter((name) => !(name in own));
  const utils = { ...Object.fromEntries(reached.map((name) => [name, shared[name]])), ...own };
  return Object.keys(utils).length > 0 ? { ...source, utils } : source;
}

/**
 * Built-in matchers with this suffix are conditions on the whole file; a team's matchers are evaluated where they are used, so they get other names.
 */
const fileConditionSuffix = /InFile$/;

function renamed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(renamed);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [
      key,
      key === 'matches' && typeof value === 'string' && fileConditionSuffix.test(value) ? `${value}_` : renamed(value),
    ]),
  );
}

const severities = { error: 'high', warning: 'medium', info: 'low', hint: 'low' } as const;

function compilable(id: string, source: CustomRuleSource): object {
  const { metadata, severity = 'warning', note, url, rule, constraints, utils, transform, rewriters, fix } = source;
  const { title, confidence = 'high', cwe = [], owasp = [], suggestion = note, help_url = url } = metadata;
  const parts = { rule, constraints, transform, rewriters };
  const described = { title: 'Apply the fix of the rule', ...metadata.fix, safe: metadata.fix?.safe ?? false };
  return {
    id,
    languages: [...new Set(source.language)],
    group: 'own',
    shared: {},
    message: source.message,
    metadata: {
      ...(title !== undefined && { title }),
      ...{ severity: metadata.severity ?? severities[severity], confidence, cwe, owasp },
      ...(suggestion !== undefined && { suggestion }),
      ...(help_url !== undefined && { help_url }),
      ...(fix !== undefined && { fix: described }),
    },
    ...Object.fromEntries(
      Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [[name, renamed(part)]])),
    ),
    ...(utils && {
      utils: Object.fromEntries(
        Object.entries(utils).map(([name, part]) => [
          fileConditionSuffix.test(name) ? `${name}_` : name,
          renamed(part),
        ]),
      ),
    }),
    ...(fix !== undefined && { fix }),
  };
}
