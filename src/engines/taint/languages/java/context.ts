import type { Expression, Range } from '../../ir/ir';
import { nameAt } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import { Pending } from '../shared/pending';
import { Scopes } from '../shared/scopes';

/** A class of the file. */
export interface ClassInfo {
  /** The name of its variable: `Outer$Inner`. */
  readonly local: string;
  readonly node: SyntaxNode;
  readonly fields: Map<string, { isStatic: boolean; type: string | undefined }>;
  readonly methods: Map<string, boolean>;
  /** Its member classes, by their simple names. */
  readonly types: Map<string, string>;
  readonly hasParent: boolean;
  readonly isInterface: boolean;
  /** Whether a class in one of its methods uses its fields or methods. */
  isCaptured: boolean;
}

export interface Local {
  readonly type: string | undefined;
  /** For a matcher: what it matches, by which expression. */
  readonly matcher?: { readonly pattern: SyntaxNode; readonly subject: SyntaxNode };
}

/** What is around the code that is lowered: classes, the function, variables. */
export class Context {
  readonly scopes = new Scopes<Local>();
  /** Declarations that an expression needs before its statement: variables of patterns. */
  readonly pending = new Pending();
  /** The classes that are being lowered, innermost last. */
  readonly classes: ClassInfo[] = [];
  /** What takes the values that the method returns: a type that models describe. */
  returned: string | undefined;
  #count = 0;

  /** A number for a name that nothing else has. */
  fresh(): number {
    return this.#count++;
  }

  /** Whatever returns in it does not return from the method around. */
  inFunction<T>(body: () => T): T {
    const returned = this.returned;
    this.returned = undefined;
    try {
      return this.inBody(body);
    } finally {
      this.returned = returned;
    }
  }

  inBody<T>(body: () => T): T {
    return this.pending.apart(() => this.scopes.within(body));
  }

  declareLocal(name: string, type: string | undefined, matcher?: Local['matcher']): void {
    this.scopes.declare(name, { type, ...(matcher && { matcher }) });
  }

  /** The class around, innermost first, that fits. */
  around(fits: (info: ClassInfo) => boolean): ClassInfo | undefined {
    for (let at = this.classes.length - 1; at >= 0; at--) {
      const info = this.classes[at];
      if (info && fits(info)) return info;
    }
    return undefined;
  }

  outerThis(info: ClassInfo, at: Range): Expression {
    if (info === this.classes.at(-1)) return nameAt('this', at);
    info.isCaptured = true;
    return { kind: 'typed', value: nameAt(`${info.local}$this`, at), type: info.local, ...at };
  }
}
