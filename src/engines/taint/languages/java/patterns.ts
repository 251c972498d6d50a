import type { Expression, Statement } from '../../ir/ir';
import { dotted, nameAt, opaque, rangeOf, typed, withType } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Types } from './types';

/** Lowers the patterns of `instanceof` and `case`. */
export class Patterns {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly types: Types,
  ) {}

  instanceOf(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const left = this.children.child(node, 'left');
    const name = childOf(node, 'name');
    const pattern = childOf(node, 'pattern');
    const typeNode = childOf(node, 'right') ?? pattern;
    const test: Expression = {
      kind: 'binary',
      operator: 'instanceof',
      left,
      right: opaque([], typeNode ? rangeOf(typeNode) : at),
      ...at,
    };
    const bindings: Statement[] = [];
    if (name) {
      this.context.declareLocal(this.file.text(name), this.types.simple(typeNode));
      bindings.push({
        kind: 'declare',
        target: nameAt(this.file.text(name), rangeOf(name)),
        ...withType(this.types.typeName(typeNode)),
        value: left,
        scope: 'block',
        ...at,
      });
    } else if (pattern) bindings.push(...this.patternBindings(pattern, left));
    const assigned = bindings.flatMap((one): Expression[] => {
      if (one.kind !== 'declare' || !one.value) return [];
      this.context.pending.add({ kind: 'declare', target: one.target, scope: 'block', ...at });
      return [
        {
          kind: 'assign',
          target: one.target,
          value: one.type === undefined ? one.value : typed(one.value, one.type, at),
          ...at,
        },
      ];
    });
    return assigned.length > 0 ? { kind: 'sequence', values: [...assigned, test], ...at } : test;
  }

  /** Declares the variables of a type or record pattern. */
  patternBindings(node: SyntaxNode, value: Expression): Statement[] {
    const at = rangeOf(node);
    if (node.type === 'record_pattern') {
      const type = node.children[0] && dotted(this.types.typeExpression(node.children[0]));
      const whole: Expression = type === undefined ? value : typed(value, type, at);
      const parts = node.children.find((one) => one.type === 'record_pattern_body')?.children ?? [];
      return parts.flatMap((one) => this.patternBindings(one, opaque([whole], at)));
    }
    if (node.type === 'pattern' || (node.type === 'record_pattern_component' && node.children.length === 1))
      return node.children.flatMap((one) => this.patternBindings(one, value));
    const name = node.children.filter(({ type }) => type === 'identifier').at(-1);
    if (!name) return [];
    const typeNode = node.children.find(({ type }) => type !== 'identifier' && type !== 'modifiers');
    this.context.declareLocal(this.file.text(name), this.types.simple(typeNode));
    return [
      {
        kind: 'declare',
        target: nameAt(this.file.text(name), rangeOf(name)),
        ...withType(this.types.typeName(typeNode)),
        value,
        scope: 'block',
        ...at,
      },
    ];
  }
}
