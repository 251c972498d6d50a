import type { AstGrepMatch } from './match';

/**
 * Rules do not follow values in functions with more lines than this. The same number is in `too-long` of the rules' _utils.yml and in
 * compile.mjs.
 */
const longFunction = 1_000;

/** The node kinds of functions, for languages whose rules skip long ones. */
const functions: Readonly<Record<string, readonly string[]>> = {
  Bash: ['function_definition'],
  C: ['function_definition'],
  Cpp: ['function_definition'],
  CSharp: ['method_declaration', 'constructor_declaration', 'local_function_statement'],
  Go: ['function_declaration', 'method_declaration', 'func_literal'],
  Java: ['method_declaration', 'constructor_declaration'],
  Kotlin: ['function_declaration'],
  Php: ['function_definition', 'method_declaration'],
  Python: ['function_definition'],
  Ruby: ['method', 'singleton_method'],
  Rust: ['function_item'],
  Scala: ['function_definition'],
  Solidity: ['function_definition'],
  Swift: ['function_declaration', 'init_declaration'],
};

/**
 * Languages for which a file that is mostly not valid code becomes a gap. Not those whose files are often templates or go beyond the grammar, such
 * as C with its macros and the dialects of shells.
 */
const strict = new Set([
  'CSharp',
  'Elixir',
  'Go',
  'Java',
  'JavaScript',
  'Kotlin',
  'Php',
  'Python',
  'Ruby',
  'Rust',
  'Tsx',
  'TypeScript',
]);

/** Signs of a template engine, whose files are not meant to be valid code. */
const template = /\{%|\{\{|<%|<\?(?:php|=)|\$\{\{/;

const unparsed = 'codeagent-unparsed';
const inPart = 'codeagent-long-function';

/** ast-grep rules that find no defects, but the parts of these files that cannot be searched. */
export function markersOf(language: string, globs: readonly string[]): string[] {
  const marker = (id: string, rule: object) =>
    JSON.stringify({ id, language, severity: 'warning', message: id, files: globs, rule });
  const kinds = functions[language]?.map((kind) => ({ kind }));
  return [
    ...(strict.has(language)
      ? [marker(unparsed, { kind: 'ERROR', not: { inside: { stopBy: 'end', kind: 'ERROR' } } })]
      : []),
    ...(kinds ? [marker(inPart, { any: kinds, regex: String.raw`^(?:[^\n]*\n){${longFunction}}` })] : []),
  ];
}

/** Collects the matches of the markers. */
export class Marks {
  /** Bytes that could not be parsed, by file. */
  readonly #unparsed = new Map<string, number>();
  readonly #inPart = new Set<string>();

  /** Records a marker's match. @returns false for a match of any other rule */
  take({ ruleId, file, range, lines }: AstGrepMatch): boolean {
    const path = file.replaceAll('\\', '/').replace(/^\.\//, '');
    if (ruleId === inPart) this.#inPart.add(path);
    else if (ruleId === unparsed) {
      if (template.test(lines)) return true;
      const { start, end } = range.byteOffset;
      this.#unparsed.set(path, (this.#unparsed.get(path) ?? 0) + end - start);
    } else return false;
    return true;
  }

  /**
   * The gaps of a file. It counts as unparsed if over half of its bytes are: parsers recover from an error, and an unknown keyword or a macro costs
   * a line or a block, but a file in another language is lost from its first lines on.
   */
  gapsOf({
    path,
    size,
  }: {
    readonly path: string;
    readonly size: number;
  }): { kind: 'unparsed' | 'unfinished'; reason: string }[] {
    const isLost = 2 * (this.#unparsed.get(path) ?? 0) > size;
    return [
      ...(isLost
        ? [
            {
              kind: 'unparsed' as const,
              reason: 'Files that are mostly not valid code of their language were searched only in part.',
            },
          ]
        : []),
      ...(this.#inPart.has(path)
        ? [
            {
              kind: 'unfinished' as const,
              reason: `Functions of more than ${longFunction} lines were searched only in part.`,
            },
          ]
        : []),
    ];
  }
}
