import type { FunctionValue, Module, Range } from '../ir/ir';
import type { Defect } from '../models/defects';
import type { Models } from '../models/models';
import type { SyntaxParser } from '../syntax/parser';

/** A language whose data flow is followed across files. Each folder of `languages/` has one. */
export interface TaintLanguage {
  /** The name of its models: src/rules/taint/<id>/, dist/taint/<id>.json. */
  readonly id: string;
  /** The name or names that its users know it by. */
  readonly names: readonly string[];
  /** The prefix of its rule IDs: `js` in `js-flow-sql`. */
  readonly prefix: string;
  /** Its name in Markdown. */
  readonly fence: string;
  /** The file name for an example. */
  readonly example: string;
  /** Whether a file is in this language. `path` is '/'-separated. */
  handles(path: string): boolean;
  /** By name, as in tree-sitter-<name>.wasm of @vscode/tree-sitter-wasm, each with the node types whose children are irrelevant. */
  readonly grammars: Readonly<Record<string, ReadonlySet<string>>>;
  /** The interpreter's view of the language. @param parser has its grammars */
  create(parser: SyntaxParser): Language;
}

/** Whether data may enter through a function: undefined if not; a `callee` is called in its file, and followed after its callers. */
export type Beginnings = (code: FunctionValue) => 'root' | 'callee' | undefined;

/** Declarations of a workspace, for a language whose modules span several files. */
export interface FileIndex {
  /**
   * The file of a module that declares a name, and the name there; undefined for a library; `none` if it is not a library, but no file declares it.
   */
  find(
    from: string,
    specifier: string,
    name: string | undefined,
  ): { readonly path: string; readonly name: string } | 'none' | undefined;
  /** The other files that add to a file's declarations, such as methods to its types. */
  partsOf(path: string): readonly string[];
}

/** Finds defects by the shape of functions, whatever is passed to them, and without following them. */
export interface Detector {
  readonly defect: Defect;
  /** Whether a file may have any. Fast, based on words. */
  mayFind(source: string): boolean;
  /** The places where harm is done, and where what does it comes from. */
  find(module: Module): readonly { readonly at: Range; readonly source: Range }[];
  /** What the user reads at the source. */
  readonly title: string;
}

/** What the interpreter needs to know about a language. Implemented in `languages/<language>/`; the interpreter itself knows none. */
export interface Language {
  /** Whether a file is in this language. */
  handles(path: string): boolean;
  /** Lowers a file. @throws if it cannot be parsed at all */
  lower(path: string, source: string): Module;
  /** Whether a file may contain entry points, or register functions as such: only these files are followed by themselves. Fast, based on words. */
  mayBegin(source: string, models: Models): boolean;
  readonly detectors?: readonly Detector[];
  /** In a file that {@link mayBegin}, the entry points, if they can be determined: other functions are followed where they are called. */
  beginnings?(source: string, models: Models): Beginnings;
  /**
   * The workspace file that an import refers to.
   * @param from the importing file
   * @param specifier as written
   * @param has whether the workspace has a file
   */
  resolve(from: string, specifier: string, has: (path: string) => boolean): string | undefined;
  /** For a language whose modules span several files: finds the one that declares a name. */
  index?(paths: ReadonlySet<string>, read: (path: string) => string): FileIndex;
  /** The specifier of a submodule `name`, if modules are folders: tried if the imported module has no such export. */
  submodule?(specifier: string, name: string): string;
  /** The name that models use for a module outside the workspace: `fs` for `node:fs`. */
  libraryName(specifier: string): string;
  /** Functions that import a module as an expression: `require`. */
  readonly importFunctions: ReadonlySet<string>;
  /** Variables of each module that stand for its exports (`exports`), or for an object with a field `exports` (`module`). */
  readonly exportNames: { readonly exports?: string; readonly module?: string };
  /** Names of the global object, whose members are globals: `window`. */
  readonly globalObjects: ReadonlySet<string>;
  /** Whether a value really has the declared type of its variable. */
  readonly hasCheckedTypes: boolean;
  /** Whether lists and maps are copied when passed, so that a function cannot change its caller's. */
  readonly copiesCollections?: boolean;
  /**
   * Methods of a function value: those of JavaScript by name, or `invoke` for one that takes the arguments unchanged (`apply` of Java's Function).
   */
  readonly functionMethods: Readonly<Record<string, 'call' | 'apply' | 'bind' | 'invoke'>>;
  /** Functions that run another file where they are called, with the variables of that scope: `include`. */
  readonly includeFunctions?: ReadonlySet<string>;
  /**
   * The specifiers of what a file declares for all others, without an import: functions and classes, in lower case. A specifier may list
   * several names; the first that is declared counts: `function app\\run run`.
   */
  declaredIn?(source: string): readonly string[];
  /** The types of the parameters of a function that nobody calls, inferred from their use and names; undefined if it is not an entry point. */
  entryShape?(
    uses: readonly ReadonlySet<string>[],
    names: readonly (string | undefined)[],
  ): readonly (string | undefined)[] | undefined;
}
