// Determines what a file must contain for a rule to match in it, so that other rules can be left out. A build step.
import { RegExpParser, RegExpSyntaxError } from '@eslint-community/regexpp';

/**
 * What a file must contain, in lower case: a text, or all or any of several needs. `true`: nothing is known. @typedef {true | string | {
 * all: Need[] } | { any: Need[] }} Need
 */

/** Shorter texts occur in nearly every file. */
const minLength = 3;
const parser = new RegExpParser({ ecmaVersion: 2025 });

/** Kinds of nodes that always start with the same word. */
const keywords = { assert_statement: 'assert', exec_statement: 'exec' };

/** Keys of a rule whose nested rule matches a node of the same file. */
const relations = ['has', 'inside', 'follows', 'precedes'];

/**
 * @param {any} rule a rule, or part of one, in ast-grep's form
 * @param {(id: string) => Need} utilOf what a utility used in `matches` needs
 * @returns {Need}
 */
export function neededWords(rule, utilOf) {
  if (typeof rule !== 'object' || rule === null) return true;
  const needs = [];
  if (rule.kind in keywords) needs.push(keywords[rule.kind]);
  if (typeof rule.regex === 'string') needs.push(ofRegex(rule.regex));
  if (typeof rule.pattern === 'string') needs.push(ofPattern(rule.pattern));
  if (Array.isArray(rule.all)) needs.push(...rule.all.map((/** @type {any} */ one) => neededWords(one, utilOf)));
  if (Array.isArray(rule.any)) needs.push(any(rule.any.map((/** @type {any} */ one) => neededWords(one, utilOf))));
  if (typeof rule.matches === 'string') needs.push(utilOf(rule.matches));
  for (const key of relations) needs.push(neededWords(rule[key], utilOf));
  return all(needs);
}

/** @param {Need[]} needs @returns {Need} */
function all(needs) {
  const parts = distinct(needs.flatMap((need) => (typeof need === 'object' && 'all' in need ? need.all : [need])));
  const useful = parts.filter(
    (part) => part !== true && !parts.some((other) => other !== part && typeof part === 'string' && holds(other, part)),
  );
  return useful.length === 0 ? true : useful.length === 1 ? useful[0] : { all: useful };
}

/** @param {Need[]} needs @returns {Need} */
function any(needs) {
  const parts = distinct(needs.flatMap((need) => (typeof need === 'object' && 'any' in need ? need.any : [need])));
  if (parts.includes(true)) return true;
  const useful = parts.filter(
    (part) => !parts.some((other) => other !== part && typeof other === 'string' && holds(part, other)),
  );
  return useful.length === 1 ? useful[0] : { any: useful };
}

/** @param {Need[]} needs */
function distinct(needs) {
  return [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()];
}

/** Whether anything that meets the need certainly contains the text. @param {Need} need @param {string} text @returns {boolean} */
function holds(need, text) {
  if (typeof need === 'string') return need.includes(text);
  if (need === true) return false;
  return 'all' in need ? need.all.some((part) => holds(part, text)) : need.any.every((part) => holds(part, text));
}

/** The words of a pattern that are not variables. @param {string} pattern @returns {Need} */
function ofPattern(pattern) {
  const words = pattern.match(/\$*\w+/g) ?? [];
  return all(
    words.filter((word) => !word.startsWith('$') && word.length >= minLength).map((word) => word.toLowerCase()),
  );
}

/** @param {string} source @returns {Need} */
function ofRegex(source) {
  if (/\\[ACNPUpz]/.test(source)) return true; // Notations that JavaScript interprets differently.
  const unicode = /\\[xu]\{/.test(source);
  const text = source.replace(/^\(\?[a-z]+\)/, '').replaceAll('\\x{', '\\u{');
  try {
    return any(parser.parsePattern(text, 0, text.length, { unicode }).alternatives.map(ofAlternative));
  } catch (error) {
    if (error instanceof RegExpSyntaxError) return true; // Rust has notations that JavaScript lacks.
    throw error;
  }
}

/**
 * The runs of literal characters, and the needs of the groups among them.
 * @param {import('@eslint-community/regexpp').AST.Alternative} alternative
 * @returns {Need}
 */
function ofAlternative(alternative) {
  /** @type {Need[]} */
  const needs = [];
  let run = '';
  const endRun = () => {
    if (run.length >= minLength) needs.push(run.toLowerCase());
    run = '';
  };
  for (const element of alternative.elements) {
    const character = characterOf(element);
    if (character !== undefined) run += character;
    else if (element.type !== 'Assertion') {
      endRun();
      needs.push(ofElement(element));
    }
  }
  endRun();
  return all(needs);
}

/**
 * The only character that an element matches: itself, or a class of both its cases. Outside ASCII, the cases may differ in length.
 * @param {import('@eslint-community/regexpp').AST.Element} element
 */
function characterOf(element) {
  const parts = element.type === 'CharacterClass' && !element.negate ? element.elements : [element];
  const texts = parts.map((part) =>
    part.type === 'Character' && part.value < 128 ? String.fromCharCode(part.value) : '',
  );
  return new Set(texts.map((text) => text.toLowerCase())).size === 1 && texts[0] !== '' ? texts[0] : undefined;
}

/** @param {import('@eslint-community/regexpp').AST.Element} element @returns {Need} */
function ofElement(element) {
  if (element.type === 'CharacterClass' && !element.negate && element.elements.every(isRare))
    return any(element.elements.flatMap(charactersOf));
  if (element.type === 'Group' || element.type === 'CapturingGroup')
    return any(element.alternatives.map(ofAlternative));
  if (element.type === 'Quantifier' && element.min > 0) return ofElement(element.element);
  return true;
}

/**
 * Whether it matches few characters, all punctuation or signs without case.
 * @param {import('@eslint-community/regexpp').AST.CharacterClassElement} part
 */
function isRare(part) {
  if (part.type === 'Character') return part.value >= 0x2000 && part.value < 0x2c00;
  return (
    part.type === 'CharacterClassRange' &&
    part.min.value >= 0x2000 &&
    part.max.value < 0x2c00 &&
    part.max.value - part.min.value < 20
  );
}

/** @param {any} part @returns {string[]} */
function charactersOf(part) {
  const [first, last] = part.type === 'Character' ? [part.value, part.value] : [part.min.value, part.max.value];
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index));
}

/**
 * Writes each need once, after those that it consists of.
 * @param {Record<string, Need>} needs by rule
 * @returns {{ nodes: (string | { all: number[] } | { any: number[] })[], rules: Record<string, number> }} a rule without a need has -1
 */
export function needTable(needs) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  /** @type {(string | { all: number[] } | { any: number[] })[]} */
  const nodes = [];
  const numberOf = (/** @type {Need} */ need) => {
    if (need === true) return -1;
    const node =
      typeof need === 'string'
        ? need
        : 'all' in need
          ? { all: need.all.map(numberOf) }
          : { any: need.any.map(numberOf) };
    const key = JSON.stringify(node);
    const number = numbers.get(key) ?? nodes.push(node) - 1;
    numbers.set(key, number);
    return number;
  };
  return { rules: Object.fromEntries(Object.entries(needs).map(([id, need]) => [id, numberOf(need)])), nodes };
}
