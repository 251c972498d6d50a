import { LineStarts } from './lineStarts';

/** A comment in a file; its text excludes the delimiters. */
export interface Comment {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly endLine: number;
  /** Whether its lines contain nothing but comments. */
  readonly isAlone: boolean;
}

/** A language's syntax for comments and strings. */
interface Syntax {
  /** Starts a comment up to the end of the line. */
  readonly line: readonly string[];
  readonly block: readonly (readonly [string, string])[];
  /** Single-line strings, with backslash escapes unless {@link doubled}. */
  readonly quotes: readonly string[];
  /** Multi-line strings, the longest delimiters first. */
  readonly long?: readonly (readonly [string, string])[];
  /**
   * Matches a whole string whose end depends on its start, or other code in which delimiters have no meaning. Its last alternative, `open`,
   * matches the start of those whose end may be far away. Sticky.
   */
  readonly whole?: RegExp;
  /** Whether there are regular expressions between slashes. */
  readonly regex?: boolean;
  /** Whether a string in backticks may contain code, which may contain more of them. */
  readonly templates?: boolean;
  /** Whether block comments nest. */
  readonly nested?: boolean;
  /** Whether a quote in a string is escaped by doubling it, and a backslash is only a backslash. */
  readonly doubled?: boolean;
  /** Whether a comment starts only after white space, as in a shell, where `$#` and `a#b` are not comments. */
  readonly spaced?: boolean;
}

const slashes: Syntax = { line: ['//'], block: [['/*', '*/']], quotes: ['"', "'"] };
const text3 = ['"""', '"""'] as const;
const apostrophes3 = ["'''", "'''"] as const;
const tick = ['`', '`'] as const;
const javascript: Syntax = { ...slashes, templates: true, regex: true };
/** Text between brackets of any kind, or between bars. */
const bracketed = String.raw`(?:\([^)]*\)|\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\|[^|]*\|)`;
const hashes: Syntax = { line: ['#'], block: [], quotes: ['"', "'"] };
const shell: Syntax = { ...hashes, spaced: true };
const markup: Syntax = {
  line: [],
  block: [
    ['<!--', '-->'],
    ['<%--', '--%>'],
    ['<%#', '%>'],
    ['{{!--', '--}}'],
    ['{{--', '--}}'],
    ['{{!', '}}'],
    ['{#', '#}'],
    ['@*', '*@'],
    ['/*', '*/'],
  ],
  quotes: [],
  // An HTML comment in an attribute's value, or in a string of a script, does not count.
  whole:
    /(?<=[\w\]).:-]\s?)=\s*(?:"[^"\n]*<!--[^"\n]*"|'[^'\n]*<!--[^'\n]*')|<!\[CDATA\[[^]*?\]\]>|(?<open><!\[CDATA\[)/y,
};
const dashes: Syntax = { line: ['--'], block: [['/*', '*/']], quotes: ["'", '"'], doubled: true };
const semicolons: Syntax = { line: [';'], block: [], quotes: ['"'] };
const percents: Syntax = { line: ['%'], block: [['%{', '%}']], quotes: ['"'] };

const byExtension: Readonly<Record<string, Syntax>> = Object.fromEntries(
  (
    [
      ['js jsx mjs cjs ts tsx mts cts', javascript],
      ['java', { ...slashes, long: [text3] }],
      ['kt kts scala sc', { ...slashes, long: [text3], nested: true }],
      ['swift', { ...slashes, long: [text3], nested: true, whole: /(#+)"[^]*?"\1|(?<open>#+")/y }],
      ['dart', { ...slashes, long: [text3, apostrophes3], nested: true }],
      ['groovy gradle', { ...slashes, long: [text3, apostrophes3], regex: true }],
      ['bicep', { ...slashes, long: [apostrophes3] }],
      ['go', { ...slashes, long: [tick] }],
      ['c h cc cpp cxx hpp hh ino cu m mm', { ...slashes, whole: /R"([^()\\\s]{0,16})\([^]*?\)\1"|(?<open>R")/y }],
      ['proto thrift v sv sol less scss sass json jsonc json5 css', slashes],
      ['zig', { ...slashes, whole: /\\\\[^\n]*/y }],
      [
        'rs',
        {
          ...{ ...slashes, quotes: [], nested: true },
          // Strings span lines; an apostrophe may also start a lifetime.
          whole: /r(#+)"[^]*?"\1|r"[^"]*"|"[^"\\]*(?:\\[^][^"\\]*)*"|'(?:[^'\\\n]|\\[^\n]{1,9}?)'|(?<open>r?#*")/y,
        },
      ],
      [
        'cs csx fs fsx',
        {
          ...{ ...slashes, block: [...slashes.block, ['(*', '*)']], long: [text3] },
          whole: /(?:@\$?|\$@)"[^"]*(?:""[^"]*)*"|(?<open>[@$]+")/y,
        },
      ],
      [
        'php phtml inc',
        {
          ...{ ...slashes, line: ['//', '#'], block: [...slashes.block, ['<!--', '-->'], ['{{--', '--}}']] },
          whole: /<<<[ \t]*(["']?)(\w+)\1\r?\n[^]*?^[ \t]*\2\b|(?<open><<<)/my,
        },
      ],
      ['tf tfvars hcl nomad', { ...slashes, line: ['#', '//'] }],
      ['py pyi pyw bzl star', { ...hashes, long: [text3, apostrophes3] }],
      [
        'rb rbw rake gemspec cr',
        {
          ...{ ...hashes, block: [['=begin', '=end']], regex: true },
          // Here documents start below their line, the rest of which is code.
          whole: new RegExp(
            String.raw`(?=\n)(?<=<<[~-]["'\`]?(\w+)\b[^\n]*)\n[^]*?^[ \t]*\1$|%[qQwWiI]${bracketed}|(?<![\w?)])\?#(?!\{)|(?<open>(?=\n)(?<=<<[~-]["'\`]?\w[^\n]*)\n|%[qQwWiI][([{<|])`,
            'my',
          ),
        },
      ],
      [
        'ex exs',
        {
          ...hashes,
          long: [text3, apostrophes3],
          whole: new RegExp(String.raw`~[a-zA-Z]+${bracketed}|(?<open>~[a-zA-Z]+[([{<|])`, 'y'),
        },
      ],
      [
        'pl pm',
        {
          ...{ ...hashes, regex: true },
          block: [
            ['=pod', '=cut'],
            ['=head', '=cut'],
            ['=begin', '=cut'],
          ],
          whole: new RegExp(String.raw`(?<![\w$%@&>{-])q[qwrx]?\s*${bracketed}|\$#|(?<open>q[qwrx]?\s*[([{<|])`, 'y'),
        },
      ],
      ['jl', { ...hashes, block: [['#=', '=#']], long: [text3] }],
      ['mk', { ...hashes, whole: /\\#/y }],
      ['t r nix tcl awk cmake nim graphql gql', { ...hashes, long: [text3] }],
      ['toml', { ...hashes, long: [text3, apostrophes3] }],
      ['rego', { ...shell, long: [tick] }],
      ['sh bash zsh ksh bats fish yml yaml conf cfg properties env dockerfile', shell],
      [
        'ps1 psm1 psd1',
        { ...hashes, block: [['<#', '#>']], whole: /@"\r?\n[^]*?\n"@|@'\r?\n[^]*?\n'@|(?<open>@["']\r?\n)/y },
      ],
      ['sql', dashes],
      [
        'lua',
        {
          line: ['--'],
          block: [
            ['--[[', ']]'],
            ['--[=[', ']=]'],
            ['--[==[', ']==]'],
          ],
          ...{ quotes: ['"', "'"], long: [['[[', ']]']], whole: /\[(=+)\[[^]*?\]\1\]|(?<open>\[=+\[)/y },
        },
      ],
      ['hs elm', { line: ['--'], block: [['{-', '-}']], quotes: ['"'], nested: true }],
      ['ada adb ads vhd vhdl', { line: ['--'], block: [], quotes: ['"'], doubled: true }],
      ['clj cljs cljc lisp el scm rkt', { ...semicolons, whole: /\\./y }],
      ['asm s', semicolons],
      ['ini', { line: [';', '#'], block: [], quotes: [], spaced: true }],
      ['erl hrl', { ...percents, whole: /\$./y }],
      ['tex', { ...percents, whole: /\\./y }],
      ['pro', percents],
      ['ml mli pas pp', { line: ['//'], block: [['(*', '*)']], quotes: ['"'], nested: true }],
      ['vb vbs bas cls', { line: ["'"], block: [], quotes: ['"'], doubled: true }],
      ['bat cmd', { line: ['::', 'REM ', 'rem '], block: [], quotes: [] }],
      ['f f90 f95 f03', { line: ['!'], block: [], quotes: ['"', "'"], doubled: true }],
      [
        'html htm xhtml xml xsl xslt svg vue svelte astro md markdown erb ejs jsp jspx aspx ascx cshtml razor hbs mustache j2 jinja jinja2 twig njk csproj config plist',
        markup,
      ],
      ['pug jade haml slim', { line: ['//', '-#', '/ '], block: [], quotes: [] }],
    ] satisfies [string, Syntax][]
  ).flatMap(([names, syntax]) => names.split(' ').map((name) => [name, syntax])),
);

const byName: readonly (readonly [RegExp, Syntax])[] = [
  [/^(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?$/i, shell],
  [/^(?:Makefile|GNUmakefile)$/i, { ...hashes, whole: /\\#/y }],
  [/^(?:Justfile|Vagrantfile|Gemfile|Rakefile|Brewfile|Podfile|Fastfile)$/i, hashes],
  [/^Jenkinsfile/i, { ...slashes, long: [text3] }],
  [/^\.(?:env|npmrc|yarnrc|gitignore|dockerignore|envrc|bashrc|profile)/i, shell],
];

/** Any language's comments, for unknown languages. */
const unknown: Syntax = {
  line: ['#', '//', '--', ';', '%'],
  block: [
    ['/*', '*/'],
    ['<!--', '-->'],
  ],
  quotes: ['"'],
  spaced: true,
};

/** Scripts, styles and code in markup have their own comment syntax. */
const inMarkup = /<(?:script|style)\b|<\?php|<\?=|<%(?![%#-]|--)[=-]?/gi;

function syntaxOf(path: string): Syntax {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const named = byName.find(([pattern]) => pattern.test(name))?.[1];
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return named ?? (Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined) ?? unknown;
}

/** The comments in a file of any language, in order. Text inside strings does not count. */
export function commentsOf(path: string, text: string): Comment[] {
  const lines = new LineStarts(text);
  const syntax = syntaxOf(path);
  const spans = spansOf(text, syntax);
  if (syntax === markup)
    for (const [start, end] of sectionsOf(text))
      for (const { start: at, end: to, ...inner } of spansOf(
        text.slice(start, end),
        text.startsWith('%>', end) && /\.(?:erb|rhtml)$/i.test(path) ? hashes : javascript,
      ))
        spans.push({ start: start + at, end: start + to, from: start + inner.from, to: start + inner.to });
  // A block comment in a script was found twice.
  const known = new Set<number>();
  const unique = spans.sort((a, b) => a.start - b.start).filter(({ start }) => !known.has(start) && known.add(start));
  const code = text.split('');
  for (const { start, end } of unique) code.fill(' ', start, end);
  const left = code.join('');
  const blank = new Map<number, boolean>();
  const isBlank = (line: number) => {
    // A line may contain thousands of comments.
    const is = blank.get(line) ?? /^[\s{}]*$/.test(left.slice(lines.start(line), lines.start(line + 1)));
    blank.set(line, is);
    return is;
  };
  return unique.map(({ start, end, from, to }) => {
    const [line, endLine] = [lines.at(start), lines.at(Math.max(start, end - 1))];
    return { text: text.slice(from, to), line, endLine, isAlone: isBlank(line) && isBlank(endLine) };
  });
}

/** Where the scripts, styles and PHP sections in markup start and end, without their tags. One that is not closed extends to the end. */
function sectionsOf(text: string): [number, number][] {
  const sections: [number, number][] = [];
  const tags = new RegExp(inMarkup);
  for (let tag = tags.exec(text); tag; tag = tags.exec(text)) {
    const isElement = !/^<[?%]/.test(tag[0]);
    const opened = isElement ? text.indexOf('>', tags.lastIndex) + 1 : tags.lastIndex;
    if (opened === 0) break;
    const close = isElement ? new RegExp(`</${tag[0].slice(1)}`, 'gi') : tag[0].startsWith('<%') ? /%>/g : /\?>/g;
    close.lastIndex = opened;
    const end = close.exec(text)?.index ?? text.length;
    sections.push([opened, end]);
    tags.lastIndex = end;
  }
  return sections;
}

interface Span {
  /** Range of the whole comment. */
  readonly start: number;
  readonly end: number;
  /** Range of its text. */
  readonly from: number;
  readonly to: number;
}

function spansOf(text: string, syntax: Syntax): Span[] {
  const spans: Span[] = [];
  const { line: lineMarks, block, quotes, long = [], doubled = false, spaced = false } = syntax;
  const whole = syntax.whole && new RegExp(syntax.whole);
  /** How many more failed searches are allowed, since each may scan the rest of the text. */
  let tries = maxTries;
  /** By opening delimiter, up to where a string is known to be unclosed, so that it is not searched from each delimiter again. */
  const unclosed = new Map<string, number>();
  let at = 0;
  while (at < text.length) {
    const here = (mark: string) => text.startsWith(mark, at);
    if (whole && tries > 0) {
      whole.lastIndex = at;
      const found = whole.exec(text);
      if (found?.groups?.['open'] !== undefined) tries -= 1;
      else if (found) {
        at += found[0].length;
        continue;
      }
    }
    const opened = block.find(([open]) => here(open) && (!open.startsWith('=') || isLineStart(text, at)));
    if (opened) {
      const [open, close] = opened;
      const found =
        syntax.nested === true ? endOfNested(text, at + open.length, opened) : text.indexOf(close, at + open.length);
      const to = found < 0 ? text.length : found;
      const end = Math.min(text.length, to + close.length);
      spans.push({ start: at, end, from: at + open.length, to });
      at = end;
      continue;
    }
    const mark = lineMarks.find(here);
    if (mark !== undefined && isComment(text, at, mark, spaced)) {
      const end = endOfLine(text, at);
      spans.push({ start: at, end, from: at + mark.length, to: end });
      at = end;
      continue;
    }
    if (syntax.regex === true && here('/')) {
      at = beginsRegex(text, at) ? endOfRegex(text, at) : at + 1;
      continue;
    }
    const isTemplate = syntax.templates === true && here('`');
    const longer = long.find(([open]) => here(open));
    const quote = isTemplate ? '`' : (longer?.[0] ?? quotes.find(here));
    if (quote === undefined) {
      at += 1;
      continue;
    }
    const isOpen = at < (unclosed.get(quote) ?? 0);
    const endOf = () =>
      isTemplate ? endOfTemplate(text, at) : longer ? endOfLong(text, at, longer) : endOfString(text, at, doubled);
    const string = isOpen ? undefined : endOf();
    if (string && !string.isClosed) unclosed.set(quote, string.end);
    // A string that is never closed is not a string.
    at = string?.isClosed === true ? string.end : at + quote.length;
  }
  return spans;
}

/** Maximum unclosed strings in one file. */
const maxTries = 100;

/** Where a nesting comment ends: the position of its closing delimiter; -1 if there is none. */
function endOfNested(text: string, from: number, [open, close]: readonly [string, string]): number {
  const marks = new RegExp([open, close].map((mark) => mark.replace(/\W/g, '\\$&')).join('|'), 'g');
  marks.lastIndex = from;
  let depth = 1;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    depth += mark[0] === open ? 1 : -1;
    if (depth === 0) return mark.index;
  }
  return -1;
}

/** How far back to look for the meaning of a slash. */
const lookBack = 200;

/** Whether a slash starts a regular expression: it does where a value may start, rather than divide. */
function beginsRegex(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - lookBack), at).trimEnd();
  return /(?:^|[(,=:[!&|?{;+*%^~-]|(?<![\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|if|unless|when|and|or|not))$/.test(
    before,
  );
}

/** The end of a regular expression; the next character if it does not end on its line. */
function endOfRegex(text: string, at: number): number {
  let isClass = false;
  for (let end = at + 1; end < text.length; end += 1) {
    const char = text.charAt(end);
    if (char === '\n' || char === '\r') break;
    if (char === '\\') end += 1;
    else if (char === '[') isClass = true;
    else if (char === ']') isClass = false;
    else if (char === '/' && !isClass) return end + 1;
  }
  return at + 1;
}

/** The end of a string in backticks, including the code in it and the strings in that. */
function endOfTemplate(text: string, at: number): StringEnd {
  /** By nesting level: a template, or the number of open braces in its code. */
  const levels: ('text' | number)[] = ['text'];
  for (let end = at + 1; end < text.length; end += 1) {
    const char = text.charAt(end);
    const level = levels.at(-1);
    if (char === '\\') end += 1;
    else if (level === 'text') {
      if (char === '`') {
        levels.pop();
        if (levels.length === 0) return { end: end + 1, isClosed: true };
      } else if (char === '$' && text[end + 1] === '{') {
        levels.push(0);
        end += 1;
      }
    } else if (level !== undefined) {
      if (char === '`') levels.push('text');
      else if (char === '{') levels[levels.length - 1] = level + 1;
      else if (char === '}' && level === 0) levels.pop();
      else if (char === '}') levels[levels.length - 1] = level - 1;
      else if (char === '"' || char === "'") {
        const string = endOfString(text, end, false);
        if (string.isClosed) end = string.end - 1;
      }
    }
  }
  return { end: text.length, isClosed: false };
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === '\n' || text[at - 1] === '\r';
}

function isComment(text: string, at: number, mark: string, spaced: boolean): boolean {
  const before = text[at - 1] ?? '\n';
  // `https://` is a URL, even in languages without quotes around it.
  if (mark === '//' && before === ':') return false;
  if (/^rem $|^::$/i.test(mark)) {
    let start = at;
    while (start > 0 && ' \t@'.includes(text.charAt(start - 1))) start -= 1;
    return isLineStart(text, start);
  }
  return !spaced || /\s/.test(before);
}

function endOfLine(text: string, at: number): number {
  for (let end = at; end < text.length; end += 1) if (text[end] === '\n' || text[end] === '\r') return end;
  return text.length;
}

/** Where a string ends, or the search for its end stops. */
interface StringEnd {
  readonly end: number;
  readonly isClosed: boolean;
}

function endOfLong(text: string, at: number, [open, close]: readonly [string, string]): StringEnd {
  for (let end = at + open.length; end < text.length; end += 1) {
    if (text.charAt(end) === '\\') end += 1;
    else if (text.startsWith(close, end)) return { end: end + close.length, isClosed: true };
  }
  return { end: text.length, isClosed: false };
}

/** The end of a string. A quote that is not closed on its line does not start one: an apostrophe, a Rust lifetime, a regular expression. */
function endOfString(text: string, at: number, doubled: boolean): StringEnd {
  const quote = text.charAt(at);
  let end = at + 1;
  for (; end < text.length; end += 1) {
    const char = text.charAt(end);
    if (char === '\n' || char === '\r') break;
    if (char === '\\' && !doubled) end += 1;
    else if (char === quote) return { end: end + 1, isClosed: true };
  }
  return { end, isClosed: false };
}

/** The delimiters for writing a comment in a file; undefined if its language has none, or is unknown. */
export function commentMarks(path: string): readonly [string, string] | undefined {
  const syntax = syntaxOf(path);
  if (syntax === unknown || /\.json$/i.test(path)) return undefined;
  const [line] = syntax.line;
  return line === undefined ? syntax.block[0] : [line, ''];
}
