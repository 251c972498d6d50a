import type { Expression, Statement } from '../../ir/ir';
import { assign, blockOf, call, evaluate, jump, literal, nameAt, opaque, rangeOf, withType } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Assignments } from './assignments';
import type { Branches } from './branches';
import type { Classes } from './classes';
import type { Context } from './context';
import type { Functions } from './functions';
import type { Host } from './host';
import type { Loops } from './loops';
import type { Names } from './names';
import { breakAt, specsOf } from './syntax';
import type { Types } from './types';

/** Functions that do not return. */
const ending =
  /^(?:os\.Exit|log\.(?:Fatal|Panic)(?:f|ln)?|logrus\.(?:Fatal|Panic)(?:f|ln)?|runtime\.Goexit|syscall\.Exit|klog\.(?:Fatal|Exit)(?:f|ln)?|glog\.(?:Fatal|Exit)(?:f|ln)?)$/;

/** Lowers statements. */
export class Statements {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly names: Names,
    private readonly types: Types,
    private readonly assignments: Assignments,
    private readonly functions: Functions,
    private readonly classes: Classes,
    private readonly loops: Loops,
    private readonly branches: Branches,
    private readonly host: Host,
  ) {}

  statements(nodes: readonly SyntaxNode[]): Statement[] {
    return nodes.flatMap((node) => this.statement(node));
  }

  block(node: SyntaxNode | undefined): Statement[] {
    return node ? this.context.scoped(() => this.statements(node.children)) : [];
  }

  statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'statement_list':
        return this.statements(node.children);
      case 'block':
        return [{ kind: 'block', body: this.block(node), ...at }];
      case 'expression_statement': {
        const [child] = node.children;
        if (!child) return [];
        const called = child.type === 'call_expression' ? this.names.called(childOf(child, 'function')) : undefined;
        const value = this.host.expression(child);
        if (called === 'panic') return [{ kind: 'throw', value, ...at }];
        if (called !== undefined && ending.test(called))
          return [evaluate(value, at), { kind: 'throw', value: literal(null, at), ...at }];
        return [evaluate(value, at)];
      }
      case 'send_statement': {
        const [channel, value] = [childOf(node, 'channel'), childOf(node, 'value')];
        if (!channel || !value) return [];
        const args = [{ value: this.host.expression(channel) }, { value: this.host.expression(value) }];
        return [evaluate(call(nameAt('$send', at), args, at), at)];
      }
      case 'receive_statement':
      case 'assignment_statement':
      case 'short_var_declaration':
        return this.assignments.assignment(node);
      case 'inc_statement':
      case 'dec_statement': {
        const [operand] = node.children;
        if (!operand) return [];
        const target = this.assignments.pattern(operand);
        const value: Expression = {
          kind: 'binary',
          operator: '-',
          left: this.host.expression(operand),
          right: opaque([], at),
          ...at,
        };
        return [evaluate(assign(target, value, at), at)];
      }
      case 'var_declaration':
      case 'const_declaration':
        return this.assignments.declarations(node);
      case 'type_declaration':
        return specsOf(node).flatMap((spec): Statement[] => {
          const local = `${this.file.nameOf(spec)}$${this.context.number()}`;
          const info = this.types.typeInfo(spec, local);
          this.types.infos.set(local, info);
          this.context.scopes.declare(this.file.nameOf(spec), withType(this.types.ownType(info)));
          return [this.classes.classStatement(info)];
        });
      case 'labeled_statement':
        return this.statements(node.children.filter(({ field }) => field !== 'label'));
      case 'return_statement':
        return [this.functions.return(node.children[0], at)];
      case 'go_statement':
      case 'defer_statement': {
        const [child] = node.children;
        return child ? [evaluate(this.host.expression(child), at)] : [];
      }
      case 'if_statement':
        return this.branches.if(node);
      case 'for_statement':
        return this.loops.for(node);
      case 'expression_switch_statement':
        return this.branches.switch(node);
      case 'type_switch_statement':
        return this.branches.typeSwitch(node);
      case 'select_statement':
        return [
          {
            kind: 'switch',
            value: opaque([], at),
            cases: node.children.flatMap((one) => {
              const communication = childOf(one, 'communication');
              const others = one.children.filter(({ field }) => field !== 'communication');
              const body = this.context.scoped(() => [
                ...(communication ? this.statement(communication) : []),
                ...this.statements(others),
              ]);
              return [
                {
                  tests: communication ? [opaque([], rangeOf(one))] : [],
                  body: [blockOf(body, rangeOf(one)), breakAt(rangeOf(one))],
                },
              ];
            }),
            ...at,
          },
        ];
      case 'break_statement':
      case 'continue_statement': {
        const [label] = node.children;
        const kind = node.type === 'break_statement' ? 'break' : 'continue';
        return [jump(kind, label && this.file.text(label), at)];
      }
      case 'fallthrough_statement':
      case 'goto_statement':
      case 'empty_statement':
      case 'function_declaration':
      case 'import_declaration':
        return [];
      case 'ERROR':
        return node.children.filter(({ isNamed }) => isNamed).map((one) => evaluate(this.children.opaque(one)));
      default:
        return node.isNamed ? [evaluate(this.host.expression(node), at)] : [];
    }
  }
}
