import { posix } from 'node:path';
import type { Expression, Name, Statement } from '../../ir/ir';
import { literal, nameAt, opaque, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Host } from './host';
import { fixedConstants, unknownGlobals } from './names';
import type { References } from './references';
import { assignmentOf, functionTypes, superglobals } from './syntax';

/** The variables of functions, and constants. */
export class Variables {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly references: References,
    private readonly host: Host,
  ) {}

  variable(node: SyntaxNode): Name {
    const text = this.file.text(node);
    return nameAt(text === '$this' ? 'this' : text, node);
  }

  /** Variables are scoped to the function: all are declared at its start. */
  variables(names: ReadonlySet<string>, node: SyntaxNode, except: ReadonlySet<string>): Statement[] {
    const at = { from: node.from, to: node.from };
    const text = this.file.source.slice(node.from, node.to);
    // Other code sets them: an included file, `extract`, or a function that takes a reference.
    const isOpen =
      node.type === 'program' ||
      /\$\$|\$\{|\b(?:include|require)(?:_once)?\b|\bextract\s*\(|\bparse_str\s*\(/.test(text);
    return [...names].flatMap((name): Statement[] => {
      if (except.has(name) || name === '$this' || name === '$GLOBALS') return [];
      const target: Name = nameAt(name, at);
      const type = unknownGlobals[name];
      let value: Expression | undefined;
      const first = node.from + text.indexOf(name);
      if (superglobals.test(name)) value = { kind: 'name', name: name.slice(1), from: first, to: first + name.length };
      else if (type !== undefined && isOpen) value = this.references.typed(type, at);
      else {
        const isAssigned = assignmentOf(name).test(text);
        const isFilled = new RegExp(`\\${name}\\s*\\[`).test(text);
        if (isFilled && !isAssigned && !isOpen) value = { kind: 'object', fields: [], ...at };
        else if (isOpen || !isAssigned) value = opaque([], at);
      }
      return [{ kind: 'declare', target, ...(value && { value }), scope: 'function', ...at }];
    });
  }

  globalsIn(node: SyntaxNode): string[] {
    if (node.type === 'global_declaration')
      return node.children.filter(({ type }) => type === 'variable_name').map((one) => this.file.text(one));
    return functionTypes.has(node.type) ? [] : node.children.flatMap((one) => this.globalsIn(one));
  }

  /** The key of an item; inside a string, keys are names without quotes. */
  key(node: SyntaxNode): Expression {
    return node.type === 'name' && !/^[A-Z_\d]+$/.test(this.file.text(node))
      ? literal(this.file.text(node), node)
      : this.host.expression(node);
  }

  constant(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const name = this.file.text(node).replace(/^.*\\/, '');
    const upper = name.toUpperCase();
    if (upper === '__DIR__') return literal(posix.join('/', posix.dirname(this.file.path)), at);
    if (upper === '__FILE__') return literal(posix.join('/', this.file.path), at);
    if (upper === 'TRUE' || upper === 'FALSE') return literal(upper === 'TRUE', at);
    if (upper === 'NULL') return literal(null, at);
    if (/^__\w+__$/.test(name)) return literal(name, at);
    if (name === 'PHP_EOL') return literal('\n', at);
    if (name === 'DIRECTORY_SEPARATOR') return literal('/', at);
    if (fixedConstants.test(name)) return literal(name, at);
    return nameAt(name, at);
  }

  scope(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const text = this.file.text(node);
    switch (text.toLowerCase()) {
      case 'self':
      case 'static':
        return this.context.class ? nameAt(`\\${this.context.class.name}`, at) : opaque([], at);
      case 'parent':
        return nameAt('super', at);
    }
    return /^(?:name|qualified_name|relative_name)$/.test(node.type)
      ? this.references.classReference(text, at)
      : this.host.expression(node);
  }
}
