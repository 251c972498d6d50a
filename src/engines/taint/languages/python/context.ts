import type { Expression, Import, Name, Range, Statement } from '../../ir/ir';
import { nameAt, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';

/** The variables of a function, or of the module. */
interface Frame {
  /** Assigned variables. */
  readonly locals: Set<string>;
  /** Temporary variables, for comprehensions and the like. */
  readonly helpers: Set<string>;
  /** Variables of an enclosing function, or of the module. */
  readonly outer: Set<string>;
  readonly params: ReadonlySet<string>;
  readonly imports: Import[];
  readonly imported: Set<string>;
  /** What `yield` does: adds to the returned values or, for a context manager, is the returned value. */
  readonly yields: 'list' | 'value' | undefined;
  /** How a framework uses the function's return value. */
  readonly responds: Expression | undefined;
}

/** The names of the file, and of the function being lowered. */
export class Context {
  /** The variables of the function being lowered, or of the module. */
  frame = frameOf({ params: new Set() });
  #depth = 0;
  /** `import a.b.c` makes `a.b.c` a name. */
  readonly dotted = new Set<string>();
  /** Module variables that some function assigns. */
  readonly globals = new Set<string>();
  /** `from m import *`. */
  readonly stars: string[] = [];
  readonly used = new Set<string>();
  #count = 0;

  constructor(private readonly file: SourceFile) {}

  /** Whether the code being lowered is outside any function. */
  isTop(): boolean {
    return this.#depth === 0;
  }

  /** Lowers the body of a function, whose variables are those of `frame`. */
  within<T>(frame: Frame, body: () => T): T {
    const outer = this.frame;
    this.frame = frame;
    this.#depth++;
    try {
      return body();
    } finally {
      this.frame = outer;
      this.#depth--;
    }
  }

  assigns(name: string): void {
    const { outer, params, locals } = this.frame;
    if (!outer.has(name) && !params.has(name)) locals.add(name);
  }

  /** A unique name. */
  fresh(): string {
    return `$${++this.#count}`;
  }

  helper(): string {
    const name = this.fresh();
    this.frame.helpers.add(name);
    return name;
  }

  /** Reads a name. */
  read(name: string, at: Range): Name {
    this.used.add(name);
    return nameAt(name, at);
  }

  target(node: SyntaxNode): Name {
    const name = this.file.text(node);
    this.assigns(name);
    return nameAt(name, rangeOf(node));
  }
}

export function frameOf({ params, yields, responds }: Partial<Frame> & Pick<Frame, 'params'>): Frame {
  return {
    locals: new Set(),
    helpers: new Set(),
    outer: new Set(),
    params,
    imports: [],
    imported: new Set(),
    yields,
    responds,
  };
}

/** Variables are scoped to the whole function. */
export function declarations({ locals, helpers, imported, params, outer }: Frame, at: Range): Statement[] {
  return [...new Set([...locals, ...helpers])]
    .filter((name) => !imported.has(name) && !params.has(name) && !outer.has(name))
    .map((name) => ({ kind: 'declare', target: nameAt(name, at), scope: 'function', ...at }));
}
