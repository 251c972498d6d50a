import type { Expression, FunctionValue, Parameter, Statement } from '../../ir/ir';
import {
  call,
  construct,
  evaluate,
  functionOf,
  member,
  nameAt,
  opaque,
  rangeOf,
  returned,
  typed,
  withType,
} from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Actions } from './actions';
import type { ClassInfo, Context } from './context';
import type { CSharpFile } from './file';
import type { Host } from './host';
import { stringOf } from './literals';
import type { Objects } from './objects';
import type { FileTypes } from './fileTypes';
import type { DeclaredTypes } from './resolve';
import type { Strings } from './strings';
import { action } from './syntax';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers methods, constructors and lambdas. */
export class Functions {
  constructor(
    private readonly file: CSharpFile,
    private readonly declared: DeclaredTypes,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly strings: Strings,
    private readonly objects: Objects,
    private readonly actions: Actions,
    private readonly host: Host,
  ) {}

  /** A method; one without a body calls its implementation, and passes its arguments on. */
  method(node: SyntaxNode, info: ClassInfo): FunctionValue {
    const lowered = this.function(node, this.types.attributes(node));
    if (childOf(node, 'body')) return lowered;
    const at = rangeOf(node);
    const [, pattern] = /\bGeneratedRegex\(\s*(@?"(?:[^"\\]|\\.|"")*")/.exec(this.file.attributeText(node)) ?? [];
    if (pattern !== undefined) {
      const value = this.strings.regexOf(stringOf(pattern), /IgnoreCase/.test(this.file.attributeText(node)), '', at);
      return { ...lowered, body: [returned(value, at)] };
    }
    const names = lowered.params.flatMap(({ pattern: one }) => (one.kind === 'name' ? [one] : []));
    const passed: Expression = opaque(names, at);
    const simple = this.file.nameOf(info.node);
    const method = this.file.nameOf(node);
    const own = [...this.fileTypes.infos.values()].filter(
      (one) => one !== info && one.bases.some((base) => this.file.simple(base) === simple) && one.methods.has(method),
    );
    const types =
      own.length > 0
        ? own.map(({ local }) => local)
        : this.declared
            .derivedFrom(simple)
            .filter((full) => !/mock|fake|stub|test/i.test(full))
            .map((full) => this.types.qualifiedType(full));
    const value = types.slice(0, 3).reduce<Expression>((other, type) => {
      const yes: Expression = call(
        member(typed(opaque([], at), type, at), method, at),
        names.map((one) => ({ value: one })),
        at,
      );
      return other === passed ? yes : { kind: 'conditional', test: opaque([], at), yes, no: other, ...at };
    }, passed);
    return { ...lowered, body: [returned(value, at)] };
  }

  function(node: SyntaxNode, decorators: readonly Expression[]): FunctionValue {
    const at = rangeOf(node);
    const isConstructor = node.type === 'constructor_declaration';
    const name = isConstructor ? 'constructor' : this.file.nameOf(node);
    const isEntry = node.type === 'method_declaration' && this.actions.isAction(node);
    const isMain =
      node.type === 'method_declaration' && name === 'Main' && /\bstatic\b/.test(this.file.modifiers(node));
    return this.context.inFunction(() => {
      this.context.returned = isEntry ? this.actions.responseOf(node) : undefined;
      const result = childOf(node, 'returns') ?? childOf(node, 'type');
      this.context.tupleNames = this.types.namesOfTuple(result);
      const { params, before } = this.#params(childOf(node, 'parameters'), isEntry);
      const body = [...before];
      const initializer = node.children.find(({ type }) => type === 'constructor_initializer');
      const list = initializer?.children.find(({ type }) => type === 'argument_list');
      if (initializer && list) {
        const own = rangeOf(initializer);
        const callee: Expression = /^:\s*this\b/.test(this.file.text(initializer))
          ? member(nameAt('this', own), 'constructor', own)
          : nameAt('super', own);
        const value: Expression = call(callee, this.host.args(list), own);
        body.push(evaluate(value, own));
      }
      body.push(...this.#bodyStatements(childOf(node, 'body')));
      return {
        kind: 'function',
        name,
        params: isMain ? params.map((one) => ({ ...one, decorators: [this.types.type('MainArguments', at)] })) : params,
        body,
        isArrow: false,
        decorators: isEntry ? [this.types.type(action, at), ...decorators] : decorators,
        ...at,
      };
    });
  }

  /** The parameters of a function. Services injected by a framework become local variables. */
  #params(list: SyntaxNode | undefined, isEntry: boolean): { params: Parameter[]; before: Statement[] } {
    const params: Parameter[] = [];
    const before: Statement[] = [];
    const children = list?.children ?? [];
    for (const [index, one] of children.entries()) {
      if (one.type !== 'parameter') {
        // `params string[] rest` is a direct child of the list.
        if (one.field === 'name' && children[index - 1]?.field === 'type') {
          const name = this.file.text(one);
          this.context.declareLocal(name, undefined);
          params.push({ pattern: nameAt(name, rangeOf(one)), rest: true });
        } else if (one.type === 'identifier') {
          params.push(this.variables.inferred(one));
        }
        continue;
      }
      const lowered = this.parameter(one);
      if (isEntry && lowered.pattern.kind === 'name' && this.actions.isService(one)) {
        const at = rangeOf(one);
        const { type } = lowered;
        before.push({
          kind: 'declare',
          target: lowered.pattern,
          ...withType(type),
          ...(type !== undefined && { value: typed(opaque([], at), type, at) }),
          scope: 'block',
          ...at,
        });
        params.push({ pattern: nameAt(`$service${index}`, at), type: 'number' });
      } else params.push(lowered);
    }
    return { params, before };
  }

  parameter(node: SyntaxNode): Parameter {
    const named = childOf(node, 'name');
    const name = named ? this.file.text(named) : '';
    const typeNode = childOf(node, 'type');
    const type = this.types.isOfNumbers(typeNode) ? 'number' : this.types.typeName(typeNode);
    this.context.declareLocal(name, this.file.simple(typeNode));
    const decorators = type === 'number' ? [] : this.types.attributes(node);
    const isRest = /\bparams\b/.test(this.file.modifiers(node));
    const fallback = node.children.find(
      ({ field, isNamed, type: kind }) =>
        isNamed && field === undefined && kind !== 'modifier' && kind !== 'attribute_list',
    );
    return {
      pattern: nameAt(name, rangeOf(named ?? node)),
      ...(!isRest && withType(type)),
      ...(fallback && !isRest && { fallback: this.context.inBody(() => this.host.expression(fallback)) }),
      ...(isRest && { rest: true }),
      ...(decorators.length > 0 && { decorators }),
    };
  }

  bodyOf(
    node: SyntaxNode,
    name: string,
    values: readonly string[],
    body: SyntaxNode | undefined,
    params: readonly SyntaxNode[] = [],
  ): FunctionValue {
    const at = rangeOf(node);
    return this.context.inFunction(() => {
      const own = params.map((one) => this.parameter(one));
      for (const one of values) this.context.declareLocal(one, undefined);
      const statements = this.#bodyStatements(body);
      return functionOf(name, [...own, ...values.map((one) => ({ pattern: nameAt(one, at) }))], statements, at);
    });
  }

  /** The statements of a block, or of `=> value`. */
  #bodyStatements(body: SyntaxNode | undefined): Statement[] {
    if (!body) return [];
    const yields = this.context.yields;
    this.context.yields = body.type === 'block' && /\byield\s+(?:return|break)\b/.test(this.file.text(body));
    try {
      if (body.type === 'block') {
        const at = rangeOf(body);
        const statements = this.host.body(body.children);
        if (!this.context.yields) return statements;
        const list = nameAt('$yielded', at);
        return [
          { kind: 'declare', target: list, value: { kind: 'list', items: [], ...at }, scope: 'block', ...at },
          ...statements,
          returned(list, at),
        ];
      }
      const node = body.type === 'arrow_expression_clause' ? body.children[0] : body;
      if (!node) return [];
      const value = this.returnedValue(node);
      return [...this.context.pending.take(), returned(value, node)];
    } finally {
      this.context.yields = yields;
    }
  }

  /** A value that the function returns: a text that a framework sends, or a tuple with named items. */
  returnedValue(node: SyntaxNode): Expression {
    const value =
      node.type === 'tuple_expression' && this.context.tupleNames.length > 0
        ? this.objects.tuple(node, this.context.tupleNames)
        : this.host.expression(node);
    const type = this.context.returned;
    return type === undefined ? value : construct(this.types.type(type, rangeOf(node)), [{ value }], rangeOf(node));
  }

  lambda(node: SyntaxNode, isEntry: boolean): FunctionValue {
    const at = rangeOf(node);
    const list = childOf(node, 'parameters');
    const own = childOf(node, 'body') ?? node.children.find(({ type }) => type === 'block');
    return this.context.inFunction(() => {
      const { params, before } =
        list?.type === 'implicit_parameter'
          ? { params: [this.variables.inferred(list)], before: [] }
          : this.#params(list, isEntry);
      return {
        kind: 'function',
        name: '',
        params,
        body: [...before, ...this.#bodyStatements(own)],
        isArrow: true,
        decorators: isEntry ? [this.types.type(action, at)] : [],
        ...at,
      };
    });
  }

  localFunction(node: SyntaxNode): Statement[] {
    const value = this.function(node, []);
    const isEntry = this.context.handlers.has(value.name);
    const at = rangeOf(node);
    return [
      {
        kind: 'declare',
        target: nameAt(value.name, at),
        value: { ...value, isArrow: true, ...(isEntry && { decorators: [this.types.type(action, at)] }) },
        scope: 'block',
        ...at,
      },
    ];
  }
}
