import type { Expression, Range, Statement } from '../../ir/ir';
import { assign, call, evaluate, literal, member, nameAt, not, opaque, rangeOf, whileLoop } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import { declarationsOf, frameOf, type Context, type Frame } from './context';
import type { Functions } from './functions';
import type { Finish, Host } from './host';
import type { Matches } from './matches';
import { answers, neverReturns } from './names';
import type { Patterns } from './patterns';
import type { References } from './references';
import type { Script } from './script';
import { membersOf } from './syntax';

/** Lowers statements. */
export class Statements {
  constructor(
    private readonly file: SourceFile,
    private readonly script: Script,
    private readonly context: Context,
    private readonly references: References,
    private readonly patterns: Patterns,
    private readonly matches: Matches,
    private readonly functions: Functions,
    private readonly calls: Calls,
    private readonly host: Host,
  ) {}

  /** @param finish what to do with the last statement's value */
  statements(nodes: readonly SyntaxNode[], finish?: Finish): Statement[] {
    const list = nodes.filter(
      ({ type, isNamed }) => isNamed && !/^(?:heredoc_body|empty_statement|uninterpreted)$/.test(type),
    );
    const clauses = list.filter(({ type }) => /^(?:rescue|ensure|else)$/.test(type));
    const body = list.filter((node) => !clauses.includes(node));
    if (clauses.length > 0) return [this.#try(body, clauses, finish)];
    return body.flatMap((node, index) => this.statement(node, index === body.length - 1 ? finish : undefined));
  }

  #try(body: readonly SyntaxNode[], clauses: readonly SyntaxNode[], finish?: Finish): Statement {
    const otherwise = clauses.find(({ type }) => type === 'else');
    const last = clauses.find(({ type }) => type === 'ensure');
    const lowered = otherwise
      ? [...this.statements(body), ...this.statements(otherwise.children, finish)]
      : this.statements(body, finish);
    const handlers = clauses
      .filter(({ type }) => type === 'rescue')
      .map((one) => {
        const variable = childOf(one, 'variable')?.children[0];
        const target = variable && this.patterns.pattern(variable);
        const inner = this.statements(childOf(one, 'body')?.children ?? [], finish);
        if (!target) return { body: inner };
        // The variable outlives the handler.
        const at = rangeOf(variable);
        const name = nameAt(this.context.fresh(), at);
        return { target: name, body: [evaluate(assign(target, name, at)), ...inner] };
      });
    const [first] = [...body, ...clauses];
    const at = { from: first?.from ?? 0, to: [...body, ...clauses].at(-1)?.to ?? 0 };
    return { kind: 'try', body: lowered, handlers, last: last ? this.statements(last.children) : [], ...at };
  }

  statement(node: SyntaxNode, finish?: Finish): Statement[] {
    const at = rangeOf(node);
    const end = finish ?? evaluate;
    switch (node.type) {
      case 'if':
      case 'elsif':
      case 'unless':
      case 'conditional':
        return [this.#if(node, finish)];
      case 'if_modifier':
      case 'unless_modifier': {
        const body = childOf(node, 'body');
        const test = this.condition(node, node.type === 'unless_modifier');
        return [{ kind: 'if', test, yes: body ? this.statement(body, finish) : [], no: [], ...at }];
      }
      case 'while':
      case 'until': {
        const body = this.#loopBody(() => this.statements(childOf(node, 'body')?.children ?? []));
        const test = this.condition(node, node.type === 'until');
        return [whileLoop(test, body, false, at)];
      }
      case 'while_modifier':
      case 'until_modifier': {
        const body = childOf(node, 'body');
        const lowered = this.#loopBody(() => (body ? this.statement(body) : []));
        const test = this.condition(node, node.type === 'until_modifier');
        return [whileLoop(test, lowered, body?.type === 'begin', at)];
      }
      case 'for': {
        const [left, right] = [childOf(node, 'pattern'), childOf(node, 'value')?.children[0]];
        if (!left || !right) return [];
        const collection = this.host.expression(right);
        const target = this.patterns.pattern(left);
        const item = nameAt(this.context.fresh(), rangeOf(left));
        const body = this.#loopBody(() => this.statements(childOf(node, 'body')?.children ?? []));
        return [
          {
            kind: 'forEach',
            target: item,
            of: 'items',
            collection,
            body: [evaluate(assign(target, item, rangeOf(left))), ...body],
            ...at,
          },
        ];
      }
      case 'begin':
      case 'then':
      case 'do':
      case 'block_body':
      case 'body_statement':
      case 'parenthesized_statements':
      case 'ERROR':
        return this.statements(node.children, finish);
      case 'begin_block':
      case 'end_block':
        return this.statements(node.children);
      case 'case':
        return this.#case(node, finish);
      case 'case_match':
        return this.matches.caseMatch(node, finish);
      case 'return':
        return [this.functions.return(this.valueOf(node), at)];
      case 'next':
      case 'break': {
        if (this.context.frame.jumps !== 'loop') return [this.functions.return(this.valueOf(node), at)];
        const [value] = node.children;
        const kind = node.type === 'next' ? 'continue' : 'break';
        return [...(value ? [evaluate(this.valueOf(node))] : []), { kind, ...at }];
      }
      case 'redo':
      case 'retry':
      case 'undef':
      case 'alias':
      case 'class':
      case 'module':
      case 'singleton_class':
        return [];
      case 'method':
        return finish ? [finish(literal(this.file.nameOf(node), at))] : [];
      case 'rescue_modifier': {
        const [body, handler] = [childOf(node, 'body'), childOf(node, 'handler')];
        return [
          {
            kind: 'try',
            body: body ? this.statement(body, finish) : [],
            handlers: [{ body: handler ? this.statement(handler, finish) : [] }],
            last: [],
            ...at,
          },
        ];
      }
      case 'binary': {
        const operator = this.file.textOf(node, 'operator');
        const right = childOf(node, 'right');
        const left = childOf(node, 'left');
        if (left && right && /^(?:and|or|&&|\|\|)$/.test(operator) && this.#leaves(right)) {
          const isOr = operator === 'or' || operator === '||';
          // `head(:forbidden) and return`: an answer is always true.
          if (!isOr && left.type === 'call' && answers.test(this.file.textOf(left, 'method')))
            return [...this.statement(left), ...this.statement(right, finish)];
          // `x = a or return`: the assigned value is tested.
          const test = this.host.expression(left);
          const then = this.statement(right, finish);
          return [{ kind: 'if', test, yes: isOr ? [] : then, no: isOr ? then : [], ...at }];
        }
        const base = operator === '<<' && finish && left ? this.#appendedTo(left) : undefined;
        if (base && finish) return [evaluate(this.host.expression(node)), finish(this.host.expression(base))];
        return [end(this.host.expression(node))];
      }
      case 'assignment': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (left?.type === 'constant' && this.context.isCollected(left)) return [];
        if (left && right && this.script.template && left.type === 'identifier' && /^__?$/.test(this.file.text(left)))
          return this.#output(right, this.file.text(left) === '__', at);
        if (left && right && /^(?:if|unless|case|case_match|begin|conditional|rescue_modifier)$/.test(right.type)) {
          const target = this.patterns.pattern(left);
          const assigned = this.statement(right, (value) => evaluate(assign(target, value, at)));
          return finish && target.kind !== 'opaque' && target.kind !== 'listPattern' && target.kind !== 'objectPattern'
            ? [...assigned, finish(target)]
            : assigned;
        }
        return [end(this.host.expression(node))];
      }
      case 'call':
        return this.#callStatement(node, finish);
      case 'identifier': {
        const name = this.file.text(node);
        if (neverReturns.has(name) && !this.context.isLocal(name))
          return [{ kind: 'throw', value: this.host.expression(node), ...at }];
        return [end(this.host.expression(node))];
      }
      default:
        return node.isNamed ? [end(this.host.expression(node))] : [];
    }
  }

  /** Whether control never continues after it. */
  #leaves(node: SyntaxNode): boolean {
    if (/^(?:return|next|break|redo|retry)$/.test(node.type)) return true;
    if (node.type === 'identifier') return neverReturns.has(this.file.text(node));
    if (node.type === 'parenthesized_statements') return node.children.some((one) => this.#leaves(one));
    if (node.type === 'binary') return node.children.some((one) => this.#leaves(one));
    return node.type === 'call' && !childOf(node, 'receiver') && neverReturns.has(this.file.textOf(node, 'method'));
  }

  /** The variable that `a << b` appends to, whose value is that of the expression. */
  #appendedTo(left: SyntaxNode): SyntaxNode | undefined {
    let first = left;
    while (first.type === 'binary' && this.file.textOf(first, 'operator') === '<<')
      first = childOf(first, 'left') ?? left;
    return /^(?:identifier|instance_variable)$/.test(first.type) ? first : undefined;
  }

  /** A value that a template inserts. */
  #output(node: SyntaxNode, isRaw: boolean, at: Range): Statement[] {
    const own = rangeOf(node);
    return this.statement(node, (value) => {
      const name = isRaw || this.script.template === 'plain' ? 'output_raw' : 'output';
      const target = nameAt(this.references.library('Template'), own);
      return evaluate(call(member(target, name, own), [{ value }], { from: own.from, to: at.to }));
    });
  }

  #callStatement(node: SyntaxNode, finish?: Finish): Statement[] {
    const at = rangeOf(node);
    const name = this.file.textOf(node, 'method');
    const receiver = childOf(node, 'receiver');
    const body = childOf(node, 'block');
    const args = childOf(node, 'arguments')?.children ?? [];
    if (!receiver && neverReturns.has(name)) return [{ kind: 'throw', value: this.host.expression(node), ...at }];
    if (!receiver && name === 'loop' && body && args.length === 0)
      return [
        {
          kind: 'loop',
          init: [],
          body: this.#blockBody(body, frameOf(this.context.frame, 'loop')),
          isPost: false,
          ...at,
        },
      ];
    const parameters = body ? (childOf(body, 'parameters')?.children ?? []) : [];
    if (receiver && body && name === 'each' && args.length === 0 && parameters.length === 1 && !finish) {
      const collection = this.host.expression(receiver);
      const frame = frameOf(this.context.frame, 'loop');
      return this.context.withFrame(frame, () => {
        const [first] = parameters;
        const target = first ? this.functions.parameter(first, []).pattern : opaque([], at);
        return [{ kind: 'forEach', target, of: 'items', collection, body: this.#blockBody(body, frame), ...at }];
      });
    }
    const value = this.host.expression(node);
    return [finish ? finish(value) : evaluate(value)];
  }

  #blockBody(node: SyntaxNode, frame: Frame): Statement[] {
    const body = this.context.withFrame(frame, () => this.statements(membersOf(node)));
    return [...declarationsOf(frame, { from: node.from, to: node.from }, 'block'), ...body];
  }

  /** `while` has no scope of its own. */
  #loopBody(lowered: () => Statement[]): Statement[] {
    return this.context.withFrame({ ...this.context.frame, jumps: 'loop' }, lowered);
  }

  condition(node: SyntaxNode, isNegated: boolean): Expression {
    const condition = childOf(node, 'condition');
    const test = condition ? this.host.expression(condition) : opaque([], rangeOf(node));
    return isNegated ? not(test, test) : test;
  }

  #if(node: SyntaxNode, finish?: Finish): Statement {
    const test = this.condition(node, node.type === 'unless');
    const yes = childOf(node, 'consequence');
    const no = childOf(node, 'alternative');
    const branch = (one: SyntaxNode | undefined): Statement[] => {
      if (!one) return [];
      return one.type === 'then' || one.type === 'else'
        ? this.statements(one.children, finish)
        : this.statement(one, finish);
    };
    return { kind: 'if', test, yes: branch(yes), no: branch(no), ...rangeOf(node) };
  }

  #case(node: SyntaxNode, finish?: Finish): Statement[] {
    const at = rangeOf(node);
    const value = childOf(node, 'value');
    const whens = node.children.filter(({ type }) => type === 'when');
    const otherwise = node.children.find(({ type }) => type === 'else');
    const bodyOf = (one: SyntaxNode) => this.statements(childOf(one, 'body')?.children ?? [], finish);
    const last = () => (otherwise ? this.statements(otherwise.children, finish) : []);
    const patternsOf = (one: SyntaxNode) =>
      one.children.filter(({ type }) => type === 'pattern').flatMap(({ children }) => children);
    const isLiteral = ({ type, children }: SyntaxNode) =>
      /^(?:simple_symbol|integer|float|nil|true|false)$/.test(type) ||
      (type === 'string' && children.every((part) => part.type !== 'interpolation'));
    if (value && whens.every((one) => patternsOf(one).every(isLiteral))) {
      const cases = whens.map((one) => ({
        tests: patternsOf(one).map((test) => this.host.expression(test)),
        body: [...bodyOf(one), { kind: 'break', ...rangeOf(one) } as const],
      }));
      const all = otherwise ? [...cases, { tests: [], body: last() }] : cases;
      return [{ kind: 'switch', value: this.host.expression(value), cases: all, ...at }];
    }
    const before: Statement[] = [];
    let subject = value && this.host.expression(value);
    if (subject && subject.kind !== 'name' && !(subject.kind === 'index' || subject.kind === 'member')) {
      const name = nameAt(this.context.helper(), subject);
      before.push(evaluate(assign(name, subject, subject)));
      subject = name;
    }
    const testOf = (test: SyntaxNode): Expression => {
      const own = rangeOf(test);
      if (test.type === 'splat_argument') {
        const list = test.children[0] ? this.host.expression(test.children[0]) : opaque([], own);
        return subject ? call(member(list, 'include?', own), [{ value: subject }], own) : list;
      }
      const lowered = this.host.expression(test);
      if (!subject) return lowered;
      if (test.type === 'regex') return call(member(subject, '=~', own), [{ value: lowered }], own);
      if (test.type === 'constant' || test.type === 'scope_resolution')
        return call(member(subject, 'is_a?', own), [{ value: lowered }], own);
      if (test.type === 'lambda') return call(lowered, [{ value: subject }], own);
      return { kind: 'binary', operator: '==', left: subject, right: lowered, ...own };
    };
    const build = (index: number): Statement[] => {
      const one = whens[index];
      if (!one) return last();
      const [first, ...more] = patternsOf(one).map(testOf);
      const test = more.reduce<Expression>(
        (left, right) => ({ kind: 'logical', operator: '||', left, right, from: left.from, to: right.to }),
        first ?? opaque([], rangeOf(one)),
      );
      return [{ kind: 'if', test, yes: bodyOf(one), no: build(index + 1), ...rangeOf(one) }];
    };
    return [...before, ...build(0)];
  }

  /** The value of `return`, `next` and `break`. */
  valueOf(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const list = node.children[0];
    const items = list?.type === 'argument_list' ? list.children : node.children;
    const { args } = this.calls.arguments(items);
    const [first] = args;
    if (!first) return literal(null, at);
    if (args.length === 1 && first.spread === undefined && first.name === undefined) return first.value;
    return { kind: 'list', items: args.map(({ value, spread }) => ({ value, ...(spread && { spread }) })), ...at };
  }
}
