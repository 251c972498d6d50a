import { Pending } from './pending';
import { Scopes } from './scopes';

/** What is around the code that is lowered, in a language with classes and with variables of blocks. */
export class BlockContext<Info, Local> {
  readonly scopes = new Scopes<Local>();
  /** Declarations that an expression needs before its statement: variables of patterns. */
  readonly pending = new Pending();
  /** The classes that are being lowered, innermost last. */
  readonly classes: Info[] = [];
  /** What takes the values that the method returns: a type that models describe. */
  returned: string | undefined;
  #count = 0;

  /** A number for a name that nothing else has. */
  fresh(): number {
    return this.#count++;
  }

  /** The class around, innermost first, that fits. */
  around(fits: (info: Info) => boolean): Info | undefined {
    return this.classes.findLast(fits);
  }

  /** Whatever returns in it does not return from the method around. */
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
