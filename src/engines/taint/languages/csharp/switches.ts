import type { Expression, Range, Statement } from '../../ir/ir';
import { call, evaluate, functionOf, literal, nameAt, opaque, rangeOf, returned } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Host } from './host';
import type { Patterns } from './patterns';

/** A case of a `switch`: constants, and other conditions, one of which holds. */
interface Case {
  readonly constants: Expression[];
  readonly conditions: Expression[];
  isDefault: boolean;
  readonly body: Statement[];
}

/** Lowers `switch`. */
export class Switches {
  constructor(
    private readonly file: CSharpFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly patterns: Patterns,
    private readonly host: Host,
  ) {}

  /** The value switched on, in a variable. */
  #subject(node: SyntaxNode | undefined, at: Range): { value: Expression; before: Statement[] } {
    const value = node ? this.host.expression(node) : opaque([], at);
    if (value.kind === 'name' || value.kind === 'member') return { value, before: [] };
    const temporary = nameAt(`$switch${this.context.fresh()}`, node ?? at);
    return { value: temporary, before: [{ kind: 'declare', target: temporary, value, scope: 'block', ...at }] };
  }

  switch(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const { value, before } = this.#subject(childOf(node, 'value'), at);
    const sections = (childOf(node, 'body')?.children ?? []).filter(({ type }) => type === 'switch_section');
    const cases = this.context.scopes.within(() => this.#cases(sections, value));
    return [...before, ...this.#chosen(value, cases, at)];
  }

  #cases(sections: readonly SyntaxNode[], value: Expression): Case[] {
    const cases: Case[] = [];
    let open: Case | undefined;
    for (const section of sections) {
      open ??= { constants: [], conditions: [], isDefault: false, body: [] };
      const own: Case = open;
      if (/^default\b/.test(this.file.text(section))) own.isDefault = true;
      const parts: SyntaxNode[] = [];
      for (const one of section.children)
        if (/_pattern$|^discard$/.test(one.type)) this.#addCase(own, one, value, section);
        else if (one.type !== 'when_clause' && one.isNamed) parts.push(one);
      if (parts.length === 0) continue;
      own.body.push(...parts.flatMap((one) => this.host.statement(one)));
      cases.push(own);
      open = undefined;
    }
    return cases;
  }

  /** Adds the conditions of a pattern to its case. */
  #addCase(to: Case, node: SyntaxNode, value: Expression, around: SyntaxNode): void {
    const at = rangeOf(node);
    const when = around.children.find(({ type }) => type === 'when_clause');
    const constants = when ? undefined : this.patterns.constantsOf(node);
    if (constants) {
      to.constants.push(...constants);
      return;
    }
    const isAll = node.type === 'discard' || node.type === 'var_pattern';
    const { test, bindings } = this.patterns.matched(node, value);
    const assigned = this.patterns.assignedBefore(bindings);
    const checked = when?.children[0] && this.host.expression(when.children[0]);
    if (isAll && !checked) {
      to.isDefault = true;
      to.body.push(...assigned.map((one): Statement => evaluate(one, at)));
      return;
    }
    const condition: Expression = checked
      ? isAll
        ? checked
        : { kind: 'logical', operator: '&&', left: test, right: checked, ...at }
      : test;
    to.conditions.push(assigned.length > 0 ? { kind: 'sequence', values: [...assigned, condition], ...at } : condition);
  }

  /** A `switch` over constants; with other patterns, a chain of `if` statements, which `break` leaves. */
  #chosen(value: Expression, cases: readonly Case[], at: Range): Statement[] {
    if (cases.every(({ conditions }) => conditions.length === 0))
      return [
        {
          kind: 'switch',
          value,
          cases: cases.map(({ constants, isDefault, body }) => ({ tests: isDefault ? [] : constants, body })),
          ...at,
        },
      ];
    const last = cases.find(({ isDefault }) => isDefault)?.body ?? [];
    const chain = cases.reduceRight<readonly Statement[]>((no, { constants, conditions, isDefault, body }) => {
      if (isDefault) return no;
      const tests = [
        ...constants.map((right): Expression => ({ kind: 'binary', operator: '==', left: value, right, ...at })),
        ...conditions,
      ];
      const test = tests.reduce((left, right): Expression => ({ kind: 'logical', operator: '||', left, right, ...at }));
      return [{ kind: 'if', test, yes: body, no, ...at }];
    }, last);
    return [
      {
        kind: 'loop',
        init: [],
        test: literal(false, at),
        body: [...chain, { kind: 'break', ...at }],
        isPost: true,
        ...at,
      },
    ];
  }

  switchExpression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const body = this.context.inFunction((): Statement[] => {
      const [subject, ...arms] = node.children.filter(({ isNamed }) => isNamed);
      const { value, before } = this.#subject(subject, at);
      const cases: Case[] = [];
      const declared: Statement[] = [];
      for (const arm of arms) {
        if (arm.type !== 'switch_expression_arm') continue;
        this.context.scopes.within(() => {
          const [pattern, ...rest] = arm.children.filter(({ isNamed }) => isNamed);
          const result = rest.at(-1);
          if (!pattern || !result) return;
          const own: Case = { constants: [], conditions: [], isDefault: false, body: [] };
          this.#addCase(own, pattern, value, arm);
          const end: Statement =
            result.type === 'throw_expression'
              ? { kind: 'throw', value: this.children.first(result), ...rangeOf(result) }
              : returned(this.host.expression(result), result);
          declared.push(...this.context.pending.take());
          own.body.push(end);
          cases.push(own);
        });
      }
      return [...before, ...declared, ...this.#chosen(value, cases, at)];
    });
    return this.immediate('switch', body, at);
  }

  /** A function that is called immediately. */
  immediate(name: string, body: readonly Statement[], at: Range): Expression {
    return call({ ...functionOf(name, [], body, at), isArrow: true }, [], at);
  }
}
