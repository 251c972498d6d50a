import type { Expression, FunctionValue, Name, Parameter, Pattern, Statement } from '../../ir/ir';
import { assign, construct, evaluate, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import type { Context } from './context';
import type { Host } from './host';
import { unknownGlobals } from './names';
import type { References } from './references';
import { variablesIn } from './syntax';
import type { Variables } from './variables';

/** Lowers functions. */
export class Functions {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly references: References,
    private readonly variables: Variables,
    private readonly calls: Calls,
    private readonly host: Host,
  ) {}

  functionValue(node: SyntaxNode, name: string, decorators: readonly Expression[], isArrow: boolean): FunctionValue {
    const outer = this.context.function;
    const at = rangeOf(node);
    const parameters = childOf(node, 'parameters');
    const body = childOf(node, 'body');
    const variables = body ? variablesIn(body, this.file.source) : new Set<string>();
    return this.context.inFunction({ node: body ?? node, variables, isFile: false }, () => {
      const params = (parameters?.children ?? []).flatMap((one) => this.#parameter(one));
      const except = new Set(params.flatMap(({ pattern }) => (pattern.kind === 'name' ? [pattern.name] : [])));
      const used = node.children.find(({ type }) => type === 'anonymous_function_use_clause');
      for (const one of used ? variablesIn(used, this.file.source) : []) except.add(one);
      if (node.type === 'arrow_function') for (const one of outer.variables) except.add(one);
      const globals = body ? this.variables.globalsIn(body) : [];
      // The file's variables are visible here, since its scope is the enclosing one.
      for (const one of globals) if (unknownGlobals[one] === undefined) except.add(one);
      const statements: Statement[] = !body
        ? []
        : node.type === 'arrow_function'
          ? [{ kind: 'return', value: this.host.expression(body), ...rangeOf(body) }]
          : this.host.body(body.children);
      const declares = body && statements.length > 0 ? this.variables.variables(variables, body, except) : [];
      const known = globals.flatMap((one): Statement[] => {
        const type = unknownGlobals[one];
        if (type === undefined) return [];
        const target: Name = nameAt(one, at);
        return [{ kind: 'declare', target, value: this.references.typed(type, at), scope: 'function', ...at }];
      });
      return {
        kind: 'function',
        name,
        params,
        body: [...declares, ...known, ...this.#promoted(parameters), ...statements],
        isArrow,
        decorators,
        ...at,
      };
    });
  }

  /** Constructor parameters that are also properties. */
  #promoted(parameters: SyntaxNode | undefined): Statement[] {
    return (parameters?.children ?? []).flatMap((one): Statement[] => {
      const name = childOf(one, 'name');
      if (one.type !== 'property_promotion_parameter' || !name) return [];
      const at = rangeOf(name);
      const variable = this.variables.variable(name);
      const object: Name = nameAt('this', at);
      const target: Pattern = { kind: 'member', object, property: variable.name.slice(1), ...at };
      return [evaluate(assign(target, variable, at))];
    });
  }

  #parameter(node: SyntaxNode): Parameter[] {
    const name = childOf(node, 'name');
    if (!name || !/parameter$/.test(node.type)) return [];
    const fallback = childOf(node, 'default_value');
    const type = this.references.typeOf(childOf(node, 'type'));
    const attributes = childOf(node, 'attributes');
    const variable = name.type === 'by_ref' ? (name.children[0] ?? name) : name;
    return [
      {
        pattern: nameAt(this.file.text(variable), variable),
        ...(type !== undefined && { type }),
        ...(fallback && { fallback: this.host.expression(fallback) }),
        ...(node.type === 'variadic_parameter' && { rest: true }),
        ...(attributes && { decorators: this.attributes(attributes) }),
      },
    ];
  }

  attributes(list: SyntaxNode): Expression[] {
    return list.children
      .flatMap(({ children }) => children)
      .filter(({ type }) => type === 'attribute')
      .flatMap((one): Expression[] => {
        const [name] = one.children;
        if (!name) return [];
        const args = childOf(one, 'parameters');
        return [
          construct(
            this.references.classReference(this.file.text(name), rangeOf(name)),
            this.calls.callArguments(args),
            one,
          ),
        ];
      });
  }
}
