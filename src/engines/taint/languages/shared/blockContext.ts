import { Pending } from './pending';
import { Scopes } from './scopes';

/** The context of the code being lowered, in a language with classes and block-scoped variables. */
export class BlockContext<Info, Local> {
  readonly scopes = new Scopes<Local>();
  /** Declarations that an expression needs before its statement: variables of patterns. */
  readonly pending = new Pending();
  /** The classes being lowered, innermost last. */
  readonly classes: Info[] = [];
  /** Receives the values that the method returns: a type that models describe. */
  returned: string | undefined;
  #count = 0;

  /** A number for a unique name. */
  fresh(): number {
    return this.#count++;
  }

  /** The innermost enclosing class that matches. */
  around(fits: (info: Info) => boolean): Info | undefined {
    return this.classes.findLast(fits);
  }

  /** A return inside it does not return from the enclosing method. */
  inFunction<T>(body: () => T): T {
    const { returned } = this;
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
}
