import type { Expression, Name, Range, Statement } from '../../ir/ir';
import { nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Declarations, Declared } from './declared';
import { candidates, localName } from './syntax';

/** Variables of a method, a block, or the file. */
export interface Frame {
  readonly names: Set<string>;
  /** Variables to declare at its start. */
  readonly declares: Set<string>;
  /** Blocks see the variables of their surroundings. */
  readonly parent: Frame | undefined;
  /** What `next` and `break` leave. */
  readonly jumps: 'method' | 'block' | 'loop';
  /** Whether the method is called with a block that it uses. */
  readonly takesBlock: { isUsed: boolean };
  /** How a framework uses the returned values. */
  responds: Expression | undefined;
}

/** What is being lowered. */
export interface Place {
  readonly declared: Declared | undefined;
  readonly isStatic: boolean;
  readonly method: string;
}

/** The context of the code being lowered: the class, the method, variables. */
export class Context {
  frame: Frame = frameOf(undefined, 'method');
  place: Place = { declared: undefined, isStatic: false, method: '' };
  /** The blocks of Sinatra's routes. */
  readonly routes = new Set<SyntaxNode>();
  #count = 0;

  constructor(
    private readonly file: SourceFile,
    private readonly declarations: Declarations,
  ) {}

  /** A unique name. */
  fresh(): string {
    return `$${++this.#count}`;
  }

  /** Runs something with the variables of a frame. */
  withFrame<T>(frame: Frame, body: () => T): T {
    const outer = this.frame;
    this.frame = frame;
    try {
      return body();
    } finally {
      this.frame = outer;
    }
  }

  /** Runs something in a class or method. */
  inPlace<T>(place: Place, body: () => T): T {
    const outer = this.place;
    this.place = place;
    try {
      return body();
    } finally {
      this.place = outer;
    }
  }

  isLocal(name: string): boolean {
    for (let frame: Frame | undefined = this.frame; frame; frame = frame.parent) if (frame.names.has(name)) return true;
    return false;
  }

  assigns(name: string): void {
    if (this.isLocal(name)) return;
    this.frame.names.add(name);
    this.frame.declares.add(name);
  }

  /** A name for a value that is used more than once. */
  helper(): string {
    const name = this.fresh();
    this.frame.declares.add(name);
    return name;
  }

  target(node: SyntaxNode): Name {
    const name = this.file.text(node);
    this.assigns(name);
    return nameAt(localName(name), rangeOf(node));
  }

  get frameOfMethod(): Frame {
    let frame = this.frame;
    while (frame.parent) frame = frame.parent;
    return frame;
  }

  /** Whether a constant is a literal hash or list in the file. */
  isTable(text: string): boolean {
    const own = candidates(text, this.place.declared?.name ?? '').find((name) => this.declarations.constants.has(name));
    let value = own === undefined ? undefined : this.declarations.constants.get(own);
    while (value?.type === 'call') value = childOf(value, 'receiver');
    return value?.type === 'hash' || value?.type === 'array';
  }

  isCollected(left: SyntaxNode): boolean {
    const inside = this.place.declared?.name;
    const name = inside === undefined ? this.file.text(left) : `${inside}::${this.file.text(left)}`;
    return this.declarations.constants.has(name);
  }
}

export function frameOf(parent: Frame | undefined, jumps: Frame['jumps']): Frame {
  return { names: new Set(), declares: new Set(), parent, jumps, takesBlock: { isUsed: false }, responds: undefined };
}

export function declarationsOf({ declares }: Frame, at: Range, scope: 'block' | 'function'): Statement[] {
  return [...declares].map((name) => ({ kind: 'declare', target: nameAt(localName(name), at), scope, ...at }));
}
