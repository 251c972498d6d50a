/** The variables of a language with block scopes, by name: what is known about each. */
export class Scopes<Local> {
  #scopes: Map<string, Local>[] = [];

  /** The number of enclosing scopes. */
  get depth(): number {
    return this.#scopes.length;
  }

  /** What is known about the variable with a name. */
  find(name: string): Local | undefined {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const found = this.#scopes[at]?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Declares a variable in the innermost scope; without a scope, it is ignored. */
  declare(name: string, local: Local): void {
    this.#scopes.at(-1)?.set(name, local);
  }

  /** Changes what is known about a variable, in the scope that declares it. */
  change(name: string, local: Local): void {
    this.#scopes.findLast((scope) => scope.has(name))?.set(name, local);
  }

  /** Opens a scope for the duration of `body`. */
  within<T>(body: () => T): T {
    this.#scopes.push(new Map());
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Runs something that sees none of the surrounding variables. */
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
