import type { FunctionValue, Module } from '../ir/ir';
import type { Models } from '../models/models';
import type { SyntaxParser } from '../syntax/parser';

/** A language that data is followed in, across files. Each folder of `languages/` has one. */
export interface TaintLanguage {
  /** The name of its models: src/rules/taint/<id>/, dist/taint/<id>.json. */
  readonly id: string;
  /** As its users call it, or them. */
  readonly names: readonly string[];
  /** The first part of its rules' ids: `js` of `js-flow-sql`. */
  readonly prefix: string;
  /** As Markdown names it. */
  readonly fence: string;
  /** The name of a file with an example. */
  readonly example: string;
  /** Whether a file is in this language. `path` is '/'-separated. */
  handles(path: string): boolean;
  /** By their names, as in tree-sitter-<name>.wasm of @vscode/tree-sitter-wasm, each with the types of its nodes that have no children of interest. */
  readonly grammars: Readonly<Record<string, ReadonlySet<string>>>;
  /** What the interpreter has to know of it. @param parser has its grammars */
  create(parser: SyntaxParser): Language;
}

/** Whether data may come into a function: undefined if not; a `callee` is called in its file, and followed after what calls it. */
export type Beginnings = (code: FunctionValue) => 'root' | 'callee' | undefined;

/** What the files of a workspace declare, for a language whose modules are more than one file each. */
export interface FileIndex {
  /** The file of a module that declares a name, and the name there; undefined for a library; `none` if it is no library, but no file declares it. */
  find(
    from: string,
    specifier: string,
    name: string | undefined,
  ): { readonly path: string; readonly name: string } | 'none' | undefined;
  /** The other files that add to what a file declares, such as methods to its types. */
  partsOf(path: string): readonly string[];
}

/** What the interpreter has to know of a language. Implemented in `languages/<language>/`; the interpreter itself knows none. */
export interface Language {
  /** Whether a file is in this language. */
  handles(path: string): boolean;
  /** Lowers a file. @throws if it cannot be parsed at all */
  lower(path: string, source: string): Module;
  /** Whether data may come in, or functions that it comes into be registered, in a file: only such files are followed by themselves. Fast, and by words. */
  mayBegin(source: string, models: Models): boolean;
  /** Of a file that {@link mayBegin}, the functions that data may come into, if that can be told: others are followed where they are called. */
  beginnings?(source: string, models: Models): Beginnings;
  /**
   * The workspace file that an import means.
   * @param from the importing file
   * @param specifier as written
   * @param has whether the workspace has a file
   */
  resolve(from: string, specifier: string, has: (path: string) => boolean): string | undefined;
  /** For a language whose modules are more than one file each: finds the one that declares a name. */
  index?(paths: ReadonlySet<string>, read: (path: string) => string): FileIndex;
  /** The specifier of a module that `name` may be in another, where those are folders: tried if what is imported has no such export. */
  submodule?(specifier: string, name: string): string;
  /** The name that models use for a module outside of the workspace: `fs` for `node:fs`. */
  libraryName(specifier: string): string;
  /** Functions that import a module as an expression: `require`. */
  readonly importFunctions: ReadonlySet<string>;
  /** Variables of each module that stand for its exports (`exports`), or for an object with a field `exports` (`module`). */
  readonly exportNames: { readonly exports?: string; readonly module?: string };
  /** Names under which the global object is known, whose members are globals: `window`. */
  readonly globalObjects: ReadonlySet<string>;
  /** Whether a value really has the type that its variable is declared with. */
  readonly hasCheckedTypes: boolean;
  /** Whether a list or map is copied when it is passed on, so that a function that gets it does not change that of its caller. */
  readonly copiesCollections?: boolean;
  /** Methods of a function value: those of JavaScript by their names, or `invoke` for one that takes the arguments as they are (`apply` of Java's Function). */
  readonly functionMethods: Readonly<Record<string, 'call' | 'apply' | 'bind' | 'invoke'>>;
  /** Functions that run another file where they are called, with the variables that there are: `include`. */
  readonly includeFunctions?: ReadonlySet<string>;
  /**
   * The specifiers of what a file declares for all others, without an import: functions and classes, in small letters. A specifier may list several names,
   * of which the first that is declared counts: `function app\\run run`.
   */
  declaredIn?(source: string): readonly string[];
  /** The types of the parameters of a function that nobody calls, by how it uses them and what they are called; undefined if it is not an entry point. */
  entryShape?(
    uses: readonly ReadonlySet<string>[],
    names: readonly (string | undefined)[],
  ): readonly (string | undefined)[] | undefined;
}
