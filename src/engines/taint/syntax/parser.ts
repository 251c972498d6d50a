import { join } from 'node:path';
import { Language, Parser } from '@vscode/tree-sitter-wasm';
import { readWasm } from '../../engine/wasm';
import type { GrammarName } from './grammars';
import { Grammar, type SyntaxNode } from './tree';

/** Parses files into syntax trees. */
export class SyntaxParser {
  readonly #parser = new Parser();
  readonly #grammars = new Map<GrammarName, Grammar>();

  private constructor() {}

  /**
   * @param folder contains tree-sitter.wasm and the grammars
   * @param wanted the grammars, with the types of their nodes that have no children of interest
   */
  static async load(
    folder: string,
    wanted: Readonly<Partial<Record<GrammarName, ReadonlySet<string>>>>,
  ): Promise<SyntaxParser> {
    // The types do not have it, the runtime does.
    const runtime = { wasmBinary: readWasm(folder, 'tree-sitter'), locateFile: (file: string) => join(folder, file) };
    await Parser.init(runtime);
    const parser = new SyntaxParser();
    for (const [name, leaves] of Object.entries(wanted) as [GrammarName, ReadonlySet<string>][])
      parser.#grammars.set(name, new Grammar(await Language.load(readWasm(folder, `tree-sitter-${name}`)), leaves));
    return parser;
  }

  /** @returns the root of the tree, and whether there were syntax errors, which the tree steps over */
  parse(grammar: GrammarName, source: string): { root: SyntaxNode; hasErrors: boolean } {
    const known = this.#grammars.get(grammar);
    if (!known) throw new Error(`The grammar ${grammar} was not loaded.`);
    this.#parser.setLanguage(known.language);
    const tree = this.#parser.parse(source);
    if (!tree) throw new Error(`The ${grammar} parser gave up.`);
    try {
      return { root: known.copy(tree), hasErrors: tree.rootNode.hasError };
    } finally {
      tree.delete();
    }
  }
}
