// Holds the cost of the pattern rules to the size of a file. `node test/support/ruleCost.mjs [-v] [--built] [--wide] [--shape SHAPE] [language ...]` prints the
// CPU time of ast-grep, with all rules of a language, over machine-made files of 0.25 and 0.5 MB; it fails where that grows more than in proportion, and names the
// rules. With -v it prints the dearest rules, too. --built: with the rules in `dist/`. The unit suite runs it.
// It measures what a scan ends with, where the first try with more reach (--wide) is too much work within its budget.
// The files are made of the snippets in test/rules, again and again with other names: in functions of their own, at the top level, all in one function, and
// as methods of one class.
import { spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { compileRules } from '../../src/engines/patterns/compileRules.mjs';
import { languageSuffix } from '../../src/engines/patterns/ruleSchema.mjs';
import { writeLooseRules } from './looseRules.mjs';
import { patience } from './patience.mjs';
import { astGrepBinary } from './ruleCheck.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const sources = join(root, 'src/rules/patterns');

/**
 * How to assemble a file. `functions`: each snippet in its own function. `top`: outside functions. `long`: in one function. `class`: in
 * methods of one class.
 */
const shapes = ['functions', 'top', 'long', 'class'];

/**
 * By the folder of the rules: the language, how a function and a class are written, and what tells that a snippet cannot stand in a function. Languages
 * without functions have neither.
 */
export const languages = {
  bash: { language: 'Bash', fn: (name) => [`${name}() {`, '}'] },
  c: { language: 'C', fn: (name) => [`void ${name}(char *input, int count) {`, '}'] },
  csharp: {
    language: 'CSharp',
    fn: (name) => [`public void ${name}(string input, HttpRequest request) {`, '}'],
    type: (name) => [`class ${name} {`, '}'],
  },
  elixir: {
    language: 'Elixir',
    fn: (name) => [`def ${name}(conn, params) do`, 'end'],
    type: (name) => [`defmodule ${name} do`, 'end'],
  },
  go: {
    language: 'Go',
    header: 'package p\n',
    fn: (name) => [`func ${name}(w http.ResponseWriter, r *http.Request) {`, '}'],
  },
  hcl: { language: 'Hcl' },
  html: { language: 'Html' },
  java: {
    language: 'Java',
    fn: (name) => [`public void ${name}(HttpServletRequest request, String input) {`, '}'],
    type: (name) => [`class ${name} {`, '}'],
  },
  javascript: {
    language: 'JavaScript',
    fn: (name, isMethod) => [`${isMethod ? '' : 'function '}${name}(req, res, input) {`, '}'],
    type: (name) => [`class ${name} {`, '}'],
  },
  kotlin: {
    language: 'Kotlin',
    fn: (name) => [`fun ${name}(request: HttpServletRequest, input: String) {`, '}'],
    type: (name) => [`class ${name} {`, '}'],
  },
  php: {
    language: 'Php',
    header: '<?php\n',
    fn: (name) => [`function ${name}($request, $input) {`, '}'],
    type: (name) => [`class ${name} {`, '}'],
  },
  python: {
    language: 'Python',
    indents: true,
    fn: (name) => [`def ${name}(request, value):`, ''],
    type: (name) => [`class ${name}:`, ''],
  },
  ruby: { language: 'Ruby', fn: (name) => [`def ${name}(input)`, 'end'], type: (name) => [`class ${name}`, 'end'] },
  rust: { language: 'Rust', fn: (name) => [`fn ${name}(input: &str) {`, '}'], type: (name) => [`impl ${name} {`, '}'] },
  scala: {
    language: 'Scala',
    fn: (name) => [`def ${name}(request: Request, input: String) = {`, '}'],
    type: (name) => [`class ${name} {`, '}'],
  },
  solidity: {
    language: 'Solidity',
    fn: (name) => [`function ${name}(address to, uint256 amount) public {`, '}'],
    type: (name) => [`contract ${name} {`, '}'],
  },
  swift: {
    language: 'Swift',
    fn: (name) => [`func ${name}(req: Request, input: String) {`, '}'],
    type: (name) => [`class ${name} {`, '}'],
  },
  yaml: { language: 'Yaml' },
};

const groups = Object.keys(languages);

/** Lines that belong at the top of a file. */
const isHeader =
  /^\s*(?:import\b.*|from\s+[\w.]+\s+import\b.*|package\s+[\w.]+;?|using\s+[\w.]+;|use\s+[\w\\:{}, ]+;|#include\b.*|<\?php\b|pragma\s.*|(?:const|let|var)\s.*=\s*require\(.*)\s*$/;
/** What cannot be inside a function. */
const isDeclaration =
  /^\s*(?:@\w|\[\w+\]\s*$|#\[|(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|sealed|open|override|data|pub|unsafe|case)\s+)*(?:class|interface|struct|enum|trait|impl|namespace|module|defmodule|object|contract|library|func|fn|fun|def|defp|function|sub|record|type|void|template|extension|modifier|event|mod|static)\b)/m;
/** A snippet that is a single function in braces, whose body can be placed in another. */
const oneFunction = /^[^{};]*\)[^{};]*\{(?<body>[^]*)\}\s*$/;
const inClass = /^[^{}();]*\b(?:class|object)\b[^{}();]*\{(?<body>[^]*)\}\s*$/;

const snippetsByGroup = new Map();

/** The snippets of a group, split into the lines that must be at the top of a file and the rest. */
function snippetsOf(group) {
  const known = snippetsByGroup.get(group) ?? readSnippets(group);
  snippetsByGroup.set(group, known);
  return known;
}

async function readSnippets(group) {
  const folder = join(root, 'test/rules', group);
  const texts = [];
  for (const name of (await readdir(folder)).sort()) {
    const fixture = parse(await readFile(join(folder, name), 'utf8'));
    for (const entry of [...(fixture.invalid ?? []), ...(fixture.valid ?? [])]) {
      if (entry.language !== undefined && entry.language !== languages[group].language) continue;
      texts.push(entry.code ?? entry);
    }
  }
  return texts.map((text) => {
    const lines = text.split('\n');
    const header = lines.filter((line) => isHeader.test(line));
    const body = lines
      .filter((line) => !isHeader.test(line))
      .join('\n')
      .trimEnd();
    return { header, body, statements: statementsOf(body, languages[group].indents) };
  });
}

/** The statements of a snippet that can be placed in another function; undefined if there are none. */
function statementsOf(body, indents) {
  if (!isDeclaration.test(body)) return body;
  if (indents) return undefined;
  const methods = inClass.exec(body)?.groups?.body ?? body;
  const inner = oneFunction.exec(methods.trim())?.groups?.body;
  return inner === undefined || isDeclaration.test(inner) ? undefined : inner;
}

/** The text with the names that it assigns numbered. */
function renamed(text, number) {
  const names = new Set([...text.matchAll(/(?<![\w.$'"-])([a-z_]\w*)(?=\s*:?=(?![=>]))/g)].map((match) => match[1]));
  if (names.size === 0) return text;
  return text.replace(
    new RegExp(`(?<![\\w."'-])(?:${[...names].join('|')})(?![\\w"'-])`, 'g'),
    (name) => `${name}_${number}`,
  );
}

const indented = (text) => text.replace(/^(?=.)/gm, '    ');

/**
 * A file in a language, of about this many characters.
 * @param {string} group the folder of its rules
 * @param {number} size
 * @param {string[]} [which] {@link shapes}; each takes the same share
 */
export async function machineMade(group, size, which = shapes) {
  const { header = '', fn, type, indents, language } = languages[group];
  const snippets = await snippetsOf(group);
  const top = [...new Set(snippets.flatMap((one) => one.header))].filter(
    (line) => !/^\s*(?:package\b|<\?php)/.test(line),
  );
  const parts = [`${header}${top.join('\n')}\n`];
  const pieces = fn === undefined ? ['top'] : which.filter((shape) => shape !== 'class' || type !== undefined);
  let number = 0;
  const share = (size - parts[0].length) / pieces.length;
  const fill = (usable, write) => {
    if (usable.length === 0) return;
    for (let length = 0; length < share;) {
      const text = write(usable[number % usable.length], number);
      number += 1;
      parts.push(text);
      length += text.length;
    }
  };
  const wrapped = (text, [open, close]) => `${open}\n${indents ? indented(text) : text}\n${close}\n`;
  const inFunctions = snippets.filter((one) => one.statements !== undefined);
  // Scripts are parsed for code that can only be there anyway.
  const atTop = ['CSharp', 'Java', 'Kotlin', 'Scala', 'Rust', 'Go', 'C', 'Solidity', 'Elixir'].includes(language)
    ? snippets.filter((one) => isDeclaration.test(one.body))
    : snippets;
  for (const shape of pieces) {
    if (shape === 'functions') fill(inFunctions, (one, n) => wrapped(renamed(one.statements, n), fn(`f${n}`, false)));
    if (shape === 'top') fill(atTop, (one, n) => `${renamed(one.body, n)}\n${language === 'Yaml' ? '---\n' : ''}`);
    if (shape === 'long') {
      const [open, close] = fn('long', false);
      parts.push(`${open}\n`);
      fill(inFunctions, (one, n) => `${indents ? indented(renamed(one.statements, n)) : renamed(one.statements, n)}\n`);
      parts.push(`${close}\n`);
    }
    if (shape === 'class') {
      const [open, close] = type('Long');
      parts.push(`${open}\n`);
      fill(inFunctions, (one, n) => {
        const text = wrapped(renamed(one.statements, n), fn(`m${n}`, true));
        return indents ? indented(text) : text;
      });
      parts.push(`${close}\n`);
    }
  }
  return parts.join('');
}

/** User CPU time of the processes that this one has waited for, in ms; the elapsed time if that is not available. */
function childrenTime() {
  if (process.platform !== 'linux') return performance.now();
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[13]) * 10;
}

/**
 * @param {string} config of ast-grep
 * @param {string} file
 * @param {number} limitMs after which it is ended, in ms of the clock
 * @returns {number} in ms, by {@link childrenTime}; Infinity when it was ended
 */
export function costOf(config, file, limitMs) {
  const before = childrenTime();
  const run = spawnSync(astGrepBinary(), ['scan', '-c', config, '--json=stream', '--threads=1', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  if (run.signal === 'SIGKILL') return Infinity;
  if (run.status !== 0) throw new Error(`ast-grep ended with ${run.status}: ${run.stderr.slice(0, 2_000)}`);
  return childrenTime() - before;
}

/**
 * The compiled rules; `configOf` writes a configuration of some of them, as a scan has it.
 * @param {string} [built] the folder where they are; they are compiled by default
 */
export async function rulesToMeasure(built) {
  const dir = await mkdtemp(join(tmpdir(), 'codeagent-cost-'));
  const compiled = built ?? join(dir, 'config');
  if (built === undefined) await compileRules(sources, compiled);
  const pack = JSON.parse(await readFile(join(compiled, 'languages.json'), 'utf8'));
  const table = JSON.parse(await readFile(join(compiled, 'rules.json'), 'utf8'));
  const patterns = JSON.parse(await readFile(join(compiled, 'patterns.json'), 'utf8'));
  const loose = join(dir, 'loose');
  await writeLooseRules(compiled, loose);
  const rulesOf = (language) => {
    const rules = pack.languages[language].flatMap((part) => Object.entries(patterns[part].rules));
    return new Map(rules.filter(([id]) => table[id].confidence !== 'low'));
  };
  const configOf = async (language, rules, name = 'all', utils = 'utils') => {
    const folder = join(dir, 'some', utils, language, name);
    await mkdir(join(folder, 'rules'), { recursive: true });
    await writeFile(join(folder, 'rules/rules.yml'), rules.join('---\n'));
    const utilDirs = pack.languages[language].map((part) => join(loose, utils, part));
    const path = join(folder, 'sgconfig.yml');
    await writeFile(path, JSON.stringify({ ruleDirs: ['rules'], utilDirs, languageGlobs: pack.languageGlobs }));
    return path;
  };
  return { dir, rulesOf, configOf, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Characters of the files: half of what a scan reads at most, since the unit suite takes a minute longer with twice as much. */
const sizes = [250_000, 500_000];
/** tree-sitter's YAML parser gives up at line 32,767, in 0.5 MB: a file of twice the size would cost nothing more, and look cheap. */
const sizesWithin = { yaml: [200_000, 400_000] };

/**
 * What rules of a language together take for a file and for one of twice its size, less the start.
 * @param {Awaited<ReturnType<typeof rulesToMeasure>>} measured
 * @param {string} group
 * @param {{ limitMs: number, which?: string[], utils: 'utils' | 'narrow' }} options
 * @param {[string, string][]} [some] rules with their ids; all by default
 */
async function growth(measured, group, { limitMs, which, utils }, some) {
  const { language } = languages[group];
  const rules = some ?? [...(await measured.rulesOf(language))];
  const name = rules.length === 1 ? rules[0][0] : 'all';
  const texts = rules.map(([, text]) => text);
  const config = await measured.configOf(language, texts, name, utils);
  const costs = [];
  for (const size of [0, ...(sizesWithin[group] ?? sizes)]) {
    const file = join(measured.dir, `${group}-${size}.${languageSuffix[language]}`);
    await writeFile(file, await machineMade(group, size, which));
    costs.push(costOf(config, file, limitMs));
  }
  const [start, half, whole] = costs;
  return { half: half - start, whole: whole - start, ratio: (whole - start) / (half - start) };
}

/** The cost of each rule alone, most expensive first. */
async function dearRules(measured, group, options) {
  const costs = [];
  for (const rule of await measured.rulesOf(languages[group].language))
    costs.push({ id: rule[0], ...(await growth(measured, group, options, [rule])) });
  return costs.sort((a, b) => b.whole - a.whole);
}

/** How many times longer the doubled file may take. */
const maxRatio = 3;
/** Ruby's rules for request data take 2.8 times as long on an idle machine, and up to 3.6 on a busy one, until the taint engine replaces them. */
const knownRatios = { ruby: 4.5 };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const shapeAt = args.indexOf('--shape');
  const which = shapeAt < 0 ? undefined : args.splice(shapeAt, 2).slice(1);
  const only = args.filter((arg) => !arg.startsWith('-'));
  const options = { limitMs: patience(30_000), which, utils: args.includes('--wide') ? 'utils' : 'narrow' };
  const measured = await rulesToMeasure(args.includes('--built') ? join(root, 'dist/ast-grep') : undefined);
  try {
    for (const group of only.length > 0 ? only : groups) {
      const isOver = ({ ratio }) => !(ratio < (knownRatios[group] ?? maxRatio));
      let cost = await growth(measured, group, options);
      // The measurement may have been disturbed by other load.
      for (let tries = 1; isOver(cost) && tries < 3; tries += 1) cost = await growth(measured, group, options);
      console.log(`${group}: ${cost.half} ms, ${cost.whole} ms, ratio ${cost.ratio.toFixed(2)}`);
      const over = isOver(cost);
      if (over) process.exitCode = 1;
      if (!over && !args.includes('-v')) continue;
      for (const one of (await dearRules(measured, group, options)).slice(0, 20))
        console.log(`  ${one.id}: ${one.half} ms, ${one.whole} ms, ratio ${one.ratio.toFixed(2)}`);
    }
  } finally {
    await measured.remove();
  }
}
