import type { Expression, FunctionValue, Parameter, Pattern, Range, Statement } from '../../ir/ir';
import { assign, evaluate, member, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import { declarations, frameOf, type Context } from './context';
import type { Host } from './host';
import { calleeOf, lastName } from './syntax';
import { typeName } from './types';

export const yielded = '$yielded';

/** Decorators that make a framework send the function's result. */
const responding =
  /^(?:route|get|post|put|delete|patch|head|options|expose|view|api_route|websocket|error|errorhandler|app_errorhandler|before_request|endpoint|view_config)$/;

/** Lowers functions. */
export class Functions {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly host: Host,
  ) {}

  functionStatement(node: SyntaxNode, decorators: readonly SyntaxNode[]): Statement[] {
    const name = childOf(node, 'name');
    if (!name) return [];
    const value = this.function(node, decorators, false);
    return [evaluate(assign(this.context.target(name), value, rangeOf(node)))];
  }

  decorators(nodes: readonly SyntaxNode[]): Expression[] {
    return nodes.flatMap((one) => (one.children[0] ? [this.host.expression(one.children[0])] : []));
  }

  /** @param isMethod whether its first parameter is the object, or with a decorator the class */
  function(node: SyntaxNode, decoratorNodes: readonly SyntaxNode[], isMethod: boolean, className = ''): FunctionValue {
    const at = rangeOf(node);
    const name = childOf(node, 'name');
    const body = childOf(node, 'body');
    const decorators = this.decorators(decoratorNodes);
    const marks = decoratorNodes.map((one) => this.file.text(one)).join('\n');
    let params = this.#params(childOf(node, 'parameters'), marks);
    const isStatic = /@staticmethod\b/.test(marks);
    const [first] = params;
    const start: Statement[] = [];
    if (isMethod && !isStatic && first && first.rest !== true && first.pattern.kind === 'name') {
      params = params.slice(1);
      const isOfClass = /@(?:abc\.)?(?:abstract)?classmethod\b/.test(marks) || first.pattern.name === 'cls';
      const self = nameAt(isOfClass && className !== '' ? className : 'this', rangeOf(first.pattern));
      start.push({
        kind: 'declare',
        target: first.pattern,
        value: self,
        scope: 'function',
        ...rangeOf(first.pattern),
      });
    }
    const code = body ? this.file.text(body) : '';
    const yields =
      node.type !== 'lambda' && /\byield\b/.test(code) && body && hasYield(body)
        ? /contextmanager\b|\bfixture\b/.test(marks)
          ? 'value'
          : 'list'
        : undefined;
    const names = new Set(params.flatMap(({ pattern }) => namesIn(pattern)));
    if (start[0]?.kind === 'declare') for (const one of namesIn(start[0].target)) names.add(one);
    const responds = decorators.map(calleeOf).find((one) => one && responding.test(lastName(one)));
    const frame = frameOf({ params: names, yields, responds });
    const statements = this.context.within(frame, (): Statement[] => {
      if (body === undefined) return [];
      return node.type === 'lambda'
        ? [{ kind: 'return', value: this.host.expression(body), ...rangeOf(body) }]
        : this.host.block(body);
    });
    const head = { from: at.from, to: at.from };
    if (yields) {
      const empty: Expression =
        yields === 'list' ? { kind: 'list', items: [], ...head } : { kind: 'literal', value: null, ...head };
      start.push({ kind: 'declare', target: nameAt(yielded, head), value: empty, scope: 'function', ...head });
      statements.push({ kind: 'return', value: nameAt(yielded, head), ...head });
    }
    return {
      kind: 'function',
      name: name ? this.file.text(name) : '',
      params,
      body: [...start, ...frame.imports, ...declarations(frame, head), ...statements],
      isArrow: !isMethod,
      decorators,
      ...at,
    };
  }

  #params(node: SyntaxNode | undefined, marks: string): Parameter[] {
    return (node?.children ?? []).flatMap((one): Parameter[] => {
      const at = rangeOf(one);
      switch (one.type) {
        case 'identifier':
          return [{ pattern: nameAt(this.file.text(one), at), ...converted(this.file.text(one), marks) }];
        case 'default_parameter':
        case 'typed_default_parameter': {
          const [name, value, type] = [childOf(one, 'name'), childOf(one, 'value'), childOf(one, 'type')];
          if (!name) return [];
          return [
            {
              pattern: this.#parameterPattern(name),
              ...this.typed(type),
              ...converted(this.file.text(name), marks),
              ...(value && { fallback: this.host.expression(value) }),
            },
          ];
        }
        case 'typed_parameter': {
          const [inner] = one.children;
          const type = childOf(one, 'type');
          if (!inner) return [];
          if (/splat/.test(inner.type)) return this.#rest(inner);
          return [
            { pattern: this.#parameterPattern(inner), ...this.typed(type), ...converted(this.file.text(inner), marks) },
          ];
        }
        case 'list_splat_pattern':
        case 'dictionary_splat_pattern':
          return this.#rest(one);
        case 'tuple_pattern':
          return [{ pattern: this.#parameterPattern(one) }];
        default:
          return [];
      }
    });
  }

  #parameterPattern(node: SyntaxNode): Pattern {
    if (node.type === 'identifier') return nameAt(this.file.text(node), rangeOf(node));
    return {
      kind: 'listPattern',
      items: node.children.map((one) => ({ target: this.#parameterPattern(one) })),
      ...rangeOf(node),
    };
  }

  #rest(node: SyntaxNode): Parameter[] {
    const [name] = node.children;
    if (!name) return [];
    const isMap = node.type === 'dictionary_splat_pattern';
    return [{ pattern: nameAt(this.file.text(name), rangeOf(name)), rest: true, ...(isMap && { restNamed: true }) }];
  }

  /** The type of an annotation, and the metadata of `Annotated`. */
  typed(node: SyntaxNode | undefined): { type?: string; decorators?: Expression[] } {
    if (!node) return {};
    const text = this.file.text(node);
    const type = typeName(text);
    const annotated = /^(?:\w+\.)?Annotated\s*\[.*,\s*([A-Za-z_][\w.]*)\s*\(/s.exec(text)?.[1];
    const at = rangeOf(node);
    const decorators =
      annotated === undefined ? [] : [dottedName(annotated, at, (name) => this.context.used.add(name))];
    return { ...(type !== undefined && { type }), ...(decorators.length > 0 && { decorators }) };
  }
}

/** Whether a function is a generator; a `yield` in a nested function does not count. */
function hasYield(node: SyntaxNode): boolean {
  return node.children.some(
    (one) =>
      one.type === 'yield' ||
      (one.type !== 'function_definition' && one.type !== 'lambda' && one.type !== 'class_definition' && hasYield(one)),
  );
}

/** `<int:name>` in a route makes a parameter a number. */
function converted(name: string, marks: string): { type?: string } {
  return marks.includes('<') && new RegExp(`<(?:int|float|uuid)(?:\\([^)]*\\))?:${name}>`).test(marks)
    ? { type: 'number' }
    : {};
}

function namesIn(pattern: Pattern): string[] {
  if (pattern.kind === 'name') return [pattern.name];
  return pattern.kind === 'listPattern' ? pattern.items.flatMap((item) => (item ? namesIn(item.target) : [])) : [];
}

function dottedName(path: string, at: Range, uses: (name: string) => void): Expression {
  const [first = '', ...rest] = path.split('.');
  uses(first);
  return rest.reduce<Expression>((object, key) => member(object, key, at), nameAt(first, at));
}
