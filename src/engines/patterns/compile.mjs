// Compiles rule sources into what ast-grep loads: the built-in rules at build time, and a team's rules during a scan.
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { neededWords, needTable } from './neededWords.mjs';
import { languageSuffix } from './ruleSchema.mjs';

/** File names that ast-grep does not recognize by itself. Scripts inside HTML-like files are parsed as scripts. */
const languageGlobs = {
  html: [
    '*.vue',
    '*.svelte',
    ...[
      'heex',
      'leex',
      'eex',
      'erb',
      'ejs',
      'hbs',
      'handlebars',
      'mustache',
      'jinja',
      'jinja2',
      'twig',
      'njk',
      'jsp',
      'ftl',
      'cshtml',
    ].map((extension) => `*.${extension}`),
  ],
  php: ['*.phtml', '*.inc'],
  ruby: ['Gemfile', 'Rakefile', '*.rake'],
  bash: ['Dockerfile', 'Dockerfile.*', '*.dockerfile', 'Containerfile'],
};

/** ast-grep's ID for a shared utility: its utilities are global, and each belongs to one language. */
const sharedId = (/** @type {string} */ group, /** @type {string} */ name, /** @type {string} */ language) =>
  `${group}.${name}.${languageSuffix[language]}`;

/**
 * A regular expression with the classes \w, \d, \s and \b limited to ASCII. ast-grep compiles all expressions at each start, and the
 * Unicode forms make that take twice as long.
 * @param {string} source
 */
export function asciiClasses(source) {
  const inside = { w: '0-9A-Za-z_', d: '0-9', s: '\\t\\n\\r ' };
  let inClass = false;
  return source.replace(/\\(.)|\[\^?\]?|\]/gs, (part, /** @type {string | undefined} */ escaped) => {
    if (escaped === undefined) {
      if (part === ']') inClass = false;
      else inClass = true;
      return part;
    }
    if (escaped in inside) return inClass ? inside[escaped] : `[${inside[escaped]}]`;
    return escaped === 'b' && !inClass ? '(?-u:\\b)' : part;
  });
}

/** Languages whose grammar calls every comment `comment`. Comments do not count as arguments. */
const countsComments = new Set(['CSharp', 'Go', 'JavaScript', 'Php', 'Python', 'Ruby', 'Tsx', 'TypeScript']);

/**
 * Shared utilities with this suffix are conditions on the whole file. They count among the words that a file must contain for a rule to
 * match, and are left out of ast-grep's rules: it would search the file again at each node.
 */
const fileConditionSuffix = 'InFile';

/** Shared utilities that exclude functions that take too long, and how many lines are too many on a second attempt. */
const tooLong = 'too-long';
const fewLines = 150;

/**
 * Converts part of a rule for ast-grep: global IDs for shared utilities, ASCII regular expressions, children counted without comments.
 * @param {unknown} part
 * @param {string} language
 * @param {(name: string) => string} nameOf returns the ID of the utility that `matches` names
 * @returns {any}
 */
function expand(part, language, nameOf) {
  if (Array.isArray(part))
    return part.filter((one) => !isFileCondition(one)).map((item) => expand(item, language, nameOf));
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === 'nthChild' && typeof value === 'number' && countsComments.has(language))
        return [key, { position: value, ofRule: { not: { kind: 'comment' } } }];
      if (typeof value !== 'string') return [key, expand(value, language, nameOf)];
      return [key, key === 'matches' ? nameOf(value) : key === 'regex' ? asciiClasses(value) : value];
    }),
  );
}

/** @param {any} part */
function isFileCondition(part) {
  return (
    typeof part?.matches === 'string' && part.matches.endsWith(fileConditionSuffix) && Object.keys(part).length === 1
  );
}

/**
 * Groups alternatives that check the same field of nodes of the same kind (mostly a call's function), or of the nodes around them, behind
 * one check of that field against all their expressions at once. Most nodes match none of them, which then takes only one check.
 * @param {any} part
 * @returns {any}
 */
function hoisted(part) {
  if (Array.isArray(part)) return part.map(hoisted);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, hoisted(value)]));
  if (!Array.isArray(inner.any)) return inner;
  const groups = new Map();
  for (const branch of inner.any) {
    const look = lookOf(branch);
    const key = look ? `${branch.kind} ${look.around ?? ''} ${look.field}` : Symbol('of its own');
    groups.set(key, [...(groups.get(key) ?? []), { branch, look }]);
  }
  inner.any = [...groups.values()].flatMap((group) => {
    const branches = group.map(({ branch }) => branch);
    if (group.length === 1) return branches;
    const [{ branch, look }] = group;
    const regex = group.map((one) => `(?:${one.look.regex})`).join('|');
    const has = { field: look.field, regex };
    const first = look.around === undefined ? { has } : { inside: { kind: look.around, has } };
    return [{ kind: branch.kind, all: [first, { any: branches }] }];
  });
  return inner;
}

/**
 * The first field whose text a node of a certain kind must match, or such a field of the node `around` it.
 * @param {any} branch
 * @returns {{ field: string, regex: string, around?: string } | undefined}
 */
function lookOf(branch) {
  if (typeof branch?.kind !== 'string') return undefined;
  const conditions = [branch, ...(Array.isArray(branch.all) ? branch.all : [])];
  const own = conditions
    .map((one) => one.has)
    .find((has) => typeof has?.field === 'string' && typeof has.regex === 'string');
  if (own) return { field: own.field, regex: own.regex };
  // Without `stopBy`, it is the direct parent.
  const outer = conditions.map((one) => one.inside).find((one) => one && !('stopBy' in one) && !('field' in one));
  const look = outer && lookOf(outer);
  return look && look.around === undefined ? { ...look, around: outer.kind } : undefined;
}

/**
 * The shared utilities that a rule uses, directly or indirectly.
 * @param {any} part of a rule
 * @param {Record<string, unknown>} shared
 * @param {Set<string>} [reached]
 * @returns {Set<string>} their names
 */
export function reachedUtils(part, shared, reached = new Set()) {
  if (typeof part !== 'object' || part === null) return reached;
  for (const [key, value] of Object.entries(part)) {
    if (key === 'matches' && typeof value === 'string') {
      if (!(value in shared) || reached.has(value)) continue;
      reached.add(value);
      reachedUtils(shared[value], shared, reached);
    } else reachedUtils(value, shared, reached);
  }
  return reached;
}

/**
 * The words that each utility needs.
 * @param {Record<string, unknown>} utils
 * @returns {(name: string) => import('./neededWords.mjs').Need}
 */
function needsOfUtils(utils) {
  /** @type {Map<string, import('./neededWords.mjs').Need>} */
  const known = new Map();
  const needOf = (/** @type {string} */ name) => {
    const need = known.get(name);
    if (need !== undefined) return need;
    known.set(name, true); // For a recursive utility.
    const found = neededWords(utils[name], needOf);
    known.set(name, found);
    return found;
  };
  return needOf;
}

/**
 * Reorders a rule so that quick checks come before those that follow values: ast-grep evaluates the parts in order, but a node's relatives
 * after everything else. Only parts without variables and other matchers are moved, which does not affect the parts after them.
 * @param {any} part
 * @returns {any}
 */
function quickFirst(part) {
  if (Array.isArray(part)) return part.map(quickFirst);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, quickFirst(value)]));
  const quick = ['inside', 'has', 'precedes', 'follows'].filter(
    (key) => key in inner && isQuick({ [key]: inner[key] }),
  );
  const slow = ['all', 'any', 'not', 'matches'].some((key) => key in inner && !isQuick({ [key]: inner[key] }));
  const all = Array.isArray(inner.all) ? inner.all : [];
  if (slow && quick.length > 0) {
    all.unshift(...quick.map((key) => ({ [key]: inner[key] })));
    for (const key of quick) delete inner[key];
  }
  if (all.length > 0) inner.all = [...all.filter(isQuick), ...all.filter((one) => !isQuick(one))];
  return inner;
}

/** Whether a part uses no variable or matcher, and only looks at nearby nodes. @param {unknown} part @returns {boolean} */
function isQuick(part) {
  if (Array.isArray(part)) return part.every(isQuick);
  if (typeof part !== 'object' || part === null) return true;
  return Object.entries(part).every(
    ([key, value]) => key !== 'pattern' && key !== 'matches' && key !== 'stopBy' && isQuick(value),
  );
}

/**
 * Reorders a rule so that a matcher comes before its exceptions: ast-grep evaluates `not` before `matches`, and would look for exceptions
 * at each node, such as whether a name is checked somewhere, before it knows that there is anything to except.
 * @param {any} part
 * @returns {any}
 */
function matchesFirst(part) {
  if (Array.isArray(part)) return part.map(matchesFirst);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, matchesFirst(value)]));
  // The exception may use a variable that the matcher binds; a quick check comes first anyway.
  if (typeof inner.matches !== 'string' || !inner.not || isQuick(inner.not) || hasVariables(inner.not)) return inner;
  const { matches, not, ...rest } = inner;
  return { ...rest, all: [...(Array.isArray(rest.all) ? rest.all : []), { matches }, { not }] };
}

/** Whether a part uses a variable. @param {unknown} part @returns {boolean} */
function hasVariables(part) {
  if (Array.isArray(part)) return part.some(hasVariables);
  if (typeof part !== 'object' || part === null) return false;
  return Object.entries(part).some(([key, value]) => (key === 'pattern' ? true : hasVariables(value)));
}

/**
 * Inlines utilities that only list kinds: a search asks at each node whether to stop there, and looking up a utility takes several times as
 * long as checking the node's kind.
 * @param {any} part
 * @param {(id: string) => any} utilOf
 * @returns {any}
 */
function withKinds(part, utilOf) {
  if (Array.isArray(part)) return part.map((one) => withKinds(one, utilOf));
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withKinds(value, utilOf)]));
  const util = typeof inner.matches === 'string' ? utilOf(inner.matches) : undefined;
  if (!util || Object.keys(util).join() !== 'any' || !isList(util.any)) return inner;
  const kinds = util.any;
  const { matches: _matches, ...rest } = inner;
  if (!('any' in rest)) return { ...rest, any: kinds };
  return { ...rest, all: [{ any: kinds }, ...(Array.isArray(rest.all) ? rest.all : [])] };
}

/** Whether all alternatives are just kinds. @param {any} any */
function isList(any) {
  return Array.isArray(any) && any.every((one) => Object.keys(one).join() === 'kind');
}

/**
 * Function kinds, for languages whose shared matchers have no length limit of their own, and the number of lines up to which values are
 * followed in them. A call on each line that searches the whole function takes quadratic time.
 */
const functionKinds = {
  Bash: ['function_definition'],
  C: ['function_definition'],
  Cpp: ['function_definition'],
  Kotlin: ['function_declaration'],
  Python: ['function_definition'],
  Ruby: ['method', 'singleton_method'],
  Rust: ['function_item'],
  Scala: ['function_definition'],
  Solidity: ['function_definition'],
  Swift: ['function_declaration', 'init_declaration'],
};
const manyLines = 1_000;

/** The matcher that each search of the surroundings evaluates first: it identifies code that is too long for that. */
const reachId = (/** @type {string} */ language) => `reach.${tooLong}.${languageSuffix[language]}`;

/** @param {string} language */
function reachUtil(language) {
  const kinds = functionKinds[language]?.map((/** @type {string} */ kind) => ({ kind }));
  const rule = kinds ? { any: kinds, regex: linesOver(manyLines) } : { regex: '^$' };
  return { id: reachId(language), language, rule };
}

/** @param {number} count */
const linesOver = (count) => `^(?:[^\n]*\n){${count}}`;

/** Nodes with many adjacent children. */
const holdsMany =
  /^(?:program|source_file|module|source|compilation_unit|translation_unit|template_body|block|document|block_mapping|\w+_(?:body|block|list|sequence))$/;

/**
 * Keeps a rule from searching through something that is too long: up to an enclosing node (`inside`) and back down (`has`), or along all
 * preceding or following nodes.
 * @param {any} part
 * @param {string} language
 * @returns {any}
 */
function withinReach(part, language) {
  if (Array.isArray(part)) return part.map((one) => withinReach(one, language));
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withinReach(value, language)]));
  const isShort = { not: { matches: reachId(language) } };
  const around = inner.inside;
  if (around && searches(around))
    inner.inside = { ...around, all: [isShort, ...(Array.isArray(around.all) ? around.all : [])] };
  if ([inner.follows, inner.precedes].some((one) => one && 'stopBy' in one))
    inner.all = [{ inside: isShort }, ...(Array.isArray(inner.all) ? inner.all : [])];
  return inner;
}

/** Whether a condition on a node searches everything below it, or many direct children. @param {any} part @returns {boolean} */
function searches(part) {
  const { has, all, any, not } = part;
  if (has && ('field' in has ? searches(has) : 'stopBy' in has || holdsManyOf(part))) return true;
  return [...(Array.isArray(all) ? all : []), ...(Array.isArray(any) ? any : []), ...(not ? [not] : [])].some(searches);
}

/** @param {any} part */
function holdsManyOf({ kind, any, has }) {
  if (has?.nthChild !== undefined) return false;
  const kinds = [kind, ...(Array.isArray(any) ? any.map((/** @type {any} */ one) => one.kind) : [])];
  return kinds.some((one) => typeof one === 'string' && holdsMany.test(one));
}

/**
 * The utilities that a folder's rules share, in ast-grep's form, by their global IDs.
 * @param {string} group
 * @param {string} language
 * @param {object} shared by their names in the folder
 */
function expandedUtils(group, language, shared) {
  const nameOf = (/** @type {string} */ name) => (name in shared ? sharedId(group, name, language) : name);
  const expanded = new Map(
    Object.entries(shared)
      .filter(([name]) => !name.endsWith(fileConditionSuffix))
      .map(([name, util]) => [sharedId(group, name, language), expand(util, language, nameOf)]),
  );
  return { expanded, utilOf: (/** @type {string} */ id) => expanded.get(id) };
}

/** Binds a variable if the match contains request data, which has a severity of its own. An empty expression matches everything. */
const noteRequestData = {
  any: [{ has: { stopBy: 'end', all: [{ matches: 'from-request' }, { pattern: '$REQUEST_DATA' }] } }, { regex: '' }],
};

/** A fix can refer to the whole match as $MATCH, and change part of its text with `transform`. */
const noteMatch = { pattern: '$MATCH' };

/** @param {{ rule: object, fix?: unknown, transform?: unknown }} rule */
function usesMatch({ rule, fix, transform }) {
  const names = (/** @type {unknown} */ part) => /\$\{?MATCH\b/.test(JSON.stringify(part) ?? '');
  return (names(fix) || names(transform)) && !names(rule);
}

/** Languages that are embedded in files of another. */
const embedded = { Html: ['JavaScript', 'TypeScript', 'Css'] };

/**
 * Compiles rules into
 * - `languages`: `{version, languages: {<Language>: [<languages whose rules apply to its files>]}, languageGlobs}`, where `version` is a
 * hash of everything;
 * - `rules`: `{<expanded id>: {id, message, ...metadata}}`;
 * - `needs`: by language, what a file must contain for each of its rules;
 * - `patterns`: `{<Language>: {rules, utils, narrow}}`, each `{<id>: <ast-grep's YAML>}`: the rules, their shared matchers, and the
 * matchers that differ in a search that follows values in short functions only.
 * @param {readonly any[]} rules as in ruleSchema.mjs, with their languages, and the matchers shared within their group
 */
export function compile(rules) {
  const byLanguage = new Map();
  const utils = new Map();
  const ruleNeeds = new Map();
  const table = {};
  const known = new Map();
  const sharedNeeds = new Map();
  const needsOf = (/** @type {object} */ shared, /** @type {object | undefined} */ own) => {
    if (own !== undefined) return needsOfUtils({ ...shared, ...own });
    if (!sharedNeeds.has(shared)) sharedNeeds.set(shared, needsOfUtils({ ...shared }));
    return sharedNeeds.get(shared);
  };
  const sharedOf = (/** @type {string} */ group, /** @type {string} */ language, /** @type {object} */ shared) => {
    const key = `${group} ${language}`;
    if (!known.has(key)) known.set(key, expandedUtils(group, language, shared));
    return known.get(key);
  };
  for (const rule of rules) {
    rule.languages.forEach((language, index) => {
      const id = index === 0 ? rule.id : `${rule.id}.${languageSuffix[language]}`;
      const { metadata, languages: _l, group, shared, file: _f, language: _one, ...own } = rule;
      const needs = neededWords(own.rule, needsOf(shared, rule.utils));
      const nameOf = (/** @type {string} */ name) =>
        name in shared && !(name in (rule.utils ?? {})) ? sharedId(group, name, language) : name;
      const { utilOf, expanded } = sharedOf(group, language, shared);
      const ordered = (/** @type {any} */ part) =>
        quickFirst(matchesFirst(hoisted(withinReach(withKinds(part, utilOf), language))));
      const notes = [
        ...(metadata.request_severity === undefined ? [] : [noteRequestData]),
        ...(usesMatch(own) ? [noteMatch] : []),
      ];
      const source = notes.length === 0 ? own.rule : { all: [own.rule, ...notes] };
      for (const name of reachedUtils({ ...own, rule: source }, shared)) {
        const utilId = sharedId(group, name, language);
        const util = expanded.get(utilId);
        if (util && !utils.has(utilId)) utils.set(utilId, { id: utilId, language, rule: ordered(util) });
      }
      utils.set(reachId(language), reachUtil(language));
      const compiled = ordered(expand({ ...own, rule: source }, language, nameOf));
      byLanguage.set(language, [
        ...(byLanguage.get(language) ?? []),
        { ...compiled, id, language, severity: 'warning' },
      ]);
      const deletes = [rule.fix, rule.fix?.template].includes('');
      const fix = metadata.fix && { ...metadata.fix, language, deletes };
      table[id] = { id: rule.id, message: rule.message, ...metadata, ...(fix && { fix }) };
      ruleNeeds.set(language, { ...ruleNeeds.get(language), [id]: needs });
    });
  }
  const languages = [...byLanguage.keys()].sort();
  const yaml = (/** @type {{ id: string }} */ entry) => [entry.id, stringify(entry, { aliasDuplicateObjects: false })];
  const patterns = languages.map((language) => {
    const shared = [...utils.values()].filter((util) => util.language === language);
    const long = shared.filter(({ id }) => id.includes(`.${tooLong}.`));
    const short = long.map((util) => ({ ...util, rule: { regex: linesOver(fewLines) } }));
    const parts = { rules: byLanguage.get(language), utils: shared, narrow: short };
    const texts = Object.entries(parts).map(([name, entries]) => [name, Object.fromEntries(entries.map(yaml))]);
    return [language, Object.fromEntries(texts)];
  });
  // Covers everything that affects a scan, so that changing this file also changes the version.
  const compiled = [[...byLanguage], [...utils], [...ruleNeeds], table, languageGlobs];
  const version = createHash('sha256').update(JSON.stringify(compiled)).digest('hex').slice(0, 12);
  const hosts = Object.keys(embedded).filter((name) => !byLanguage.has(name));
  const parts = [...languages, ...hosts].flatMap((name) => {
    const own = [name, ...(embedded[name] ?? [])].filter((one) => byLanguage.has(one));
    return own.length > 0 ? [[name, own]] : [];
  });
  const pack = { version, languages: Object.fromEntries(parts), languageGlobs };
  const needs = languages.map((language) => [language, needTable(ruleNeeds.get(language))]);
  return {
    languages: pack,
    rules: table,
    needs: Object.fromEntries(needs),
    patterns: Object.fromEntries(patterns),
  };
}
