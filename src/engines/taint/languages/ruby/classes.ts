import type { ClassField, Expression, FunctionValue, Method, Parameter, Statement } from '../../ir/ir';
import { assign, call, evaluate, functionOf, member, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import { routeVerbs, type Calls } from './calls';
import type { Context, Place } from './context';
import type { Declared } from './declared';
import type { Functions } from './functions';
import type { Host } from './host';
import { modifiers } from './names';
import type { References } from './references';
import { constantSpecifier } from './resolve';
import { usesRequest } from './script';
import { keyOf, membersOf } from './syntax';
import type { Views } from './views';

/** Lowers classes and modules. */
export class Classes {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly references: References,
    private readonly views: Views,
    private readonly functions: Functions,
    private readonly calls: Calls,
    private readonly host: Host,
  ) {}

  declaration(one: Declared): Statement[] {
    const target = nameAt(`::${one.name}`, one.at);
    const value = this.#class(one);
    return [
      { kind: 'declare', target, value, scope: 'function', ...one.at },
      { kind: 'export', name: constantSpecifier([one.name]).toLowerCase(), value: target, ...one.at },
    ];
  }

  #class(one: Declared): Expression {
    return this.context.inPlace({ declared: one, isStatic: true, method: '' }, () => this.#classIn(one));
  }

  #classIn(one: Declared): Expression {
    const methods: Method[] = [];
    const fields: ClassField[] = [];
    const rest: SyntaxNode[] = [];
    const superclass = one.superclass
      ? this.host.expression(one.superclass)
      : one.isModule
        ? this.#conventional(one)
        : this.#controller(one);
    const mixins = one.mixins
      .filter(({ type }) => type === 'constant' || type === 'scope_resolution')
      .map((node) => this.host.expression(node));
    const hidden = this.#hiddenMethods(one);
    for (const node of one.members) this.#member(node, one, methods, fields, rest, false);
    for (const [index, { name, value, isStatic, role }] of methods.entries()) {
      if (isStatic || name === 'constructor' || hidden.has(name)) continue;
      const called = one.callbacks.filter(
        ({ method, only, except }) => method !== name && (!only || only.has(name)) && !except.has(name),
      );
      const at = { from: value.from, to: value.from };
      const calls = called.map(({ method }) => evaluate(call(member(nameAt('this', at), method, at), [], at)));
      const shown = one.isModule ? value : this.views.withView(name, value);
      methods[index] = { name, isStatic, role, value: { ...shown, body: [...calls, ...shown.body] } };
    }
    if (rest.length > 0) {
      const body = this.functions.bodyOf(rest, { declared: one, isStatic: true, method: '' });
      methods.push(methodOf(functionOf(`${one.name} (body)`, [], body, one.at), '(body)', true));
    }
    return {
      kind: 'class',
      name: one.name,
      ...(superclass && { superclass }),
      ...(mixins.length > 0 && { mixins }),
      methods,
      fields,
      decorators: [],
      ...one.at,
    };
  }

  /** The methods that a framework does not call on its own: private ones, and those that run before others. */
  #hiddenMethods(one: Declared): ReadonlySet<string> {
    const hidden = new Set(one.callbacks.map(({ method }) => method));
    let isHidden = false;
    for (const node of one.members) {
      const text = node.type === 'identifier' ? this.file.text(node) : '';
      if (/^(?:private|protected|public)$/.test(text)) isHidden = text !== 'public';
      else if (node.type === 'method' && isHidden) hidden.add(this.file.nameOf(node));
      else if (node.type === 'call' && /^(?:private|protected)$/.test(this.file.textOf(node, 'method')))
        for (const arg of childOf(node, 'arguments')?.children ?? [])
          hidden.add(arg.type === 'method' ? this.file.nameOf(arg) : this.file.text(arg).replace(/^:/, ''));
    }
    return hidden;
  }

  /** What a module is mixed into, by the folder where Rails looks for it. */
  #conventional(one: Declared): Expression | undefined {
    const base = /(?:^|\/)app\/controllers\//.test(this.file.path)
      ? 'ActionController::Base'
      : /(?:^|\/)app\/helpers\//.test(this.file.path)
        ? 'ActionView::Base'
        : this.#usesRequest(one)
          ? 'ActionController::Base'
          : undefined;
    return base === undefined ? undefined : nameAt(this.references.library(base), one.at);
  }

  /** A class that reads the request like a controller is mixed into one, or made to look like one. */
  #controller(one: Declared): Expression | undefined {
    return this.#usesRequest(one) ? nameAt(this.references.library('ActionController::Base'), one.at) : undefined;
  }

  /** Whether a module or class has methods that only make sense in a controller. */
  #usesRequest({ members, methods, attributes }: Declared): boolean {
    if (methods.has('params') || methods.has('request') || attributes.has('params')) return false;
    return members.some((node) => {
      const parameters = childOf(node, 'parameters');
      return (
        node.type === 'method' &&
        usesRequest.test(this.file.text(node)) &&
        !/\b(?:params|request|cookies)\b/.test(parameters ? this.file.text(parameters) : '')
      );
    });
  }

  #member(
    node: SyntaxNode,
    one: Declared,
    methods: Method[],
    fields: ClassField[],
    rest: SyntaxNode[],
    isStatic: boolean,
  ): void {
    switch (node.type) {
      case 'method':
      case 'singleton_method': {
        const own = isStatic || node.type === 'singleton_method';
        const name = this.file.nameOf(node);
        const value = this.functions.method(node, { declared: one, isStatic: own, method: name });
        methods.push(methodOf(value, name === 'initialize' && !own ? 'constructor' : name, own));
        if (one.isOwn && !own) {
          const copy = this.functions.method(node, { declared: one, isStatic: true, method: name });
          methods.push(methodOf(copy, name, true));
        }
        return;
      }
      case 'singleton_class':
        for (const inner of membersOf(node)) this.#member(inner, one, methods, fields, rest, true);
        return;
      case 'class':
      case 'module':
      case 'identifier':
      case 'alias':
      case 'undef':
      case 'heredoc_body':
        return;
      case '$struct': {
        const at = rangeOf(node);
        const names = [...one.attributes];
        const params = names.map((name): Parameter => ({ pattern: nameAt(name, at) }));
        const body = names.map((name) => evaluate(assign(member(nameAt('this', at), name, at), nameAt(name, at), at)));
        methods.push(methodOf(functionOf('new', params, body, at), 'constructor', false));
        return;
      }
      case 'assignment': {
        const left = childOf(node, 'left');
        const right = childOf(node, 'right');
        if (left?.type === 'constant') return;
        if (left && right && (left.type === 'class_variable' || left.type === 'instance_variable')) {
          const value = this.host.expression(right);
          fields.push({ name: this.file.text(left), value, isStatic: true });
          return;
        }
        rest.push(node);
        return;
      }
      case 'call':
        if (this.#classCall(node, one, methods, fields, rest, isStatic)) return;
        rest.push(node);
        return;
      default:
        if (/^(?:if|unless|then|else|begin|if_modifier|unless_modifier|body_statement)$/.test(node.type))
          for (const inner of node.children) this.#member(inner, one, methods, fields, rest, isStatic);
        else if (node.isNamed) rest.push(node);
    }
  }

  /** A call in the body of a class. @returns whether it is completely handled */
  #classCall(
    node: SyntaxNode,
    one: Declared,
    methods: Method[],
    fields: ClassField[],
    rest: SyntaxNode[],
    isStatic: boolean,
  ): boolean {
    const name = this.file.textOf(node, 'method');
    const args = childOf(node, 'arguments')?.children ?? [];
    const body = childOf(node, 'block');
    if (/^(?:attr\w*|include|prepend|extend|require\w*|alias_method|delegate|class_attribute)$/.test(name)) return true;
    if (modifiers.test(name)) {
      for (const inner of args)
        if (/method$/.test(inner.type))
          this.#member(inner, one, methods, fields, rest, isStatic || name === 'private_class_method');
      return true;
    }
    if (/^(?:included|prepended|class_methods|helpers|concerning|namespace_methods)$/.test(name) && body) {
      for (const inner of membersOf(body)) this.#member(inner, one, methods, fields, rest, name === 'class_methods');
      return true;
    }
    const at = rangeOf(node);
    const [first] = args;
    const label = first && /symbol|string/.test(first.type) ? this.file.text(first).replace(/^:|['"]/g, '') : name;
    const code = body ?? args.find(({ type }) => type === 'lambda');
    if (!code) return false;
    const isNamed = name === 'define_method' || name === 'scope';
    if (
      body &&
      routeVerbs.test(name) &&
      one.superclass &&
      /Sinatra|Padrino|(?:^|::)(?:App|Base|Application)$/.test(this.file.text(one.superclass))
    )
      this.context.routes.add(body);
    const own = name === 'scope';
    const place: Place = { declared: one, isStatic: own, method: label };
    const decorators: Expression[] = [];
    if (!isNamed && one.superclass) {
      const decorator = member(this.host.expression(one.superclass), name, rangeOf(childOf(node, 'method') ?? node));
      decorators.push(call(decorator, this.calls.arguments(args).args, at));
    }
    const value = this.context.inPlace(place, () =>
      this.functions.function(label, code, undefined, { isArrow: false, decorators }),
    );
    const key = isNamed ? label : keyOf(name, node);
    methods.push(methodOf(value, key, own));
    return true;
  }
}

function methodOf(value: FunctionValue, name: string, isStatic: boolean): Method {
  return { name, value, isStatic, role: 'method' };
}
