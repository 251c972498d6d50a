import type { Expression, Range } from '../../ir/ir';
import { nameAt } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import { BlockContext } from '../shared/blockContext';

/** A class of the file. */
export interface ClassInfo {
  /** The name of its variable: `Outer$Inner`. */
  readonly local: string;
  readonly node: SyntaxNode;
  readonly fields: Map<string, { isStatic: boolean; type: string | undefined }>;
  readonly methods: Map<string, boolean>;
  /** Its nested classes, by their simple names. */
  readonly types: Map<string, string>;
  readonly hasParent: boolean;
  readonly isInterface: boolean;
  /** Whether a class in one of its methods uses its fields or methods. */
  isCaptured: boolean;
}

export interface Local {
  readonly type: string | undefined;
  /** For a matcher: the text, and the expression. */
  readonly matcher?: { readonly pattern: SyntaxNode; readonly subject: SyntaxNode };
}

/** The context of the code being lowered: classes, the function, variables. */
export class Context extends BlockContext<ClassInfo, Local> {
  declareLocal(name: string, type: string | undefined, matcher?: Local['matcher']): void {
    this.scopes.declare(name, { type, ...(matcher && { matcher }) });
  }

  outerThis(info: ClassInfo, at: Range): Expression {
    if (info === this.classes.at(-1)) return nameAt('this', at);
    info.isCaptured = true;
    return { kind: 'typed', value: nameAt(`${info.local}$this`, at), type: info.local, ...at };
  }
}
