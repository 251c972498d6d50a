// Settings of cloud resources as tables instead of patterns: src/rules/catalogs/<family>.yml has rows by rule ID, and `- catalog:
// <family>/<rule id>` among a rule's alternatives refers to them. A build step.

/** The header comment of each family's file. */
export const familyOf = {
  terraform:
    'Terraform: attributes of resources with bad values. attribute and value are alternatives (regular expressions); block: the enclosing block; resource: types; also: further conditions, as in a rule. With `without`: resources of these types whose text does not match that expression. good: the fixed value, or [{replace, by}] within the whole attribute; by default, switches become their opposites, unless it is false; add: the line that a fix adds to the resource if its attribute is missing.',
  cloudformation:
    'CloudFormation: properties with bad values. property and value are alternatives (regular expressions); anyCase: of the value; in: the enclosing mapping; below: any enclosing mapping; also: further conditions, as in a rule.',
  kubernetes:
    'Kubernetes and Compose: settings with bad values. path: the keys that lead to it, each the parent of the next apart from lists (regular expressions); value or item: alternatives for its value, or for an entry of its list; anyCase: of the value; kind: of the object; document: an expression that its document must match; good: as in terraform.yml.',
};

/** A key with its value, in both of YAML's styles. */
const aPair = { any: [{ kind: 'block_mapping_pair' }, { kind: 'flow_pair' }] };

const oneOf = (/** @type {readonly string[]} */ list) => `(${list.join('|')})`;

/** @type {Record<string, (row: any, bindAs?: string) => object>} */
const rows = {
  terraform({ attribute, value, block, resource, without, also = [], add }, bindAs) {
    if (without !== undefined) {
      const bare = add && { not: { regex: `\\b${/^\w+/.exec(add)?.[0]}\\b` } };
      return {
        kind: 'block',
        all: [
          { has: { nthChild: 1, kind: 'identifier', regex: '^resource$' } },
          { has: { nthChild: 2, kind: 'string_lit', regex: `^"${oneOf(resource)}"$` } },
          { not: { regex: without } },
          ...also,
          ...(add ? [{ any: [{ all: [bare, ...bound(bindAs)] }, { regex: '' }] }] : []),
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
        ...bound(bindAs),
      ],
    };
  },
  cloudformation({ property, value, anyCase, in: around, below, also = [] }, bindAs) {
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
        ...bound(bindAs),
      ],
    };
  },
  kubernetes({ path = [], value, item, anyCase, kind, document }, bindAs) {
    const key = (/** @type {string} */ name) => ({ field: 'key', regex: `^["']?(${name})["']?$` });
    const whole = (/** @type {readonly string[]} */ list) => `["']?${oneOf(list)}["']?$`;
    const around = item ? path : path.slice(0, -1);
    const within = (/** @type {any[]} */ inner, /** @type {string} */ name) => [
      { inside: { stopBy: aPair, ...aPair, all: [{ has: key(name) }, ...inner] } },
    ];
    const object = kind ? `(?m)^kind:\\s*["']?${oneOf(kind)}["']?\\s*$` : document;
    return {
      ...(item ? { kind: 'block_sequence_item' } : aPair),
      all: [
        ...(item
          ? [{ regex: `^-\\s+${whole(item)}` }]
          : [
              { has: key(path.at(-1)) },
              { has: { field: 'value', regex: `${anyCase ? '(?i)' : ''}^${whole(value)}` } },
            ]),
        ...around.reduce(within, []),
        ...(object ? [{ inside: { stopBy: 'end', kind: 'document', regex: object } }] : []),
        ...bound(bindAs),
      ],
    };
  },
};

/** @param {string | undefined} name */
const bound = (name) => (name === undefined ? [] : [{ pattern: `$${name}` }]);

/** Opposites of switches, in the same notation. */
const opposites = {
  on: [
    ['(?i)(?:true|yes|on)(["\']?)$', 'false$1'],
    ['1(["\']?)$', '0$1'],
    ['Enabled(["\']?)$', 'Disabled$1'],
    ['ENABLED(["\']?)$', 'DISABLED$1'],
    ['enabled(["\']?)$', 'disabled$1'],
  ],
  off: [
    ['(?i)(?:false|no|off)(["\']?)$', 'true$1'],
    ['0(["\']?)$', '1$1'],
    ['Disabled(["\']?)$', 'Enabled$1'],
    ['DISABLED(["\']?)$', 'ENABLED$1'],
    ['disabled(["\']?)$', 'enabled$1'],
  ],
};

/** The notation of a row's values, if they are switches. @param {any} row @returns {keyof typeof opposites | undefined} */
function switchOf({ value, property, path }) {
  const words = (value ?? []).flatMap((/** @type {string} */ one) => one.replace('?i:', '').match(/\w+/g) ?? []);
  // In YAML these are booleans; in Terraform they are words of a provider.
  const more = property || path ? { on: ['yes', 'on'], off: ['no', 'off'] } : { on: [], off: [] };
  const all = (/** @type {string[]} */ list) =>
    words.some((/** @type {string} */ one) => /\D/.test(one)) &&
    words.every((/** @type {string} */ one) => list.includes(one.toLowerCase()));
  if (all(['true', 'enabled', '1', ...more.on])) return 'on';
  return all(['false', 'disabled', '0', ...more.off]) ? 'off' : undefined;
}

/**
 * How a fix changes what a row matches, as steps of `replace` and `by`; empty if it has no fix.
 * @param {any} row
 * @returns {string[][]}
 */
function stepsOf(row) {
  const { good, add, attribute } = row;
  if (add !== undefined) return [[String.raw`\s*\}$`, `\n  ${add}\n}`]];
  const sign = attribute ? '=' : ':';
  if (Array.isArray(good)) return good.map(({ replace, by }) => [replace, by]);
  if (good !== undefined && good !== false) return [[`(?s)^([^${sign}]+${sign}\\s*).*$`, `\${1}${good}`]];
  const kind = good === false ? undefined : switchOf(row);
  return kind ? opposites[kind] : [];
}

/** In a rule's `fix`: the changes of its rows. */
const catalogFix = '$CATALOG';

/**
 * Replaces the rows that a rule refers to with `catalog`, and adds their changes to its fix. @template {{ rule: object, fix?: any,
 * transform?: object }} Rule
 * @param {Rule} source
 * @param {(family: string) => Record<string, any[]>} tableOf
 * @returns {Rule}
 * @throws Error if a table or row does not exist
 */
export function withCatalogs(source, tableOf) {
  const isFixed = JSON.stringify(source.fix ?? '').includes(catalogFix);
  /** @type {string[]} the changes, as JSON */
  const changes = [];
  const nameOf = (/** @type {any} */ row) => {
    const steps = isFixed ? stepsOf(row) : [];
    if (steps.length === 0) return undefined;
    const key = JSON.stringify(steps);
    if (!changes.includes(key)) changes.push(key);
    return `ROW_${changes.indexOf(key)}`;
  };
  const rule = expanded(source.rule, tableOf, nameOf);
  if (!isFixed) return { ...source, rule };
  /** @type {Record<string, object>} */
  const transform = {};
  const results = changes.map((key, at) => {
    let name = `ROW_${at}`;
    for (const [step, [replace, by]] of JSON.parse(key).entries()) {
      transform[`GOOD_${at}_${step}`] = { replace: { source: `$${name}`, replace, by } };
      name = `GOOD_${at}_${step}`;
    }
    return `$${name}`;
  });
  const fix = JSON.parse(JSON.stringify(source.fix).replaceAll(catalogFix, () => results.join('')));
  return { ...source, rule, transform: { ...source.transform, ...transform }, fix };
}

/**
 * @param {any} part of a rule
 * @param {(family: string) => Record<string, any[]>} tableOf
 * @param {(row: any) => string | undefined} nameOf the variable that stands for what a row finds
 * @returns {any}
 */
function expanded(part, tableOf, nameOf) {
  if (Array.isArray(part)) {
    return part.flatMap((one) => {
      if (typeof one?.catalog !== 'string') return [expanded(one, tableOf, nameOf)];
      const [family, id] = one.catalog.split('/');
      const list = family in rows ? tableOf(family)[id] : undefined;
      if (!list) throw new Error(`no rows ${one.catalog} in src/rules/catalogs`);
      return list.map((row) => rows[family](row, nameOf(row)));
    });
  }
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, expanded(value, tableOf, nameOf)]));
}
