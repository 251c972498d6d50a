import type { Expression, Import, Name, Range, Statement } from '../../ir/ir';
import { nameAt, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';

/** The variables of a function, or of the module. */
interface Frame {
  /** Those that are assigned. */
  readonly locals: Set<string>;
  /** Those that comprehensions and the like need. */
  readonly helpers: Set<string>;
  /** Those that belong to a function around it, or to the module. */
  readonly outer: Set<string>;
  readonly params: ReadonlySet<string>;
  readonly imports: Import[];
  readonly imported: Set<string>;
  /** What `yield` does: add to what is returned, or be it, for a context manager. */
  readonly yields: 'list' | 'value' | undefined;
  /** What a `return` hands to the framework that calls the function. */
  readonly responds: Expression | undefined;
}

/** The names of the file, and of the function that is lowered. */
export class Context {
  /** The variables of the function that is lowered, or of the module. */
  frame = frameOf({ params: new Set() });
  #depth = 0;
  /** `import a.b.c` makes `a.b.c` a name. */
  readonly dotted = new Set<string>();
  /** Variables of the module that some function assigns. */
  readonly globals = new Set<string>();
  /** `from m import *`. */
  readonly stars: string[] = [];
  readonly used = new Set<string>();
  #count = 0;

  constructor(private readonly file: SourceFile) {}

  /** Whether what is lowered stands in no function. */
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

  /** A name that nothing else has. */
  fresh(): string {
    return `$${++this.#count}`;
  }

  helper(): string {
    const name = this.fresh();
    this.frame.helpers.add(name);
    return name;
  }

  /** A name that is read. */
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

/** Variables belong to the whole function. */
export function declarations({ locals, helpers, imported, params, outer }: Frame, at: Range): Statement[] {
  return [...new Set([...locals, ...helpers])]
    .filter((name) => !imported.has(name) && !params.has(name) && !outer.has(name))
    .map((name) => ({ kind: 'declare', target: nameAt(name, at), scope: 'function', ...at }));
}
