import { join } from 'node:path';
import { Language, Parser } from '@vscode/tree-sitter-wasm';
import { readAssetSync } from '../../../base/asset';
import { Grammar, type SyntaxNode } from './tree';

/** Parses files into syntax trees. */
export class SyntaxParser {
  readonly #parser = new Parser();
  readonly #grammars = new Map<string, Grammar>();

  private constructor(private readonly folder: string) {}

  /**
   * Starts the runtime. Only once per process: otherwise it would forget the grammars loaded earlier.
   * @param folder contains tree-sitter.wasm and the grammars
   */
  static async start(folder: string): Promise<SyntaxParser> {
    // The types omit it, but the runtime has it.
    const runtime = {
      wasmBinary: readAssetSync(join(folder, 'tree-sitter.wasm')),
      locateFile: (file: string) => join(folder, file),
    };
    await Parser.init(runtime);
    return new SyntaxParser(folder);
  }

  /** @param wanted the grammars by name, with the node types whose children are irrelevant */
  async load(wanted: Readonly<Record<string, ReadonlySet<string>>>): Promise<void> {
    for (const [name, leaves] of Object.entries(wanted)) {
      const language = await Language.load(readAssetSync(join(this.folder, `tree-sitter-${name}.wasm`)));
      this.#grammars.set(name, new Grammar(language, leaves));
    }
  }

  /** @returns the root of the tree, and whether there were syntax errors, which the tree skips */
  parse(grammar: string, source: string): { root: SyntaxNode; hasErrors: boolean } {
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
