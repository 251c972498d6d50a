import type { ClassValue, Range, Statement } from '../../ir/ir';
import { nameAt, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import { parentsFirst } from './parentsFirst';

/** The lowered classes of a file, which are declared at its start. */
export class MadeClasses {
  readonly #classes: {
    readonly local: string;
    readonly value: ClassValue;
    /** The variable of the class that it extends. */
    readonly parent: string | undefined;
    readonly at: Range;
  }[] = [];

  /** @param local the name of its variable */
  add(local: string, value: ClassValue, node: SyntaxNode): void {
    const parent = value.superclass?.kind === 'name' ? value.superclass.name : undefined;
    this.#classes.push({ local, value, parent, at: rangeOf(node) });
  }

  /** Declares them, parents first. @param name where their variables are named */
  declarations(name: Range): Statement[] {
    const ordered = parentsFirst(this.#classes, ({ parent }) => [this.#classes.find(({ local }) => local === parent)]);
    return ordered.map(({ local, value, at }) => ({
      kind: 'declare',
      target: nameAt(local, name),
      value,
      scope: 'block',
      ...at,
    }));
  }
}
