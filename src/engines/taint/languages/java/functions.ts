import type { Argument, Expression, FunctionValue, Parameter, Statement } from '../../ir/ir';
import { call, conditional, construct, literal, member, nameAt, opaque, rangeOf, withType } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Declared } from './declared';
import type { ClassInfo, Context } from './context';
import type { Host } from './host';
import { candidates } from './resolve';
import type { Types } from './types';

/** Lowers methods, constructors and lambdas. */
export class Functions {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly types: Types,
    private readonly declared: Declared,
    private readonly host: Host,
  ) {}

  /** A method; one without a body calls its implementation (by convention, or in this file), and passes its arguments on. */
  method(node: SyntaxNode, info: ClassInfo): FunctionValue | undefined {
    const decorators = this.annotations(node);
    if (childOf(node, 'body')) return this.function(node, decorators);
    const at = rangeOf(node);
    const lowered = this.function(node, decorators);
    const sql = /@(?:Select|Update|Insert|Delete)\b/.test(this.declared.modifiers(node, true));
    const names = lowered.params.flatMap(({ pattern }) => (pattern.kind === 'name' ? [pattern] : []));
    if (sql) {
      // MyBatis inserts the values of `${name}` into the statement unescaped.
      const text = this.declared.modifiers(node, true);
      const inserted = names.filter(({ name }, index) => {
        const parameter = childOf(node, 'parameters')?.children.filter(({ type }) => /parameter$/.test(type))[index];
        const param =
          /@Param\s*\(\s*(?:value\s*=\s*)?"(\w+)"/.exec(parameter ? this.file.text(parameter) : '')?.[1] ?? name;
        return new RegExp(`\\$\\{\\s*${param}\\b`).test(text);
      });
      const call = (value: Expression): Statement => ({
        kind: 'evaluate',
        value: {
          kind: 'call',
          callee: this.types.type('MyBatisStatement'),
          args: [{ value: { kind: 'text', parts: [literal('select ', at), value], ...at } }],
          isNew: true,
          ...at,
        },
        ...at,
      });
      return inserted.length > 0 ? { ...lowered, body: inserted.map(call) } : undefined;
    }
    if (!info.isInterface || info.hasParent || decorators.length > 0 || info.local.includes('$'))
      return info.isInterface && (decorators.length > 0 || info.hasParent)
        ? undefined
        : { ...lowered, body: [{ kind: 'return', value: opaque(names, at), ...at }] };
    const method = this.file.nameOf(node);
    const passed: Expression = opaque(names, at);
    const implementers = [...this.declared.infos.values()]
      .filter((one) => one !== info && this.#interfacesOf(one.node).includes(info.local))
      .map(({ local }) => local);
    if (implementers.length === 0) implementers.push(this.#implementation(info.local));
    const value = implementers.slice(0, 3).reduce<Expression>((other, type) => {
      const yes: Expression = {
        kind: 'call',
        callee: member({ kind: 'typed', value: opaque([], at), type, ...at }, method, at),
        args: names.map((one) => ({ value: one })),
        isNew: false,
        ...at,
      };
      return { kind: 'conditional', test: opaque([], at), yes, no: other, ...at };
    }, passed);
    return { ...lowered, body: [{ kind: 'return', value, ...at }] };
  }

  #interfacesOf(node: SyntaxNode): string[] {
    const list = childOf(node, 'interfaces')?.children.find(({ type }) => type === 'type_list');
    return (list?.children ?? []).map((one) => this.types.simple(one) ?? '');
  }

  /** The class that implements an interface, by naming convention: `impl.UserServiceImpl` for `UserService`. */
  #implementation(name: string): string {
    const base = /^I[A-Z]/.test(name) ? name.slice(1) : undefined;
    const prefix = this.types.package === '' ? '' : `${this.types.package}.`;
    const paths = [
      `${prefix}${name}Impl`,
      `${prefix}impl.${name}Impl`,
      `${prefix}Default${name}`,
      ...(base === undefined
        ? []
        : [`${prefix}${base}`, `${prefix}impl.${base}`, `${prefix}${base}Impl`, `${prefix}impl.${base}Impl`]),
    ];
    const local = `${name}$Implementation`;
    this.types.used.set(local, { module: candidates(`${prefix}${name}Impl`, paths), name: 'default' });
    return local;
  }

  function(node: SyntaxNode, decorators: readonly Expression[]): FunctionValue {
    const at = rangeOf(node);
    const name = node.type === 'constructor_declaration' ? 'constructor' : this.file.nameOf(node);
    const info = this.context.classes.at(-1);
    const wasCaptured = info?.isCaptured;
    if (info) info.isCaptured = false;
    const outerReturned = this.context.returned;
    this.context.returned = this.#responseOf(node);
    const isMain = name === 'main' && /\bstatic\b/.test(this.declared.modifiers(node));
    let params: Parameter[] = [];
    let body: Statement[] = this.context.inBody(() => {
      params = (childOf(node, 'parameters')?.children ?? [])
        .filter(({ type }) => type === 'formal_parameter' || type === 'spread_parameter')
        .map((one) => this.parameter(one));
      const own = childOf(node, 'body');
      return own ? this.host.body(own.children) : [];
    });
    this.context.returned = outerReturned;
    if (isMain) params = params.map((one) => ({ ...one, decorators: [this.types.type('MainArguments')] }));
    if (info?.isCaptured)
      body = [
        { kind: 'declare', target: nameAt(`${info.local}$this`, at), value: nameAt('this', at), scope: 'block', ...at },
        ...body,
      ];
    if (info && wasCaptured !== undefined) info.isCaptured = wasCaptured;
    return { kind: 'function', name, params, body, isArrow: false, decorators, ...at };
  }

  /**
   * How a framework uses the text that a method returns: as the name of a view, or as the body of a response that a browser may interpret as HTML.
   */
  #responseOf(node: SyntaxNode): string | undefined {
    const annotations = this.declared.modifiers(node, true);
    const type = childOf(node, 'type');
    if (!type || !/^(?:(?:ResponseEntity|Mono|Callable)<)*String>*$/.test(this.file.text(type).replace(/\s+/g, '')))
      return undefined;
    const owner = this.context.classes.at(-1);
    const around = owner ? this.declared.modifiers(owner.node, true) : '';
    if (/@(?:Get|Post|Put|Patch|Delete|Request)Mapping\b/.test(annotations)) {
      const isBody =
        /@RestController\b|@ResponseBody\b/.test(around + annotations) || this.file.text(type) !== 'String';
      if (!isBody) return 'SpringView';
      return /\bproduces\b/.test(annotations + around) && !/html|_ALL|\*\/\*/i.test(annotations + around)
        ? undefined
        : 'HtmlBody';
    }
    return /@(?:GET|POST|PUT|Path)\b/.test(annotations) && /@Produces\([^)]*html/i.test(annotations + around)
      ? 'HtmlBody'
      : undefined;
  }

  parameter(node: SyntaxNode): Parameter {
    const isRest = node.type === 'spread_parameter';
    const typeNode = isRest
      ? node.children.find(({ type }) => type !== 'modifiers' && type !== 'variable_declarator')
      : childOf(node, 'type');
    const named = isRest ? node.children.find(({ type }) => type === 'variable_declarator') : node;
    const name = named ? this.file.nameOf(named) : '';
    const target = (named && childOf(named, 'name')) ?? node;
    const type = this.types.typeName(typeNode);
    this.context.declareLocal(name, this.types.simple(typeNode));
    const isArray = (typeNode && /\[\]|</.test(this.file.text(typeNode))) ?? false;
    const decorators = type === 'number' && !isArray ? [] : this.annotations(node);
    return {
      pattern: nameAt(name, rangeOf(target)),
      ...(!isRest && withType(type === 'number' && isArray ? undefined : type)),
      ...(isRest && { rest: true }),
      ...(decorators.length > 0 && { decorators }),
    };
  }

  annotations(node: SyntaxNode): Expression[] {
    const modifiers = node.children.find(({ type }) => type === 'modifiers');
    return (modifiers?.children ?? [])
      .filter(({ type }) => type === 'annotation' || type === 'marker_annotation')
      .map((one) => this.annotation(one));
  }

  annotation(node: SyntaxNode): Expression {
    const name = childOf(node, 'name');
    const callee = name ? this.types.typeExpression(name) : opaque([], rangeOf(node));
    const list = childOf(node, 'arguments');
    if (!list) return callee;
    const args = list.children.map((one): Argument => {
      const [key, value] = [childOf(one, 'key'), childOf(one, 'value')];
      return one.type === 'element_value_pair' && key && value
        ? { name: this.file.text(key), value: this.context.inBody(() => this.host.expression(value)) }
        : { value: this.context.inBody(() => this.host.expression(one)) };
    });
    return call(callee, args, node);
  }

  lambda(node: SyntaxNode): FunctionValue {
    const at = rangeOf(node);
    const list = childOf(node, 'parameters');
    const own = childOf(node, 'body');
    return this.context.inFunction(() => {
      const params = !list
        ? []
        : list.type === 'identifier'
          ? [this.#inferred(list)]
          : list.children
              .filter(({ isNamed }) => isNamed)
              .map((one) => (one.type === 'identifier' ? this.#inferred(one) : this.parameter(one)));
      const body: Statement[] = own?.type === 'block' ? this.host.body(own.children) : own ? this.#lambdaBody(own) : [];
      return { kind: 'function', name: '', params, body, isArrow: true, decorators: [], ...at };
    });
  }

  #lambdaBody(node: SyntaxNode): Statement[] {
    const value = this.host.expression(node);
    return [...this.context.pending.take(), { kind: 'return', value, ...rangeOf(node) }];
  }

  #inferred(node: SyntaxNode): Parameter {
    this.context.declareLocal(this.file.text(node), undefined);
    return { pattern: nameAt(this.file.text(node), rangeOf(node)) };
  }

  /** `this::m`, `Type::m`, `Type::new`. */
  reference(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [object, ...rest] = node.children;
    const name = rest.filter(({ type }) => type === 'identifier').at(-1);
    if (!object) return opaque([], at);
    const all = nameAt('$all', at);
    const spread: Argument[] = [{ value: all, spread: 'list' }];
    const arrow = (params: Parameter[], value: Expression): Expression => ({
      kind: 'function',
      name: '',
      params,
      body: [{ kind: 'return', value, ...at }],
      isArrow: true,
      decorators: [],
      ...at,
    });
    const ofAll: Parameter[] = [{ pattern: all, rest: true }];
    if (!name) {
      if (object.type === 'array_type') return arrow(ofAll, { kind: 'list', items: [], ...at });
      return arrow(ofAll, construct(this.types.typeExpression(object), spread, at));
    }
    const method = this.file.text(name);
    const text = this.file.text(object);
    const isTypeName =
      object.type !== 'this' &&
      object.type !== 'super' &&
      /^(?:[a-z]\w*\.)*[A-Z]\w*(?:\.[A-Z]\w*)*(?:<.*>)?$/.test(text) &&
      !this.context.scopes.find(text) &&
      !this.context.around(({ fields }) => fields.has(text));
    if (!isTypeName)
      return arrow(ofAll, {
        kind: 'call',
        callee: member(this.host.expression(object), method, at),
        args: spread,
        isNew: false,
        ...at,
      });
    const first = nameAt('$first', at);
    const type = this.types.typeExpression(object);
    const onFirst: Expression = call(member(first, method, at), spread, at);
    if (text === 'String' && !/^(?:valueOf|format|join)$/.test(method))
      return arrow([{ pattern: first }, ...ofAll], onFirst);
    const ofType: Expression = {
      kind: 'call',
      callee: member(type, method, at),
      args: [{ value: first }, ...spread],
      isNew: false,
      ...at,
    };
    const info = [...this.declared.infos.values()].find(({ local }) => type.kind === 'name' && local === type.name);
    if (
      info?.methods.get(method) === true ||
      /^[A-Z]\w*(?:Utils?|s)$|^(?:Integer|Long|Double|Float|Boolean|Paths|Files|UUID)$/.test(text)
    )
      return arrow([{ pattern: first }, ...ofAll], ofType);
    if (info?.methods.get(method) === false) return arrow([{ pattern: first }, ...ofAll], onFirst);
    return arrow([{ pattern: first }, ...ofAll], conditional(opaque([], at), ofType, onFirst, at));
  }
}
