import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import { assignmentOf, superglobals } from './syntax';

interface ClassInfo {
  readonly name: string;
  /** The names of its own properties. */
  readonly own: ReadonlySet<string>;
}

/** A function, or the file. */
interface FunctionInfo {
  readonly node: SyntaxNode;
  readonly variables: ReadonlySet<string>;
  readonly isFile: boolean;
}

/** The context of the code being lowered: the class, the function. */
export class Context {
  /** The class being lowered. */
  class: ClassInfo | undefined;
  /** The function being lowered, or the file. */
  function: FunctionInfo = {
    node: { type: 'program', from: 0, to: 0, isNamed: true, field: undefined, children: [] },
    variables: new Set(),
    isFile: true,
  };

  constructor(private readonly file: SourceFile) {}

  inFunction<T>(info: FunctionInfo, body: () => T): T {
    const outer = this.function;
    this.function = info;
    try {
      return body();
    } finally {
      this.function = outer;
    }
  }

  inClass<T>(info: ClassInfo, body: () => T): T {
    const outer = this.class;
    this.class = info;
    try {
      return body();
    } finally {
      this.class = outer;
    }
  }

  /** Variables that the function reads without assigning them. */
  unassigned(): string[] {
    const { node, variables } = this.function;
    const text = this.file.source.slice(node.from, node.to);
    return [...variables].filter((name) => {
      if (superglobals.test(name) || name === '$this' || name === '$GLOBALS') return false;
      return !assignmentOf(name).test(text);
    });
  }
}
