import type { AstGrepMatch } from './match';

/** Lines of a function beyond which the rules do not follow its values: as `too-long` in the rules' _utils.yml, and as compileRules.mjs has it. */
const longFunction = 1_000;

/** Functions, in languages whose rules leave the long ones out. */
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
 * Languages of which a file is told when most of it is no program text. Not those whose files are templates for the most part, or are known to go beyond
 * what the grammar knows: macros of C, and shells of several kinds.
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

/** Signs of a template engine: such a file is not meant to be code as it stands. */
const template = /\{%|\{\{|<%|<\?(?:php|=)|\$\{\{/;

const unparsed = 'codeagent-unparsed';
const inPart = 'codeagent-long-function';

/** Rules, as ast-grep reads them, that find no defects but what of these files cannot be searched. */
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

/** Gathers what the markers find. */
export class Marks {
  /** Bytes that the parser made nothing of, by file. */
  readonly #unparsed = new Map<string, number>();
  readonly #inPart = new Set<string>();

  /** Takes a marker's match. @returns false for another rule's */
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
   * The gaps of a file. Over half of its bytes: parsers go on behind a mistake, and a newer word of the language or a macro costs a line or a block;
   * a file that is not of its language is lost from the first lines on.
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
