// Reads hand-written YAML: the build's rule sources, and a team's rules and models. Every problem is reported with its line.
import { isNode, LineCounter, parseAllDocuments } from 'yaml';

/**
 * A document's content and problems: `content` is set if it matches the schema, perhaps apart from unknown keys. @typedef {{ line: number,
 * level: 'error' | 'warning', message: string }} Problem @typedef {{ line: number, content?: any, problems: Problem[], lineOf: (path:
 * readonly PropertyKey[]) => number }} YamlDocument
 */

/**
 * @param {string} text
 * @param {import('zod').ZodType} schema of each document
 * @param {{ unknownKeys?: 'error' | 'warning' }} [options] whether an unknown key makes the document invalid, or is only reported
 * @returns {YamlDocument[]} the documents that are not empty
 */
export function readYamlDocuments(text, schema, { unknownKeys = 'error' } = {}) {
  const lines = new LineCounter();
  const lineAt = (/** @type {number} */ offset) => lines.linePos(offset).line;
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const failed = (/** @type {number} */ line, /** @type {string} */ message) => ({
    line,
    problems: [{ line, level: /** @type {const} */ ('error'), message }],
    lineOf: () => line,
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    // The other errors mostly follow from the first.
    const [first] = document.errors.sort((a, b) => a.pos[0] - b.pos[0]);
    if (first) return [failed(lineAt(first.pos[0]), `not YAML: ${first.message}`)];
    if (document.contents === null) return [];
    const start = lineAt(document.contents.range?.[0] ?? 0);
    const lineOf = (/** @type {readonly PropertyKey[]} */ path) => {
      // Something missing has no position of its own; its parent has.
      let known = [...path];
      while (known.length > 0 && !isNode(document.getIn(known, true))) known = known.slice(0, -1);
      const node = known.length > 0 ? /** @type {any} */ (document.getIn(known, true)) : document.contents;
      return lineAt(node?.range?.[0] ?? 0);
    };
    let value;
    try {
      value = document.toJS();
    } catch (error) {
      // An alias without its anchor, or too many of them.
      return [failed(start, `not YAML: ${error instanceof Error ? error.message : String(error)}`)];
    }
    return [{ line: start, lineOf, ...checked(value, schema, unknownKeys, lineOf) }];
  });
}

/**
 * @param {any} value
 * @param {import('zod').ZodType} schema
 * @param {'error' | 'warning'} unknownKeys
 * @param {(path: readonly PropertyKey[]) => number} lineOf
 * @returns {{ content?: any, problems: Problem[] }}
 */
function checked(value, schema, unknownKeys, lineOf) {
  /** @type {Problem[]} */
  const problems = [];
  const parsed = schema.safeParse(value);
  if (parsed.success) return { content: parsed.data, problems };
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys' && unknownKeys === 'warning') {
      const { path } = issue;
      const holder = path.reduce((part, key) => part?.[key], value);
      for (const key of issue.keys) {
        const name = [...path, key].join('.');
        problems.push({
          line: lineOf([...path, key]),
          level: 'warning',
          message: `"${name}" is unknown and has no effect.`,
        });
        delete holder[key];
      }
    } else
      for (const { path, message } of mistakesOf(issue)) {
        const name = path.join('.');
        const isMissing = path.length > 0 && path.reduce((part, key) => part?.[key], value) === undefined;
        const complaint = isMissing ? `${name} is missing.` : name === '' ? message : `${name}: ${message}`;
        problems.push({ line: lineOf(path), level: 'error', message: complaint });
      }
  }
  if (problems.some(({ level }) => level === 'error')) return { problems };
  const rest = checked(value, schema, unknownKeys, lineOf);
  return { ...rest, problems: [...problems, ...rest.problems] };
}

/**
 * What is wrong with a value, relative to the alternative that was most likely intended, if a schema allows several.
 * @param {import('zod').core.$ZodIssue} issue
 * @returns {{ path: PropertyKey[], message: string }[]}
 */
function mistakesOf({ path, message, ...issue }) {
  const forms = issue.code === 'invalid_union' ? issue.errors : [];
  const isOfOtherType = (/** @type {import('zod').core.$ZodIssue} */ one) =>
    one.code === 'invalid_type' && one.path.length === 0;
  const form = forms.find((issues) => !issues.some(isOfOtherType)) ?? forms[0];
  if (!form) return [{ path, message }];
  return form.flatMap(mistakesOf).map((one) => ({ path: [...path, ...one.path], message: one.message }));
}
