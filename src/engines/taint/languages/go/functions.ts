import type { Expression, FunctionValue, Name, Parameter, Range, Statement } from '../../ir/ir';
import { assign, evaluate, literal, member, nameAt, rangeOf, returned } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Assignments } from './assignments';
import type { Context, Results } from './context';
import type { Host } from './host';
import type { Names } from './names';
import { namesOf } from './syntax';
import type { Types } from './types';

/** Functions that return a non-nil error. */
const failing =
  /^(?:errors\.(?:New|Errorf|WithStack)|fmt\.Errorf|xerrors\.(?:New|Errorf)|status\.Errorf?|echo\.NewHTTPError|fiber\.NewError|huma\.Error\w+|connect\.NewError|gqlerror\.Errorf)$/;

/** Lowers functions and methods. */
export class Functions {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly names: Names,
    private readonly types: Types,
    private readonly assignments: Assignments,
    private readonly host: Host,
  ) {}

  function(node: SyntaxNode, name: string, receiver?: { type: string; name: string }): FunctionValue {
    const at = rangeOf(node);
    return this.context.scoped(() => {
      const generics = childOf(node, 'type_parameters')?.children ?? [];
      const receiverType = receiver && childOf(node, 'receiver');
      const receiverGenerics = receiverType
        ? [...this.file.text(receiverType).matchAll(/[[,]\s*(\w+)/g)].map(([, one = '']) => one)
        : [];
      this.context.typeParameters.push(
        new Set([...generics.flatMap((one) => namesOf(one).map((each) => this.file.text(each))), ...receiverGenerics]),
      );
      const params = this.#parameters(childOf(node, 'parameters'));
      const result = childOf(node, 'result');
      const results = this.#resultsOf(result, node);
      const before: Statement[] = [];
      if (receiver && receiver.name !== '' && receiver.name !== '_') {
        const type = this.types.infos.has(receiver.type) ? receiver.type : this.names.global(receiver.type, at).name;
        this.context.scopes.declare(receiver.name, {});
        before.push({
          kind: 'declare',
          target: nameAt(receiver.name, at),
          type,
          value: nameAt('this', at),
          scope: 'block',
          ...at,
        });
      }
      if (result?.type === 'parameter_list')
        for (const one of result.children)
          for (const each of namesOf(one)) before.push(...this.assignments.zero(each, childOf(one, 'type')));
      this.context.results.push(results);
      const body = childOf(node, 'body');
      const types = this.context.scopes.depth === 1 ? this.#resultTypes(result) : undefined;
      const statements = body ? this.host.statements(body.children) : [];
      if (results.names.length > 0) statements.push(this.return(undefined, at));
      this.context.results.pop();
      this.context.typeParameters.pop();
      return {
        kind: 'function',
        name,
        params,
        body: [...before, ...statements],
        isArrow: receiver === undefined,
        decorators: [],
        ...(types && { results: types }),
        ...at,
      };
    });
  }

  #parameters(list: SyntaxNode | undefined): Parameter[] {
    return (list?.children ?? []).flatMap((one): Parameter[] => {
      const typeNode = childOf(one, 'type');
      const names = namesOf(one);
      const isRest = one.type === 'variadic_parameter_declaration';
      const type = isRest ? undefined : this.types.type(typeNode);
      const at = rangeOf(one);
      const made = (pattern: Name): Parameter => ({
        pattern,
        ...(type !== undefined && { type }),
        ...(isRest && { rest: true }),
      });
      if (names.length === 0) return [made(nameAt('_', at))];
      return names.map((name) => {
        this.context.scopes.declare(this.file.text(name), {});
        return made(nameAt(this.file.text(name), rangeOf(name)));
      });
    });
  }

  #resultsOf(result: SyntaxNode | undefined, node: SyntaxNode): Results {
    const list = result?.type === 'parameter_list' ? result.children : result ? [result] : [];
    const names =
      result?.type === 'parameter_list' ? list.flatMap((one) => namesOf(one).map((each) => this.file.text(each))) : [];
    const last = list.at(-1);
    const type = last && (childOf(last, 'type') ?? last);
    return {
      count: names.length > 0 ? names.length : list.length,
      names,
      fails: type !== undefined && /^\*?(?:error|\w*Error)$/.test(this.file.text(type)),
      source: this.file.text(node),
    };
  }

  /** The types of the results, unless one of them can be anything, or a function. */
  #resultTypes(result: SyntaxNode | undefined): (string | undefined)[] | undefined {
    const list = result?.type === 'parameter_list' ? result.children : result ? [result] : [];
    const types: (string | undefined)[] = [];
    for (const one of list) {
      const node = childOf(one, 'type') ?? one;
      const type = this.types.type(node);
      if (
        type === undefined &&
        !/^(?:string|error|\[\]byte|\[\]string|map\[string\]string)$/.test(this.file.text(node))
      )
        return undefined;
      for (let count = Math.max(1, namesOf(one).length); count > 0; count--) types.push(type);
    }
    return types;
  }

  return(list: SyntaxNode | undefined, at: Range): Statement {
    const results = this.context.results.at(-1);
    const nodes = list
      ? list.type === 'expression_list'
        ? list.children.filter(({ isNamed }) => isNamed)
        : [list]
      : [];
    if (nodes.length === 0) {
      const names = (results?.names ?? []).map((name) => nameAt(name, at));
      const [only] = names;
      if (names.length > 1)
        return returned({ kind: 'list', isResults: true, items: names.map((value) => ({ value })), ...at }, at);
      return only ? returned(only, at) : { kind: 'return', ...at };
    }
    const values = nodes.map((node, index) => {
      const value = this.host.expression(node);
      return results?.fails === true && index === results.count - 1 && this.#isPresent(node) ? truthy(value) : value;
    });
    const [only] = values;
    if (values.length === 1 && only) return returned(only, at);
    return returned({ kind: 'list', isResults: true, items: values.map((value) => ({ value })), ...at }, at);
  }

  /** Whether an error is certainly not nil. */
  #isPresent(node: SyntaxNode): boolean {
    if (node.type === 'unary_expression') return true;
    if (node.type === 'composite_literal') return true;
    if (node.type === 'call_expression') {
      const called = this.names.called(childOf(node, 'function'));
      return called !== undefined && failing.test(called);
    }
    const name = this.file.text(node);
    return this.context.present.includes(name) || /^(?:\w+\.)?[eE]rr[A-Z]\w*$/.test(name);
  }

  receiver(node: SyntaxNode): { type: string; name: string } {
    const declaration = childOf(node, 'receiver')?.children[0];
    const type = declaration && childOf(declaration, 'type');
    return {
      type: type ? (/^[*(\s]*(\w+)/.exec(this.file.text(type))?.[1] ?? '') : '',
      name: declaration ? this.file.nameOf(declaration) : '',
    };
  }

  method(node: SyntaxNode): FunctionValue {
    return this.function(node, this.file.nameOf(node), this.receiver(node));
  }

  /** A method of a type from another file. */
  attached(node: SyntaxNode, type: string): Statement {
    const at = rangeOf(node);
    const owner = this.names.imported('.', type, at);
    const target = member(member(owner, 'prototype', at), this.file.nameOf(node), at);
    return evaluate(assign(target, this.method(node), at), at);
  }
}

/** A value that is not nil. */
function truthy(value: Expression): Expression {
  const { from, to } = value;
  return { kind: 'sequence', values: [value, literal(true, { from, to })], from, to };
}
