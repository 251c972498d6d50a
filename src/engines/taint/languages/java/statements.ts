import type { Expression, Pattern, Statement, Switch } from '../../ir/ir';
import { call, construct, jump, literal, member, nameAt, opaque, rangeOf, whileLoop, withType } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { Loops } from '../shared/loops';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import type { Context } from './context';
import type { Host } from './host';
import type { Patterns } from './patterns';
import { isType } from './syntax';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers statements. */
export class Statements {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly loops: Loops,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly classes: Classes,
    private readonly patterns: Patterns,
    private readonly host: Host,
  ) {}

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return this.context.scopes.within(() => nodes.flatMap((node) => this.statement(node)));
  }

  block(node: SyntaxNode | undefined): Statement[] {
    if (!node?.isNamed) return [];
    return this.body(node.type === 'block' ? node.children : [node]);
  }

  statement(node: SyntaxNode): Statement[] {
    return this.context.pending.before(() => this.#statement(node));
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement':
        return this.children.evaluated(node.children[0]);
      case 'local_variable_declaration':
        return this.declarations(node);
      case 'block':
      case 'constructor_body':
        return [{ kind: 'block', body: this.body(node.children), ...at }];
      case 'if_statement':
        return this.loops.if(node);
      case 'while_statement': {
        const test = this.children.child(node, 'condition');
        return [whileLoop(test, this.block(childOf(node, 'body')), false, at)];
      }
      case 'do_statement': {
        const body = this.block(childOf(node, 'body'));
        return [whileLoop(this.children.child(node, 'condition'), body, true, at)];
      }
      case 'for_statement':
        return this.loops.for(node, 'init', (one) =>
          one.type === 'local_variable_declaration' ? this.declarations(one) : this.children.evaluated(one),
        );
      case 'enhanced_for_statement':
        return this.#forEach(node);
      case 'labeled_statement':
        return node.children.slice(1).flatMap((one) => this.statement(one));
      case 'break_statement':
      case 'continue_statement': {
        const [label] = node.children;
        const kind = node.type === 'break_statement' ? 'break' : 'continue';
        return [jump(kind, label && this.file.text(label), at)];
      }
      case 'return_statement':
      case 'yield_statement': {
        const [value] = node.children;
        if (!value) return [{ kind: 'return', ...at }];
        const lowered = this.host.expression(value);
        const type = this.context.returned;
        if (type === undefined) return [{ kind: 'return', value: lowered, ...at }];
        const own = rangeOf(value);
        return [
          {
            kind: 'return',
            value: construct(this.types.type(type), [{ value: lowered }], own),
            ...at,
          },
        ];
      }
      case 'throw_statement':
        return [{ kind: 'throw', value: this.children.first(node), ...at }];
      case 'try_statement':
      case 'try_with_resources_statement':
        return this.#try(node);
      case 'switch_expression':
        return this.switch(node, false);
      case 'synchronized_statement':
        return [
          ...this.children.evaluated(node.children[0]),
          { kind: 'block', body: this.block(childOf(node, 'body')), ...at },
        ];
      case 'assert_statement':
        return node.children.flatMap((one) => this.children.evaluated(one));
      case 'explicit_constructor_invocation': {
        const which = childOf(node, 'constructor');
        const args = this.host.args(childOf(node, 'arguments'));
        const callee: Expression =
          which && this.file.text(which) === 'this'
            ? member(nameAt('this', at), 'constructor', at)
            : nameAt('super', at);
        return [{ kind: 'evaluate', value: call(callee, args, at), ...at }];
      }
      case 'import_declaration':
      case 'package_declaration':
        return [];
      default:
        if (isType(node)) return this.classes.localClass(node);
        return this.children.evaluated(node);
    }
  }

  declarations(node: SyntaxNode): Statement[] {
    const typeNode = childOf(node, 'type');
    const type = this.types.typeName(typeNode);
    const simple = this.types.simple(typeNode);
    return node.children.flatMap((one): Statement[] => {
      if (one.type !== 'variable_declarator') return [];
      const at = rangeOf(one);
      const name = this.file.nameOf(one);
      const initial = childOf(one, 'value');
      const value = initial && this.host.expression(initial);
      this.context.declareLocal(
        name,
        simple === 'var' ? this.variables.typeOf(initial) : simple,
        initial && this.host.matcher(initial),
      );
      return [
        {
          kind: 'declare',
          target: this.variables.named(one),
          ...withType(type),
          ...(value && { value }),
          scope: 'block',
          ...at,
        },
      ];
    });
  }

  #forEach(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const collection = this.children.child(node, 'value');
    return this.context.scopes.within(() => {
      const typeNode = childOf(node, 'type');
      const target = this.variables.named(node);
      this.context.declareLocal(target.name, this.types.simple(typeNode));
      const type = this.types.typeName(typeNode);
      const retyped: Statement[] =
        type === undefined || type === 'number'
          ? []
          : [{ kind: 'declare', target, type, value: target, scope: 'block', ...at }];
      const body = [...retyped, ...this.block(childOf(node, 'body'))];
      return [{ kind: 'forEach', target, of: 'items', collection, body, ...at }];
    });
  }

  #try(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const body = this.context.scopes.within(() => {
      const resources = (childOf(node, 'resources')?.children ?? []).flatMap((one) => this.#resource(one));
      return [...resources, ...this.block(childOf(node, 'body'))];
    });
    const handlers: { target?: Pattern; body: Statement[] }[] = [];
    let last: Statement[] = [];
    for (const one of node.children)
      if (one.type === 'catch_clause') handlers.push(this.context.scopes.within(() => this.#handler(one)));
      else if (one.type === 'finally_clause') last = this.block(one.children.find(({ type }) => type === 'block'));
    return [{ kind: 'try', body, handlers, last, ...at }];
  }

  #resource(node: SyntaxNode): Statement[] {
    const name = childOf(node, 'name');
    const value = childOf(node, 'value');
    if (!name || !value) return this.children.evaluated(node.children[0]);
    const lowered = this.host.expression(value);
    this.context.declareLocal(this.file.text(name), this.types.simple(childOf(node, 'type')));
    return [
      {
        kind: 'declare',
        target: nameAt(this.file.text(name), rangeOf(name)),
        ...withType(this.types.typeName(childOf(node, 'type'))),
        value: lowered,
        scope: 'block',
        ...rangeOf(node),
      },
    ];
  }

  #handler(node: SyntaxNode): { target?: Pattern; body: Statement[] } {
    const parameter = node.children.find(({ type }) => type === 'catch_formal_parameter');
    const target = parameter && this.variables.named(parameter);
    if (target) this.context.declareLocal(target.name, 'Exception');
    return { ...(target && { target }), body: this.block(childOf(node, 'body')) };
  }

  /** A `switch`; as an expression, the values that its cases yield are returned. */
  switch(node: SyntaxNode, isExpression: boolean): Statement[] {
    const at = rangeOf(node);
    const condition = childOf(node, 'condition');
    let value = condition ? this.host.expression(condition) : opaque([], at);
    const before: Statement[] = [];
    if (value.kind !== 'name') {
      const temporary = nameAt(`$switch${this.context.fresh()}`, rangeOf(condition ?? node));
      before.push({ kind: 'declare', target: temporary, value, scope: 'block', ...at });
      value = temporary;
    }
    const cases = this.context.scopes.within(() =>
      this.#cases(childOf(node, 'body')?.children ?? [], value, isExpression),
    );
    return [...before, { kind: 'switch', value, cases, ...at }];
  }

  #cases(groups: readonly SyntaxNode[], value: Expression, isExpression: boolean): Switch['cases'] {
    const cases: { tests: Expression[]; body: Statement[] }[] = [];
    let tests: Expression[] = [];
    let isDefault = false;
    for (const group of groups) {
      const isRule = group.type === 'switch_rule';
      const bindings: Statement[] = [];
      const parts = group.children.filter(({ type }) => type !== 'switch_label');
      for (const label of group.children.filter(({ type }) => type === 'switch_label')) {
        if (/^default\b/.test(this.file.text(label))) isDefault = true;
        for (const one of label.children)
          if (one.type === 'pattern') {
            for (const inner of one.children) bindings.push(...this.patterns.patternBindings(inner, value));
            tests.push(opaque([], rangeOf(one)));
          } else if (one.type === 'guard')
            tests.splice(
              0,
              tests.length,
              ...one.children.map((inner) => this.host.expression(inner)).map((inner) => opaque([inner], rangeOf(one))),
            );
          else if (one.type !== 'null_literal' || label.children.length === 1)
            tests.push(one.type === 'identifier' ? this.#caseName(one) : this.host.expression(one));
      }
      if (!isRule && parts.length === 0) continue;
      const body: Statement[] = [...bindings];
      if (!isRule) body.push(...parts.flatMap((one) => this.statement(one)));
      else {
        const [part] = parts;
        if (part?.type === 'expression_statement' && isExpression)
          body.push({ kind: 'return', value: this.children.first(part), ...rangeOf(part) });
        else if (part) body.push(...this.statement(part));
        if (!isExpression) body.push({ kind: 'break', ...rangeOf(group) });
      }
      cases.push({ tests: isDefault ? [] : tests, body });
      tests = [];
      isDefault = false;
    }
    return cases;
  }

  /** The name of an enum's constant, or a constant of this class. */
  #caseName(node: SyntaxNode): Expression {
    const name = this.file.text(node);
    const isField =
      this.context.around(({ fields }) => fields.has(name)) !== undefined || this.types.staticImports.has(name);
    return isField ? this.variables.identifier(name, rangeOf(node)) : literal(name, node);
  }
}
