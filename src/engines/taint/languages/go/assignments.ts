import type { Expression, Pattern, Range, Statement } from '../../ir/ir';
import { assign, evaluate, nameAt, opaque, rangeOf, withType } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context, Local } from './context';
import type { Host } from './host';
import type { Names } from './names';
import { listOf, namesOf, specsOf, textOf } from './syntax';
import type { Types } from './types';

/** Lowers declarations of variables and assignments to them. */
export class Assignments {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly names: Names,
    private readonly types: Types,
    private readonly host: Host,
  ) {}

  declarations(node: SyntaxNode): Statement[] {
    let iota = 0;
    let repeated: readonly SyntaxNode[] = [];
    return specsOf(node).flatMap((spec): Statement[] => {
      const names = namesOf(spec);
      const type = childOf(spec, 'type');
      const own = childOf(spec, 'value')?.children.filter(({ isNamed }) => isNamed) ?? [];
      const isConstant = node.type === 'const_declaration';
      if (own.length > 0) repeated = own;
      const values = own.length === 0 && isConstant ? repeated : own;
      const at = rangeOf(spec);
      this.context.iota = iota++;
      if (values.length === 0) return names.flatMap((name) => this.zero(name, type));
      const [only] = values;
      if (names.length > 1 && values.length === 1 && only) return this.#several(names, only, true, at);
      return names.flatMap((name, index): Statement[] => {
        const value = values[index];
        if (!value) return [];
        return this.#declareNode(name, value, this.types.type(type), type);
      });
    });
  }

  /** A variable with the zero value of its type. */
  zero(name: SyntaxNode, type: SyntaxNode | undefined): Statement[] {
    const text = this.file.text(name);
    if (text === '_') return [];
    const at = rangeOf(name);
    this.context.scopes.declare(text, {});
    const known = this.types.type(type);
    const isPointed =
      this.context.scopes.depth === 1 ||
      new RegExp(`&${text}\\b`).test(this.context.results.at(-1)?.source ?? `&${text}`);
    const value = this.types.zeroValue(type, known, at, isPointed);
    return [
      {
        kind: 'declare',
        target: nameAt(text, at),
        ...withType(known),
        ...(value && { value }),
        scope: 'block',
        ...at,
      },
    ];
  }

  /** Declares one variable. */
  #declareNode(name: SyntaxNode, value: SyntaxNode, type?: string, typeNode?: SyntaxNode): Statement[] {
    const lowered = this.host.expression(value, typeNode);
    const text = this.file.text(name);
    if (text === '_') return [evaluate(lowered, rangeOf(value))];
    this.context.scopes.declare(text, this.#knownOf(value));
    return [
      {
        kind: 'declare',
        target: nameAt(text, rangeOf(name)),
        ...(type !== undefined && { type }),
        value: lowered,
        scope: 'block',
        ...rangeOf(name),
      },
    ];
  }

  /** Facts about a variable that follow from how it was created. */
  #knownOf(value: SyntaxNode): Local {
    if (value.type !== 'call_expression') return {};
    const called = this.names.called(childOf(value, 'function'));
    const args = childOf(value, 'arguments')?.children ?? [];
    const isName = (node: SyntaxNode | undefined) =>
      node?.type === 'identifier' || node?.type === 'selector_expression';
    if (called === 'filepath.Rel' && args[1] && isName(args[1])) return { relativeOf: args[1] };
    if ((called === 'url.Parse' || called === 'url.ParseRequestURI') && args[0] && isName(args[0]))
      return { parsedFrom: args[0] };
    return {};
  }

  assignment(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const left = listOf(childOf(node, 'left'));
    const right = listOf(childOf(node, 'right'));
    const operator = childOf(node, 'operator');
    const isDeclaration =
      node.type === 'short_var_declaration' ||
      (node.type === 'receive_statement' &&
        /:=/.test(this.file.source.slice(left.at(-1)?.to ?? at.from, right[0]?.from ?? at.to)));
    const [target, value] = [left[0], right[0]];
    if (!value) return [];
    if (!target) return [evaluate(this.host.expression(value), at)];
    const sign = operator ? this.file.text(operator) : '=';
    if (!isDeclaration && sign !== '=' && sign !== ':=') {
      const old = this.host.expression(target);
      const added = this.host.expression(value);
      const result: Expression =
        sign === '+='
          ? textOf([old, added], at)
          : { kind: 'binary', operator: sign.slice(0, -1), left: old, right: added, ...at };
      return [evaluate(assign(this.pattern(target), result, at), at)];
    }
    if (left.length > 1 && right.length === 1) return this.#several(left, value, isDeclaration, at);
    if (isDeclaration) return left.flatMap((one, index) => (right[index] ? this.#declareNode(one, right[index]) : []));
    if (left.length === 1) {
      const lowered = this.host.expression(value);
      if (target.type === 'identifier') this.#remember(this.file.text(target), this.#knownOf(value));
      return [evaluate(this.names.isBlank(target) ? lowered : assign(this.pattern(target), lowered, at), at)];
    }
    const items = right.map((one) => ({ value: this.host.expression(one) }));
    return [
      evaluate(
        assign(
          {
            kind: 'listPattern',
            items: left.map((one) => (this.names.isBlank(one) ? undefined : { target: this.pattern(one) })),
            ...at,
          },
          { kind: 'list', items, ...at },
          at,
        ),
        at,
      ),
    ];
  }

  #remember(name: string, known: Local): void {
    this.context.scopes.change(name, { ...known, ...withType(this.context.scopes.find(name)?.type) });
  }

  /** `a, b := f()`, `v, ok := m[k]`, `v, ok := <-c`, `v, ok := x.(T)`. */
  #several(left: readonly SyntaxNode[], value: SyntaxNode, isDeclaration: boolean, at: Range): Statement[] {
    const [first, second] = left;
    const known = this.#knownOf(value);
    const lowered = this.host.expression(value);
    const called = value.type === 'call_expression' ? this.names.called(childOf(value, 'function')) : undefined;
    // What it proves about its arguments is in the first result.
    const isMatch = called !== undefined && /^(?:regexp\.Match(?:String)?|(?:path|filepath)\.Match)$/.test(called);
    const isPair = (value.type !== 'call_expression' || isMatch) && left.length === 2;
    const set = (node: SyntaxNode | undefined, one: Expression): Statement[] => {
      if (!node || this.names.isBlank(node)) return [evaluate(one, at)];
      if (!isDeclaration || node.type !== 'identifier') return [evaluate(assign(this.pattern(node), one, at), at)];
      this.context.scopes.declare(this.file.text(node), {});
      return [
        { kind: 'declare', target: nameAt(this.file.text(node), rangeOf(node)), value: one, scope: 'block', ...at },
      ];
    };
    if (isPair) {
      const [object, index] = [childOf(value, 'operand'), childOf(value, 'index')];
      const isThere: Expression =
        value.type === 'index_expression' && object && index
          ? {
              kind: 'binary',
              operator: 'in',
              left: this.host.expression(index),
              right: this.host.expression(object),
              ...at,
            }
          : opaque([], at);
      return [...set(first, lowered), ...set(second, isThere)];
    }
    const items = left.map((one) => {
      if (this.names.isBlank(one)) return undefined;
      if (isDeclaration) this.context.scopes.declare(this.file.text(one), {});
      return { target: this.pattern(one) };
    });
    if (first && isDeclaration) this.context.scopes.declare(this.file.text(first), known);
    else if (first?.type === 'identifier') this.#remember(this.file.text(first), known);
    const target: Pattern = { kind: 'listPattern', isResults: true, items, ...at };
    return isDeclaration
      ? [{ kind: 'declare', target, value: lowered, scope: 'block', ...at }]
      : [evaluate(assign(target, lowered, at), at)];
  }

  pattern(node: SyntaxNode): Pattern {
    if (this.names.isBlank(node)) return opaque([], rangeOf(node));
    const one = this.host.expression(node);
    return one.kind === 'name' || one.kind === 'member' || one.kind === 'index' ? one : opaque([one], rangeOf(node));
  }
}
