import type { Statement } from '../../ir/ir';

/** Statements that an expression needs before it: declarations of the variables of patterns. */
export class Pending {
  #statements: Statement[] = [];

  add(statement: Statement): void {
    this.#statements.push(statement);
  }

  /** Takes those that are to stand before what comes next. */
  take(): Statement[] {
    const taken = this.#statements;
    this.#statements = [];
    return taken;
  }

  /** Runs something that has its own: those that it leaves are dropped. */
  apart<T>(body: () => T): T {
    const statements = this.#statements;
    this.#statements = [];
    try {
      return body();
    } finally {
      this.#statements = statements;
    }
  }

  /** Lowers a statement, behind those that it needs. */
  before(lower: () => Statement[]): Statement[] {
    return this.apart(() => {
      const own = lower();
      const needed = this.take();
      return needed.length > 0 ? [...needed, ...own] : own;
    });
  }
}
