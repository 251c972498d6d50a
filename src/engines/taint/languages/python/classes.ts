import type {
  ClassField,
  ClassValue,
  Expression,
  FunctionValue,
  Method,
  Parameter,
  Range,
  Statement,
} from '../../ir/ir';
import { assign, evaluate, member, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Functions } from './functions';
import type { Host } from './host';
import { lastName } from './syntax';

/** Lowers classes. */
export class Classes {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  classStatement(node: SyntaxNode, decorators: readonly SyntaxNode[]): Statement[] {
    const name = childOf(node, 'name');
    if (!name) return [];
    const value = this.#class(node, decorators);
    return [evaluate(assign(this.context.target(name), value, rangeOf(node)))];
  }

  #class(node: SyntaxNode, decoratorNodes: readonly SyntaxNode[]): ClassValue {
    const at = rangeOf(node);
    const className = this.file.nameOf(node);
    const bases = (childOf(node, 'superclasses')?.children ?? [])
      .filter(({ type }) => type !== 'keyword_argument' && !/splat/.test(type))
      .map((one) => this.host.expression(one.type === 'subscript' ? (childOf(one, 'value') ?? one) : one))
      .filter((one) => one.kind !== 'name' || one.name !== 'object');
    // Mixins come before the class that a framework knows.
    if (!/Mixin$/.test(lastName(bases.at(-1)))) bases.reverse();
    const [first, ...others] = bases;
    const superclass =
      first &&
      others.reduce<Expression>((left, right) => ({ kind: 'logical', operator: '??', left, right, ...at }), first);
    const methods: Method[] = [];
    const fields: ClassField[] = [];
    const params: Parameter[] = [];
    this.#members(childOf(node, 'body')?.children ?? [], className, methods, fields, params);
    const marks = decoratorNodes.map((one) => this.file.text(one)).join('\n');
    const isRecord =
      /dataclass|attr|define|frozen/.test(marks) ||
      /(?:BaseModel|NamedTuple|Struct|Schema)$/.test(lastName(superclass));
    if (isRecord && params.length > 0 && !methods.some(({ name: one }) => one === 'constructor'))
      methods.push({ name: 'constructor', value: recordConstructor(params, at), isStatic: false, role: 'method' });
    return {
      kind: 'class',
      name: className,
      ...(superclass && { superclass }),
      methods,
      fields,
      decorators: this.functions.decorators(decoratorNodes),
      ...at,
    };
  }

  #members(
    nodes: readonly SyntaxNode[],
    className: string,
    methods: Method[],
    fields: ClassField[],
    params: Parameter[],
  ): void {
    for (const node of nodes) {
      if (node.type === 'function_definition' || node.type === 'decorated_definition') {
        const definition = node.type === 'function_definition' ? node : childOf(node, 'definition');
        const decorators = node.children.filter(({ type }) => type === 'decorator');
        if (!definition) continue;
        if (definition.type === 'class_definition') this.#innerClass(definition, decorators, fields);
        else this.#method(definition, decorators, className, methods);
      } else if (node.type === 'class_definition') this.#innerClass(node, [], fields);
      else if (node.type === 'expression_statement')
        for (const one of node.children) this.#classField(one, fields, params);
      else if (/^(?:if|try|with|else|elif|except|finally)_|^block$|^except/.test(node.type))
        this.#members(node.children, className, methods, fields, params);
    }
  }

  #innerClass(node: SyntaxNode, decorators: readonly SyntaxNode[], fields: ClassField[]): void {
    const name = childOf(node, 'name');
    if (name) fields.push({ name: this.file.text(name), value: this.#class(node, decorators), isStatic: true });
  }

  #classField(node: SyntaxNode, fields: ClassField[], params: Parameter[]): void {
    if (node.type !== 'assignment') {
      if (node.type !== 'string') fields.push({ name: '', value: this.host.expression(node), isStatic: true });
      return;
    }
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (left?.type !== 'identifier') return;
    const name = this.file.text(left);
    const annotation = this.functions.typed(childOf(node, 'type'));
    const value = right && this.host.expression(right);
    if (childOf(node, 'type'))
      params.push({ pattern: nameAt(name, rangeOf(left)), ...annotation, ...(value && { fallback: value }) });
    const field = { name, ...(annotation.type !== undefined && { type: annotation.type }), ...(value && { value }) };
    if (value) fields.push({ ...field, isStatic: true });
    fields.push({ ...field, isStatic: false });
  }

  #method(node: SyntaxNode, decorators: readonly SyntaxNode[], className: string, methods: Method[]): void {
    const nameNode = childOf(node, 'name');
    if (!nameNode) return;
    const own = this.file.text(nameNode);
    const name = own === '__init__' ? 'constructor' : own;
    const marks = decorators.map((one) => this.file.text(one)).join('\n');
    const value = this.functions.function(node, decorators, true, className);
    const role = /@(?:\w+\.)*(?:cached_)?property\b/.test(marks)
      ? 'getter'
      : /@\w+\.(?:setter|deleter)\b/.test(marks)
        ? 'setter'
        : 'method';
    if (/@(?:static|class)method\b/.test(marks)) methods.push({ name, value, isStatic: true, role: 'method' });
    methods.push({ name, value, isStatic: false, role });
  }
}

/** The constructor of a class that is defined by its fields. */
function recordConstructor(params: readonly Parameter[], at: Range): FunctionValue {
  const body = params.flatMap(({ pattern }): Statement[] =>
    pattern.kind === 'name'
      ? [evaluate(assign(member(nameAt('this', at), pattern.name, at), nameAt(pattern.name, at), at))]
      : [],
  );
  return { kind: 'function', name: '__init__', params, body, isArrow: false, decorators: [], ...at };
}
