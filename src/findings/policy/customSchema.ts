import * as z from 'zod';

/** The parts of a JSON schema that are changed here. */
interface Node {
  properties?: Record<string, object>;
}

const languagesOf = (names: readonly string[]) => ({
  description: 'One language, or a list of them.',
  anyOf: [{ enum: names }, { type: 'array', items: { enum: names } }],
});

/** The possible keys of ast-grep's rule object: https://ast-grep.github.io/reference/rule.html */
const ruleKeys: Readonly<Record<string, string>> = {
  pattern: 'Code to match, in which $NAME stands for one node and $$$NAME for any number of them.',
  kind: "The kind of node, as the language's grammar calls it.",
  regex: 'A regular expression for the whole text of the node. It uses Rust syntax, which rules out exponential time.',
  inside: 'A rule for a node around it: its parent, or with `stopBy: end` any ancestor.',
  has: 'A rule for a node inside it: a child, or with `stopBy: end` any descendant.',
  follows: 'A rule for a node before it.',
  precedes: 'A rule for a node after it.',
  all: 'Rules that must all match.',
  any: 'Rules, one of which must match.',
  not: 'A rule that must not match.',
  matches: 'The name of a rule in `utils` or in _utils.yml.',
  nthChild: 'Its position among its siblings.',
  field: 'For inside and has: the field of the node, as the grammar calls it.',
  stopBy: 'For inside, has, follows and precedes: how far to look: `neighbor` (the default), `end`, or a rule.',
};

/** The JSON schema of a custom rule. @param schema of its file @param languages that rules can be written for */
export function jsonSchemaOfRule(schema: z.ZodType, languages: readonly string[]): object {
  const made = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) as Node;
  const keys = Object.entries(ruleKeys).map(([key, description]): [string, object] => {
    const nested = ['inside', 'has', 'follows', 'precedes', 'not'].includes(key);
    const list = ['all', 'any'].includes(key);
    const inner: object = { $ref: '#/definitions/rule' };
    return [key, { description, ...(nested && inner), ...(list && { type: 'array', items: inner }) }];
  });
  const properties: Record<string, object> = { ...made.properties, language: languagesOf(languages) };
  const rule: object = { ...properties['rule'], allOf: [{ $ref: '#/definitions/rule' }] };
  return {
    ...made,
    title: 'CodeAgent rule',
    properties: { ...properties, rule },
    definitions: { rule: { type: 'object', properties: Object.fromEntries(keys) } },
  };
}

/** The JSON schema of a file with custom models. */
export function jsonSchemaOfModel(schema: z.ZodType, languages: readonly string[]): object {
  const made = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) as Node;
  return {
    ...made,
    title: 'CodeAgent models',
    properties: {
      ...made.properties,
      language: { ...languagesOf(languages), description: 'The language of the code that they describe.' },
    },
  };
}
