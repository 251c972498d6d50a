import type { Expression, Range } from '../../ir/ir';
import { nameAt, typed } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import { BlockContext } from '../shared/blockContext';
import type { SourceFile } from '../shared/sourceFile';

/** A class of the file. */
export interface ClassInfo {
  /** The name of its variable: `Outer$Inner`. */
  readonly local: string;
  /** Including its namespace. */
  readonly full: string;
  readonly node: SyntaxNode;
  readonly fields: Map<string, { isStatic: boolean; type: string | undefined }>;
  /** Its methods, and whether they are static. */
  readonly methods: Map<string, boolean>;
  /** Its nested classes, by their simple names. */
  readonly types: Map<string, string>;
  /** Private fields that a property merely exposes: they are treated as the property. */
  readonly aliases: Map<string, string>;
  readonly parent: SyntaxNode | undefined;
  readonly bases: readonly SyntaxNode[];
  readonly isInterface: boolean;
  /** Whether another file declares the class, to which this one adds members. */
  readonly isPart: boolean;
}

export interface Local {
  readonly type: string | undefined;
  /** For a match: the matched text, and the expression. */
  readonly match?: { readonly pattern: SyntaxNode; readonly subject: SyntaxNode };
}

/** The context of the code being lowered: classes, the function, variables. */
export class Context extends BlockContext<ClassInfo, Local> {
  /** The values that `?.` continues from, innermost last. */
  readonly receivers: Expression[] = [];
  /** Names of functions passed to `MapGet` and similar methods. */
  readonly handlers = new Set<string>();
  /** The names of the items of the tuple that the function returns. */
  tupleNames: readonly (string | undefined)[] = [];
  /** Whether the function returns the values that it yields. */
  yields = false;

  constructor({ source }: SourceFile) {
    super();
    for (const [, name = ''] of source.matchAll(
      /\.Map(?:Get|Post|Put|Delete|Patch|Methods)?\(\s*@?"[^"]*"\s*,\s*(?:\w+\.)*(\w+)\s*\)/g,
    ))
      this.handlers.add(name);
  }

  override inFunction<T>(body: () => T): T {
    const { tupleNames, yields } = this;
    this.tupleNames = [];
    this.yields = false;
    try {
      return super.inFunction(body);
    } finally {
      this.tupleNames = tupleNames;
      this.yields = yields;
    }
  }

  declareLocal(name: string, type: string | undefined, match?: Local['match']): void {
    this.scopes.declare(name, { type, ...(match && { match }) });
  }

  /** An instance of the class being lowered; in a partial class from another file, any instance of it. */
  this(at: Range): Expression {
    const info = this.classes.at(-1);
    return info?.isPart === true ? typed(nameAt('this', at), info.local, at) : nameAt('this', at);
  }

  /** The base class of the class being lowered. */
  get parent(): SyntaxNode | undefined {
    return this.classes.at(-1)?.parent;
  }
}
