import type { Expression, Range } from '../../ir/ir';
import { call, member, nameAt, opaque, rangeOf, someNumber, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import type { LibraryCalls } from './library';
import type { Names } from './names';
import { numbers, type Types } from './types';

/** Lowers calls. */
export class Calls {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly names: Names,
    private readonly types: Types,
    private readonly library: LibraryCalls,
    private readonly host: Host,
  ) {}

  call(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const list = childOf(node, 'arguments');
    if (!callee) return this.children.opaque(node);
    const nodes = list?.children.filter(({ isNamed }) => isNamed) ?? [];
    const called = this.names.called(callee);
    if (called !== undefined) {
      const special = called.includes('.')
        ? this.library.libraryCall(called, callee, nodes, at)
        : this.#builtin(called, nodes, at);
      if (special) return special;
    }
    // A conversion to a type of the file.
    if (
      callee.type === 'identifier' &&
      this.types.infos.has(this.file.text(callee)) &&
      nodes.length === 1 &&
      nodes[0]
    ) {
      const type = this.types.type(callee);
      const value = this.host.expression(nodes[0]);
      return type === 'number' ? typed(value, type, at) : value;
    }
    if (
      callee.type === 'parenthesized_expression' &&
      nodes.length === 1 &&
      nodes[0] &&
      callee.children[0]?.type === 'unary_expression'
    )
      return this.host.expression(nodes[0]);
    if (callee.type === 'selector_expression') {
      // Part of a URL, such as `Host`.
      if (nodes.length === 0 && this.types.lastName(callee) === 'Hostname') return this.host.selector(callee);
      const header = this.#headerCall(callee, nodes, at);
      if (header) return header;
    }
    return call(this.host.expression(callee), this.library.argsOf(nodes), at);
  }

  /** `w.Header().Set(name, value)` also affects `w`. */
  #headerCall(callee: SyntaxNode, nodes: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [operand, field] = [childOf(callee, 'operand'), childOf(callee, 'field')];
    if (operand?.type !== 'call_expression' || !field || !/^(?:Set|Add)$/.test(this.file.text(field))) return undefined;
    const inner = childOf(operand, 'function');
    const [writer, header] =
      inner?.type === 'selector_expression' ? [childOf(inner, 'operand'), childOf(inner, 'field')] : [];
    if (
      !writer ||
      !header ||
      this.file.text(header) !== 'Header' ||
      (childOf(operand, 'arguments')?.children.length ?? 0) > 0
    )
      return undefined;
    return call(member(this.host.expression(writer), '$setHeader', at), this.library.argsOf(nodes), at);
  }

  #builtin(name: string, nodes: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first] = nodes;
    switch (name) {
      case 'string':
      case 'any':
      case 'error':
        return first ? this.host.expression(first) : undefined;
      case 'len':
      case 'cap':
      case 'copy':
      case 'append':
      case 'min':
      case 'max':
        return call(nameAt(name, at), this.library.argsOf(nodes), at);
      case 'make': {
        const type = first && (this.types.infoOf(first)?.node ?? first);
        const sizes = nodes.slice(1).map((one) => ({ value: this.host.expression(one) }));
        const made: Expression =
          type && /slice_type|channel_type/.test(type.type)
            ? { kind: 'list', items: [], ...at }
            : this.types.zeroOf(first, at);
        return sizes.length > 0
          ? { kind: 'sequence', values: [call(nameAt('$make', at), sizes, at), made], ...at }
          : made;
      }
      case 'new':
        return first
          ? /_type$|identifier$/.test(first.type)
            ? this.types.zeroOf(first, at)
            : this.host.expression(first)
          : undefined;
      case 'panic':
      case 'print':
      case 'println':
      case 'delete':
      case 'close':
      case 'clear':
        return opaque(
          nodes.map((one) => this.host.expression(one)),
          at,
        );
      case 'recover':
        return opaque([], at);
      case 'complex':
      case 'real':
      case 'imag':
        return someNumber(at);
      default:
        if (numbers.test(name) && first) return typed(this.host.expression(first), 'number', at);
        return undefined;
    }
  }
}
