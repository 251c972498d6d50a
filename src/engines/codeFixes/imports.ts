import type { FileText } from '../../base/fileText';
import type { FixEdit } from '../../protocol';

/** How files of a language start and import. */
interface Header {
  /** Starts an import. */
  readonly import: RegExp;
  /** Starts what must precede the first import: a package clause, a directive, a shebang. */
  readonly first?: RegExp;
  /** Statements over several lines: an expression for the start, and one for the end. */
  readonly spans?: readonly (readonly [from: RegExp, to: RegExp])[];
  /** Whether a blank line precedes the first import. */
  readonly isApart?: boolean;
  /** A single-line comment. */
  readonly comment: RegExp;
  /** Whether a file without such a statement imports the same thing in another way. */
  readonly has?: (statement: string, text: string) => boolean;
  /** The statement in the style of this file's imports; undefined if the file cannot have it. */
  readonly inStyleOf?: (statement: string, text: string) => string | undefined;
}

const slashes = /^\s*\/\//;
const hash = /^#(?!!)/;
const block: readonly [RegExp, RegExp] = [/^\s*\/\*/, /\*\//];

const scripts: Header = {
  import: /^(?:import\b|(?:const|let|var)\s.*\brequire\s*\(|(?:const|let|var)\s*\{\s*$)/,
  first: /^(?:#!|['"]use \w+['"])/,
  spans: [block, [/^import\s*(?:type\s*)?\{[^}]*$/, /\}/], [/^(?:const|let|var)\s*\{[^}]*$/, /\}/]],
  comment: slashes,
  has: hasScriptImport,
  inStyleOf: scriptImport,
};

const headers: Readonly<Record<string, Header>> = {
  C: { isApart: true, import: /^#\s*include\b/, first: /^#\s*pragma once/, spans: [block], comment: slashes },
  Cpp: { isApart: true, import: /^#\s*include\b/, first: /^#\s*pragma once/, spans: [block], comment: slashes },
  CSharp: { isApart: true, import: /^(?:global\s+)?using\s+(?!var\b|\()/, spans: [block], comment: slashes },
  Go: {
    isApart: true,
    import: /^import\b/,
    first: /^package\s/,
    spans: [block, [/^import\s*\(/, /^\)/]],
    comment: slashes,
  },
  Java: {
    ...{ isApart: true, import: /^import\s/, first: /^package\s/, spans: [block], comment: slashes },
    has: (statement, text) => text.includes(statement.replace(/\.\w+;$/, '.*;')),
  },
  JavaScript: scripts,
  Kotlin: {
    ...{ isApart: true, import: /^import\s/, first: /^(?:package\s|@file:)/, spans: [block], comment: slashes },
    has: (statement, text) => new RegExp(`^${escaped(statement.replace(/\w+$/, ''))}\\*`, 'm').test(text),
  },
  Php: {
    isApart: true,
    import: /^use\s/,
    first: /^(?:<\?php|declare\s*\(|namespace\s[^{]*$)/,
    spans: [block],
    comment: /^\s*(?:\/\/|#(?!\[))/,
  },
  Python: {
    import: /^(?:import|from)\s/,
    first: /^(?:#!|#.*coding[:=]|from __future__ |[rRuU]?(?:"""|'''))/,
    spans: [
      [/^[rRuU]?"""(?!.*""")/, /"""/],
      [/^[rRuU]?'''(?!.*''')/, /'''/],
      [/^from\s.*\([^)]*$/, /\)/],
      [/^(?:from|import)\s.*\\$/, /[^\\]$/],
    ],
    comment: /^(?:#|[rRuU]?(?:"""|''').*(?:"""|''')\s*$|[rRuU]?(?:"[^"]*"|'[^']*')\s*$)/,
    has: hasPythonImport,
  },
  Ruby: {
    isApart: true,
    import: /^require(?:_relative)?\b/,
    first: /^(?:#!|# (?:frozen|encoding|-\*-))/,
    comment: hash,
  },
  Rust: {
    isApart: true,
    import: /^use\s/,
    first: /^#!\[/,
    spans: [block, [/^use\s[^;]*$/, /;/]],
    comment: /^\s*\/\//,
    has: hasRustImport,
  },
  Scala: { isApart: true, import: /^import\s/, first: /^package\s/, spans: [block], comment: slashes },
  Swift: { isApart: true, import: /^import\s/, spans: [block], comment: slashes },
  Tsx: scripts,
  TypeScript: scripts,
};

/**
 * The edit that adds an import to a file.
 * @param statement as written in this language, without the line terminator
 * @param language ast-grep's name
 * @returns no edit if the file has the import; undefined if the file cannot have it
 */
export function importEdits(statement: string, language: string, content: FileText): FixEdit[] | undefined {
  const header = headers[language];
  if (!header) return undefined;
  const text = content.text.startsWith('\uFEFF') ? content.text.slice(1) : content.text;
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.some((line) => sameStatement(line, statement)) || header.has?.(statement, text) === true) return [];
  const path = language === 'Go' ? /"[^"]+"/.exec(statement)?.[0] : undefined;
  if (path !== undefined && goPaths(lines).has(path)) return [];
  const written = header.inStyleOf ? header.inStyleOf(statement, text) : statement;
  if (written === undefined) return undefined;
  const end = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  const { after, isImport, group } = placeIn(lines, header);
  if (path !== undefined && group !== undefined) {
    const before = lines.findIndex((line, at) => at > group && comesAfter(line, path));
    return [insertion(before, 1, `\t${path}${end}`)];
  }
  // Before the first line, if nothing has to precede it.
  if (after < 0) return [insertion(0, 1, `${written}${end}`)];
  const gap = isImport || !header.isApart ? '' : end;
  return [insertion(after, (lines[after]?.length ?? 0) + 1, `${end}${gap}${written}`)];
}

function insertion(line: number, column: number, text: string): FixEdit {
  const at = { line: line + 1, column };
  return { start: at, end: at, text };
}

/** The line, from 0, after which an import belongs; -1 before all. `group`: the line where the last import starts, if it is a parenthesized group. */
function placeIn(lines: readonly string[], header: Header): { after: number; isImport: boolean; group?: number } {
  let place: { after: number; isImport: boolean; group?: number } = { after: -1, isImport: false };
  let comments = -1;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const first = at;
    const isFirst = header.first?.test(line) === true;
    const isImport = !isFirst && header.import.test(line);
    const span = header.spans?.find(([from]) => from.test(line));
    if (span) {
      const [from, to] = span;
      if (!to.test(line.replace(from, ''))) while (at < lines.length - 1 && !to.test(lines[(at += 1)] ?? ''));
    } else if (!isFirst && !isImport && line.trim() !== '' && !header.comment.test(line)) break;
    if (isFirst) place = { after: at, isImport: false };
    else if (isImport) place = { after: at, isImport: true, ...(/\(\s*$/.test(line) && { group: first }) };
    else if (line.trim() === '') {
      // A comment about the whole file, which a blank line separates from the code.
      if (!place.isImport && comments >= 0) place = { after: comments, isImport: false };
      comments = -1;
    } else comments = at;
  }
  return place;
}

function sameStatement(line: string, statement: string): boolean {
  const plain = (text: string) => text.replace(/\s+/g, ' ').replace(/;\s*$/, '').trim();
  return plain(line) === plain(statement);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function goPaths(lines: readonly string[]): Set<string> {
  return new Set(lines.flatMap((line) => /^\s*(?:import\s+)?("[^"]+")\s*(?:\/\/.*)?$/.exec(line)?.[1] ?? []));
}

/** Whether a line of an import group ends its first part, or has a path that sorts after this one. */
function comesAfter(line: string, path: string): boolean {
  const other = /"[^"]+"/.exec(line)?.[0];
  return other === undefined ? /^\s*$|^\)/.test(line) : other > path;
}

function hasPythonImport(statement: string, text: string): boolean {
  const [, module, name] = /^from\s+(\S+)\s+import\s+(\w+)$/.exec(statement) ?? [];
  if (module !== undefined && name !== undefined) {
    const lists = text.matchAll(new RegExp(`^from\\s+${escaped(module)}\\s+import\\s+(?:\\(([^)]*)\\)|(.*))`, 'gm'));
    return [...lists].some(([, inside, line]) =>
      (inside ?? line ?? '').split(',').some((one) => one.replace(/#.*/g, '').trim() === name),
    );
  }
  const plain = /^import\s+([\w.]+)$/.exec(statement)?.[1];
  if (plain === undefined) return false;
  return [...text.matchAll(/^import\s+(.+)$/gm)].some(([, list = '']) =>
    list.split(',').some((one) => one.replace(/#.*/, '').trim() === plain),
  );
}

/** For `use a::b;`: whether `use a::{b, c};` or `use a::*;` exists. */
function hasRustImport(statement: string, text: string): boolean {
  const [, module, name] = /^use\s+(.+)::(\w+);$/.exec(statement) ?? [];
  if (module === undefined || name === undefined) return false;
  const lists = text.matchAll(new RegExp(`\\buse\\s+${escaped(module)}::(?:\\{([^;]*)\\}|(\\*))\\s*;`, 'g'));
  return [...lists].some(([, list = '', all]) => all !== undefined || new RegExp(`\\b${name}\\b`).test(list));
}

/** The names and the module of `import { a, b } from 'c';` or `import a from 'c';`. */
function partsOf(statement: string): { names: string[]; isDefault: boolean; module: string } | undefined {
  const [, list, whole, module] =
    /^import\s+(?:\{([^}]*)\}|(?:\*\s+as\s+)?(\w+))\s+from\s+['"]([^'"]+)['"];?$/.exec(statement) ?? [];
  if (module === undefined) return undefined;
  const names = list === undefined ? [whole ?? ''] : list.split(',').map((one) => one.trim());
  return { names, isDefault: list === undefined, module };
}

function hasScriptImport(statement: string, text: string): boolean {
  const parts = partsOf(statement);
  if (!parts) return false;
  const module = `['"](?:node:)?${escaped(parts.module.replace(/^node:/, ''))}['"]`;
  return parts.names.every((name) => {
    const named = parts.isDefault
      ? `(?:\\*\\s+as\\s+)?${name}\\b(?:\\s*,[^'"]*)?`
      : `[^'"]*\\{[^}'"]*\\b${name}\\b(?!\\s+as\\b)[^}'"]*\\}`;
    const required = parts.isDefault ? name : `\\{[^}]*\\b${name}\\b(?!\\s*:)[^}]*\\}`;
    return (
      new RegExp(`\\bimport\\s+${named}\\s*from\\s*${module}`).test(text) ||
      new RegExp(`\\b(?:const|let|var)\\s+${required}\\s*=\\s*require\\s*\\(\\s*${module}`).test(text)
    );
  });
}

/** As `import`, or as `require` if the file uses that; undefined if one of the names is already taken. */
function scriptImport(statement: string, text: string): string | undefined {
  const parts = partsOf(statement);
  if (!parts) return statement;
  const taken = parts.names.some((name) =>
    new RegExp(
      `\\b(?:function\\*?|class|const|let|var)\\s+${name}\\b|\\b(?:const|let|var|import)\\s*\\{[^}]*\\b${name}\\b[^}]*\\}`,
    ).test(text),
  );
  if (taken) return undefined;
  const end = /(?:\bfrom\s*['"][^'"\n]+['"]|\brequire\s*\([^)\n]*\))\s*$/m.test(text) ? '' : ';';
  const quoted = /\b(?:from\s*|require\s*\(\s*)"/.test(text) ? `"${parts.module}"` : `'${parts.module}'`;
  const names = parts.isDefault ? parts.names.join() : `{ ${parts.names.join(', ')} }`;
  const isModule = /^\s*(?:import\b[^(]|export\b)/m.test(text);
  return !isModule && /\brequire\s*\(/.test(text)
    ? `const ${names} = require(${quoted})${end}`
    : `import ${names} from ${quoted}${end}`;
}
