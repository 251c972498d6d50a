import type { Expression, FunctionValue, Parameter, Statement } from '../../ir/ir';
import { rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import type { Names } from './names';
import type { Patterns } from './patterns';

/** Lowers functions. */
export class Functions {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly names: Names,
    private readonly patterns: Patterns,
    private readonly host: Host,
  ) {}

  function(node: SyntaxNode, isArrow: boolean, decorators: readonly Expression[] = []): FunctionValue {
    const body = childOf(node, 'body');
    const single = childOf(node, 'parameter');
    const name = childOf(node, 'name');
    const params = single
      ? [{ pattern: this.patterns.pattern(single) }]
      : (childOf(node, 'parameters')?.children ?? []).flatMap((one) => this.#parameter(one));
    const statements: Statement[] =
      body === undefined
        ? []
        : body.type === 'statement_block'
          ? this.host.body(body.children)
          : [{ kind: 'return', value: this.host.expression(body), ...rangeOf(body) }];
    return {
      kind: 'function',
      name: name ? this.file.text(name) : '',
      params,
      body: statements,
      isArrow,
      decorators,
      ...rangeOf(node),
    };
  }

  #parameter(node: SyntaxNode): Parameter[] {
    if (node.type === 'required_parameter' || node.type === 'optional_parameter') {
      const pattern = childOf(node, 'pattern');
      if (!pattern || pattern.type === 'this') return [];
      const type = this.names.typeOf(node);
      const value = childOf(node, 'value');
      const decorators = node.children.filter((one) => one.type === 'decorator').map((one) => this.children.first(one));
      const isField =
        node.children.some((one) => one.type === 'accessibility_modifier') ||
        /^(?:@\S+\s+)*readonly\s/.test(this.file.source.slice(node.from, pattern.from));
      const isRest = pattern.type === 'rest_pattern';
      return [
        {
          pattern:
            isRest && pattern.children[0] ? this.patterns.pattern(pattern.children[0]) : this.patterns.pattern(pattern),
          ...(type !== undefined && { type }),
          ...(value && { fallback: this.host.expression(value) }),
          ...(isRest && { rest: true }),
          ...(decorators.length > 0 && { decorators }),
          ...(isField && { isField }),
        },
      ];
    }
    if (node.type === 'rest_pattern')
      return node.children[0] ? [{ pattern: this.patterns.pattern(node.children[0]), rest: true }] : [];
    if (node.type === 'assignment_pattern') {
      const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
      return left && right ? [{ pattern: this.patterns.pattern(left), fallback: this.host.expression(right) }] : [];
    }
    return node.isNamed && node.type !== 'decorator' ? [{ pattern: this.patterns.pattern(node) }] : [];
  }

  namedBy(node: SyntaxNode, key: SyntaxNode): Expression {
    const value = this.host.expression(node);
    return value.kind === 'function' && value.name === '' ? { ...value, name: this.file.text(key) } : value;
  }
}
