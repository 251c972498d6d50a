import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  visit,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import * as z from 'zod';
import { severity, type PolicyProblem } from '../../protocol';
import { LineStarts } from './lineStarts';

/** Path of a folder's configuration, which is committed with the code. */
export const configPath = '.codeagent/config.json';
/** Maximum bytes. */
export const maxConfig = 1024 * 1024;
/** Maximum nesting, far more than needed: parsing is recursive, and the stack is limited. */
const maxDepth = 100;

const globs = z.array(z.string().min(1).max(1000)).max(10_000);
const ruleLevels = z
  .record(z.string().min(1).max(300), z.enum(['off', ...severity.options]))
  .describe(
    'By rule id or glob: "off", or the severity of its findings. An exact id wins over globs; among globs, the last one wins.',
  );
const analyzerUse = z
  .record(z.string().min(1).max(100), z.enum(['on', 'off', 'auto']))
  .describe('By analyzer id: whether it runs always, never, or when it applies.');
const least = severity.describe('The lowest severity that is shown and counted.');
const files = globs.min(1).describe('.gitignore patterns, relative to the folder above .codeagent.');

/** `.codeagent/config.json`. From this, the build generates the JSON schema that VS Code uses for completion and validation. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('The JSON schema of this file, for other editors.'),
  include: globs.optional().describe('.gitignore patterns: only these files are scanned.'),
  exclude: globs.optional().describe('.gitignore patterns: these files are not scanned.'),
  severity: least.optional(),
  failOn: z
    .enum([...severity.options, 'never'])
    .optional()
    .describe(
      'The severity from which an open finding makes "codeagent scan" exit with code 1, unless --fail-on is given.',
    ),
  strict: z
    .boolean()
    .optional()
    .describe('Whether "codeagent scan" exits with code 4 if not everything could be scanned.'),
  analyzers: analyzerUse.optional(),
  rules: ruleLevels.optional(),
  overrides: z
    .array(
      z.strictObject({
        files,
        rules: ruleLevels.optional(),
        severity: least.optional(),
        analyzers: z
          .record(z.string().min(1).max(100), z.enum(['off', 'auto']))
          .optional()
          .describe('By analyzer id: "off" for these files, or "auto" to take back an earlier "off".'),
      }),
    )
    .max(1000)
    .optional()
    .describe('Settings for some files, which override those above. If several match a file, the last one wins.'),
});
export type Config = z.infer<typeof configSchema>;

/** A configuration, with the line of each entry. */
export interface ReadConfig {
  readonly file: string;
  readonly config: Config;
  readonly problems: readonly PolicyProblem[];
  /** The line of the entry at this path, from 1. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

/** Unreadable parts are left out of the configuration and reported as problems with their lines: nothing is thrown. */
export function readConfig(whole: string, file = configPath): ReadConfig {
  const text = whole.trim() === '' ? '' : whole;
  const lines = new LineStarts(text);
  const deep = tooDeepAt(text);
  if (deep !== undefined) {
    const message = `This is nested too deeply: the limit is ${maxDepth} levels.`;
    return { file, config: {}, problems: [{ file, line: lines.at(deep), level: 'error', message }], lineOf: () => 1 };
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const problems: PolicyProblem[] = errors.map(({ error, offset }) => ({
    ...{ file, line: lines.at(offset), level: 'error' },
    message: `This is not JSON: ${words(printParseErrorCode(error))}.`,
  }));
  for (const { name, offset } of tree ? withoutRepeated(tree, []) : [])
    problems.push({
      ...{ file, line: lines.at(offset), level: 'error' },
      message: `"${name}" was already set above: the last one wins.`,
    });
  const lineOf = (path: readonly (string | number)[]) => lineAt(tree, path, lines);
  const value: unknown = tree && getNodeValue(tree);
  if (errors.length === 0 && !isObject(value))
    problems.push({ file, line: 1, level: 'error', message: 'This is not a configuration: an object is expected.' });
  const rest = isObject(value) ? (structuredClone(value) as Record<string, unknown>) : {};
  return { file, config: withoutMistakes(rest, problems, file, lineOf), problems, lineOf };
}

class TooDeep extends Error {
  constructor(readonly offset: number) {
    super();
  }
}

/** The offset at which a text exceeds {@link maxDepth} levels. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  const begin = (offset: number) => {
    depth += 1;
    if (depth > maxDepth) throw new TooDeep(offset);
  };
  const end = () => {
    depth -= 1;
  };
  try {
    visit(text, { onObjectBegin: begin, onArrayBegin: begin, onObjectEnd: end, onArrayEnd: end });
  } catch (error) {
    if (error instanceof TooDeep) return error.offset;
    throw error;
  }
  return undefined;
}

/** Removes properties that later duplicates override. @returns those duplicates, with their paths */
function withoutRepeated(node: Node, path: readonly (string | number)[]): { name: string; offset: number }[] {
  const children = node.children ?? [];
  if (node.type === 'array') return children.flatMap((one, index) => withoutRepeated(one, [...path, index]));
  if (node.type !== 'object') return [];
  const repeated: { name: string; offset: number }[] = [];
  const last = new Map<string, Node>();
  for (const property of children) {
    const key = String(property.children?.[0]?.value);
    if (last.has(key)) repeated.push({ name: [...path, key].join('.'), offset: property.offset });
    last.set(key, property);
  }
  if (repeated.length > 0) children.splice(0, children.length, ...last.values());
  for (const [key, { children: [, value] = [] }] of last)
    if (value) repeated.push(...withoutRepeated(value, [...path, key]));
  return repeated;
}

/** Removes invalid parts, entry by entry, so that the others apply. */
function withoutMistakes(
  value: Record<string, unknown>,
  problems: PolicyProblem[],
  file: string,
  lineOf: ReadConfig['lineOf'],
): Config {
  for (;;) {
    const parsed = configSchema.safeParse(value);
    if (parsed.success) return withoutGaps(parsed.data);
    for (const issue of parsed.error.issues) {
      const path = issue.path.filter((part) => typeof part !== 'symbol');
      const wrong = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
      for (const one of wrong) {
        const isUnknown = issue.code === 'unrecognized_keys';
        const name = one.join('.');
        problems.push({
          ...{ file, line: lineOf(one), level: isUnknown ? 'warning' : 'error' },
          // In another wording, the quoted text would look like a key's value, and would be masked.
          message: isUnknown
            ? `"${name}" is an unknown key: it has no effect.`
            : `"${name}" is ignored: ${wrongness(issue)}.`,
        });
        if (!remove(value, one)) return {};
      }
    }
  }
}

/** Placeholder for an invalid pattern, so that the others keep their indexes, which identify their lines. */
const gone = '\0';

function withoutGaps({ include, exclude, ...config }: Config): Config {
  const kept = (list: readonly string[]) => list.filter((one) => one !== gone);
  return { ...config, ...(include && { include: kept(include) }), ...(exclude && { exclude: kept(exclude) }) };
}

/** @returns whether there was something to remove */
function remove(value: Record<string, unknown>, path: readonly (string | number)[]): boolean {
  // An override without its files, or a list entry, is removed as a whole.
  const own = path.length >= 2 && path[0] === 'overrides' && path[2] === 'files' ? path.slice(0, 2) : path;
  const last = own.at(-1);
  let parent: unknown = value;
  for (const part of own.slice(0, -1)) parent = isObject(parent) ? Reflect.get(parent, part) : undefined;
  if (last === undefined || !isObject(parent)) return false;
  if (Array.isArray(parent) && typeof last === 'number')
    parent[last] = own[0] === 'overrides' ? { files: [gone] } : gone;
  else Reflect.deleteProperty(parent, last);
  return true;
}

function lineAt(tree: Node | undefined, path: readonly (string | number)[], lines: LineStarts): number {
  for (let length = path.length; tree && length >= 0; length -= 1) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node) return lines.at((node.parent?.type === 'property' ? node.parent : node).offset);
  }
  return 1;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** As a clause: "expected one of off, critical, high". */
function wrongness(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`;
  return issue.message.replace(/^Invalid input: /, '');
}

/** "CommaExpected" as "comma expected". */
function words(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
