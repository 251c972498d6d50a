import type { Statement } from '../../ir/ir';

/** Statements that must precede an expression: declarations of pattern variables. */
export class Pending {
  #statements: Statement[] = [];

  add(statement: Statement): void {
    this.#statements.push(statement);
  }

  /** Takes the statements that must precede the next one. */
  take(): Statement[] {
    const taken = this.#statements;
    this.#statements = [];
    return taken;
  }

  /** Runs something with a separate list, whose remaining statements are dropped. */
  apart<T>(body: () => T): T {
    const statements = this.#statements;
    this.#statements = [];
    try {
      return body();
    } finally {
      this.#statements = statements;
    }
  }

  /** Lowers a statement, after those that it needs. */
  before(lower: () => Statement[]): Statement[] {
    return this.apart(() => {
      const own = lower();
      const needed = this.take();
      return needed.length > 0 ? [...needed, ...own] : own;
    });
  }
}
