import type { Expression, Range } from '../../ir/ir';
import { nameAt, typed } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import { BlockContext } from '../shared/blockContext';
import type { SourceFile } from '../shared/sourceFile';

/** A class of the file. */
export interface ClassInfo {
  /** The name of its variable: `Outer$Inner`. */
  readonly local: string;
  /** With its namespace. */
  readonly full: string;
  readonly node: SyntaxNode;
  readonly fields: Map<string, { isStatic: boolean; type: string | undefined }>;
  /** Its methods, and whether they are static. */
  readonly methods: Map<string, boolean>;
  /** Its member classes, by their simple names. */
  readonly types: Map<string, string>;
  /** Private fields that a property only gives a name: they are the property. */
  readonly aliases: Map<string, string>;
  readonly parent: SyntaxNode | undefined;
  readonly bases: readonly SyntaxNode[];
  readonly isInterface: boolean;
  /** Whether another file has the class, which this one adds members to. */
  readonly isPart: boolean;
}

export interface Local {
  readonly type: string | undefined;
  /** For a match: what is matched, by which expression. */
  readonly match?: { readonly pattern: SyntaxNode; readonly subject: SyntaxNode };
}

/** What is around the code that is lowered: classes, the function, variables. */
export class Context extends BlockContext<ClassInfo, Local> {
  /** What `?.` goes on from, innermost last. */
  readonly receivers: Expression[] = [];
  /** Names of functions that are given to `MapGet` and the like. */
  readonly handlers = new Set<string>();
  /** The names of the items of the tuple that the function returns. */
  tupleNames: readonly (string | undefined)[] = [];
  /** Whether the function returns what it yields. */
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

  /** The object whose class is being lowered; in a part of a class of another file, any object of it. */
  this(at: Range): Expression {
    const info = this.classes.at(-1);
    return info?.isPart === true ? typed(nameAt('this', at), info.local, at) : nameAt('this', at);
  }

  /** What the class extends that is being lowered. */
  get parent(): SyntaxNode | undefined {
    return this.classes.at(-1)?.parent;
  }
}
