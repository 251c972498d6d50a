// Settings of cloud resources as tables instead of patterns: src/rules/catalogs/<family>.yml holds rows by rule id, and `- catalog: <family>/<rule id>` among
// the alternatives of a rule stands for them. A build step.

/** What each family's table is about, as its file says at its top. */
export const familyOf = {
  terraform:
    'Terraform: attributes of resources with bad values. attribute and value are alternatives (regular expressions); block: the block right around it; resource: types; also: what else must hold, as in a rule. With `without`: resources of these types in whose text that expression does not occur.',
  cloudformation:
    'CloudFormation: properties with bad values. property and value are alternatives (regular expressions); anyCase: of the value; in: the mapping right around it; below: any mapping around it; also: what else must hold, as in a rule.',
};

const oneOf = (/** @type {readonly string[]} */ list) => `(${list.join('|')})`;

/** @type {Record<string, (row: any) => object>} */
const rows = {
  terraform({ attribute, value, block, resource, without, also = [] }) {
    if (without !== undefined) {
      return {
        kind: 'block',
        all: [
          { has: { nthChild: 1, kind: 'identifier', regex: '^resource$' } },
          { has: { nthChild: 2, kind: 'string_lit', regex: `^"${oneOf(resource)}"$` } },
          { not: { regex: without } },
          ...also,
        ],
      };
    }
    const isText = value.every((/** @type {string} */ one) => /^"[^]*"$/.test(one));
    const values = isText ? value.map((/** @type {string} */ one) => one.slice(1, -1)) : value;
    const text = values.length > 1 ? oneOf(values) : values[0];
    return {
      all: [
        { has: { nthChild: 1, kind: 'identifier', regex: `^${oneOf(attribute)}$` } },
        { has: { kind: 'expression', regex: isText ? `^"${text}"$` : `^${text}$` } },
        ...(block
          ? [
              {
                inside: {
                  kind: 'body',
                  inside: { kind: 'block', has: { nthChild: 1, kind: 'identifier', regex: `^${oneOf(block)}$` } },
                },
              },
            ]
          : []),
        ...(resource
          ? [
              {
                inside: {
                  stopBy: 'end',
                  kind: 'block',
                  all: [
                    { matches: 'resource' },
                    { has: { nthChild: 2, kind: 'string_lit', regex: `^"${oneOf(resource)}"$` } },
                  ],
                },
              },
            ]
          : []),
        ...also,
      ],
    };
  },
  cloudformation({ property, value, anyCase, in: around, below, also = [] }) {
    const key = (/** @type {readonly string[]} */ names) => ({ field: 'key', regex: `^["']?${oneOf(names)}["']?$` });
    return {
      all: [
        { has: key(property) },
        { has: { field: 'value', regex: `${anyCase ? '(?i)' : ''}^["\\']?${oneOf(value)}["\\']?$` } },
        ...(around
          ? [
              {
                inside: {
                  kind: 'block_mapping',
                  inside: { kind: 'block_node', inside: { kind: 'block_mapping_pair', has: key(around) } },
                },
              },
            ]
          : []),
        ...(below ? [{ inside: { stopBy: 'end', kind: 'block_mapping_pair', has: key(below) } }] : []),
        ...also,
      ],
    };
  },
};

/** The part of a rule that a row of a table stands for. @param {string} family @param {any} row */
export const expandRow = (family, row) => rows[family](row);

/**
 * A rule with the rows that it names by `catalog` in their place.
 * @param {any} part of a rule
 * @param {(family: string) => Record<string, any[]>} tableOf
 * @returns {any}
 * @throws Error when it names a table or rows that are not there
 */
export function withCatalogs(part, tableOf) {
  if (Array.isArray(part)) {
    return part.flatMap((one) => {
      if (typeof one?.catalog !== 'string') return [withCatalogs(one, tableOf)];
      const [family, id] = one.catalog.split('/');
      const list = family in rows ? tableOf(family)[id] : undefined;
      if (!list) throw new Error(`no rows ${one.catalog} in src/rules/catalogs`);
      return list.map((row) => expandRow(family, row));
    });
  }
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withCatalogs(value, tableOf)]));
}
