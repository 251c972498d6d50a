/** The variables of a language with blocks, by their names: what is known of each. */
export class Scopes<Local> {
  #scopes: Map<string, Local>[] = [];

  /** How many scopes there are around what is lowered. */
  get depth(): number {
    return this.#scopes.length;
  }

  /** What is known of the variable that a name stands for. */
  find(name: string): Local | undefined {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const found = this.#scopes[at]?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Declares a variable in the innermost scope; without one, it is none. */
  declare(name: string, local: Local): void {
    this.#scopes.at(-1)?.set(name, local);
  }

  /** Changes what is known of a variable, in the scope that it is declared in. */
  change(name: string, local: Local): void {
    this.#scopes.findLast((scope) => scope.has(name))?.set(name, local);
  }

  /** Begins a scope, which ends after `body`. */
  within<T>(body: () => T): T {
    this.#scopes.push(new Map());
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Runs something that sees no variable that is declared around it. */
  apart<T>(body: () => T): T {
    const scopes = this.#scopes;
    this.#scopes = [];
    try {
      return body();
    } finally {
      this.#scopes = scopes;
    }
  }
}
