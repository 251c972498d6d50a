import type { SyntaxNode } from '../../syntax/tree';
import { Scopes } from '../shared/scopes';

/** A variable of a function. */
export interface Local {
  /** Created by `filepath.Rel` from this path. */
  readonly relativeOf?: SyntaxNode;
  /** Parsed from this URL. */
  readonly parsedFrom?: SyntaxNode;
  /** Contains a function. */
  readonly type?: string;
}

/** What a function returns. */
export interface Results {
  readonly count: number;
  readonly names: readonly string[];
  /** Whether the last one is an error. */
  readonly fails: boolean;
  readonly source: string;
}

/** The context of the code being lowered: the function, variables. */
export class Context {
  readonly scopes = new Scopes<Local>();
  readonly typeParameters: Set<string>[] = [];
  readonly results: Results[] = [];
  /** Variables that are known not to be nil. */
  readonly present: string[] = [];
  iota = 0;
  #count = 0;

  scoped<T>(body: () => T): T {
    const present = this.present.length;
    try {
      return this.scopes.within(body);
    } finally {
      this.present.length = present;
    }
  }

  /** A number for a unique name. */
  number(): number {
    return this.#count++;
  }

  fresh(): string {
    return `$${this.number()}`;
  }
}
