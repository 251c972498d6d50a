import type { Argument, Expression, Field, Range } from '../../ir/ir';
import { assign, call, functionOf, isNumber, literal, member, nameAt, not, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import { frameOf, type Context } from './context';
import type { Functions } from './functions';
import type { Matches } from './matches';
import type { Patterns } from './patterns';
import type { References } from './references';
import type { Statements } from './statements';
import { concatenated, textOf, type Strings } from './strings';
import { block, isTextNode } from './syntax';

/** Lowers expressions. */
export class Expressions {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly references: References,
    private readonly strings: Strings,
    private readonly patterns: Patterns,
    private readonly matches: Matches,
    private readonly functions: Functions,
    private readonly calls: Calls,
    private readonly statements: Statements,
  ) {}

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const children = node.children.filter(({ isNamed }) => isNamed);
    const [first] = children;
    switch (node.type) {
      case 'identifier':
        return this.references.identifier(node);
      case 'constant':
        return this.references.constant(this.file.text(node), at);
      case 'scope_resolution': {
        const text = this.file.text(node).replace(/\s/g, '');
        if (/^(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*$/.test(text)) return this.references.constant(text, at);
        const scope = childOf(node, 'scope');
        return opaque(scope ? [this.expression(scope)] : [], at);
      }
      case 'instance_variable':
        return this.references.valueOfVariable(this.file.text(node), at);
      case 'class_variable': {
        const { declared } = this.context.place;
        return member(declared ? nameAt(`::${declared.name}`, at) : nameAt('this', at), this.file.text(node), at);
      }
      case 'global_variable':
        return this.references.global(this.file.text(node), at);
      case 'self':
        return this.references.this(at);
      case 'nil':
        return literal(null, at);
      case 'true':
      case 'false':
        return literal(node.type === 'true', at);
      case 'integer':
      case 'float':
      case 'rational':
      case 'complex': {
        const number = Number(this.file.text(node).replace(/_/g, ''));
        return literal(Number.isNaN(number) ? 0 : number, at);
      }
      case 'character':
        return literal(this.file.text(node).slice(1), at);
      case 'file':
        return { kind: 'literal', value: `/${this.file.path}`, ...at };
      case 'line':
      case 'encoding':
        return literal(0, at);
      case 'simple_symbol':
        return literal(this.file.text(node).slice(1), at);
      case 'hash_key_symbol':
        return literal(this.file.text(node), at);
      case 'string':
      case 'delimited_symbol':
      case 'bare_string':
      case 'bare_symbol':
        return textOf(this.strings.parts(node), at);
      case 'chained_string':
        return textOf(
          children.map((one) => this.expression(one)),
          at,
        );
      case 'heredoc_beginning': {
        const body = this.strings.heredocs.get(node);
        const text = body ? textOf(this.strings.parts(body), at) : textOf([], at);
        return /^<<[~-]?`/.test(this.file.text(node))
          ? this.references.kernel('backtick', [{ value: text }], at)
          : text;
      }
      case 'subshell':
        return this.references.kernel('backtick', [{ value: textOf(this.strings.parts(node), at) }], at);
      case 'regex':
        return this.strings.regex(node);
      case 'array':
      case 'right_assignment_list':
      case 'string_array':
      case 'symbol_array':
        return this.#list(children, at);
      case 'hash':
        return { kind: 'object', fields: children.flatMap((one) => this.field(one)), ...at };
      case 'range':
        return this.children.opaque(node);
      case 'parenthesized_statements':
        return this.#sequence(children, at);
      case 'interpolation':
        return first && children.length === 1 ? this.expression(first) : this.#sequence(children, at);
      case 'begin':
      case 'then':
      case 'else':
      case 'block_body':
      case 'body_statement':
        return this.#sequence(children, at);
      case 'if':
      case 'elsif':
      case 'unless':
      case 'conditional': {
        const test = this.statements.condition(node, node.type === 'unless');
        const [yes, no] = [childOf(node, 'consequence'), childOf(node, 'alternative')];
        const none: Expression = literal(null, at);
        return {
          kind: 'conditional',
          test,
          yes: yes ? this.expression(yes) : none,
          no: no ? this.expression(no) : none,
          ...at,
        };
      }
      case 'if_modifier':
      case 'unless_modifier': {
        const body = childOf(node, 'body');
        const test = this.statements.condition(node, node.type === 'unless_modifier');
        const none: Expression = literal(null, at);
        return { kind: 'conditional', test, yes: body ? this.expression(body) : none, no: none, ...at };
      }
      case 'case':
      case 'case_match':
      case 'while':
      case 'until':
      case 'for':
      case 'while_modifier':
      case 'until_modifier':
        return this.#computed(node);
      case 'rescue_modifier': {
        const [body, handler] = [childOf(node, 'body'), childOf(node, 'handler')];
        if (!body || !handler) return opaque([], at);
        return { kind: 'logical', operator: '??', left: this.expression(body), right: this.expression(handler), ...at };
      }
      case 'binary':
        return this.#binary(node);
      case 'unary':
        return this.#unary(node);
      case 'assignment':
        return this.#assignment(node);
      case 'operator_assignment':
        return this.#operatorAssignment(node);
      case 'call':
        return this.calls.call(node);
      case 'element_reference':
        return this.#element(node);
      case 'lambda':
        return this.functions.lambda(node);
      case 'yield': {
        this.context.frameOfMethod.takesBlock.isUsed = true;
        const items = first?.type === 'argument_list' ? first.children : children;
        return call(nameAt(block, at), this.calls.arguments(items).args, at);
      }
      case 'super':
        return this.calls.super([], at);
      case 'return':
      case 'next':
      case 'break':
      case 'redo':
      case 'retry':
        return opaque(children.length > 0 ? [this.statements.valueOf(node)] : [], at);
      case 'method':
      case 'singleton_method':
        return literal(this.file.nameOf(node), at);
      case 'test_pattern':
      case 'match_pattern': {
        const [value, pattern] = [childOf(node, 'value'), childOf(node, 'pattern')];
        if (!value || !pattern) return opaque([], at);
        const subject = nameAt(this.context.helper(), rangeOf(value));
        const assigned = assign(subject, this.expression(value), rangeOf(value));
        return { kind: 'sequence', values: [assigned, this.matches.match(pattern, subject)], ...at };
      }
      case 'argument_list':
        return first && children.length === 1 ? this.expression(first) : this.#list(children, at);
      case 'splat_argument':
      case 'hash_splat_argument':
        return first ? this.expression(first) : nameAt(node.type === 'splat_argument' ? '*' : '**', at);
      case 'block_argument':
        return this.functions.blockArgument(node);
      case 'pair':
        return { kind: 'object', fields: this.field(node), ...at };
      case 'operator':
        return literal(this.file.text(node), at);
      default:
        return this.children.opaque(node);
    }
  }

  /** Statements whose value is used: unless they are just expressions, a function that is called immediately. */
  #computed(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const outer = this.context.frame;
    const frame = frameOf(outer, 'block');
    const body = this.context.withFrame(frame, () =>
      this.statements.statement(node, (value) => ({ kind: 'return', value, from: value.from, to: value.to })),
    );
    // Variables assigned in it belong to the enclosing scope.
    for (const name of frame.declares) {
      outer.names.add(name);
      outer.declares.add(name);
    }
    return call({ ...functionOf('', [], body, at), isArrow: true }, [], at);
  }

  #sequence(nodes: readonly SyntaxNode[], at: Range): Expression {
    const list = nodes.filter(({ type }) => type !== 'heredoc_body' && type !== 'empty_statement');
    if (list.some(({ type }) => /^(?:rescue|ensure|else)$/.test(type)))
      return this.#computed({ type: 'begin', ...at, isNamed: true, field: undefined, children: list });
    const values = list.map((one) => this.expression(one));
    const [only] = values;
    if (values.length === 1 && only) return only;
    return values.length === 0 ? literal(null, at) : { kind: 'sequence', values, ...at };
  }

  #list(nodes: readonly SyntaxNode[], at: Range): Expression {
    const { args } = this.calls.arguments(nodes);
    const fields = args.filter(({ name, spread }) => name !== undefined || spread === 'map');
    const items = args.filter((one) => !fields.includes(one));
    // Pairs at the end of a list are one hash.
    const hash: Argument[] =
      fields.length > 0
        ? [
            {
              value: {
                kind: 'object',
                fields: fields.map(({ name, value }) => ({ ...(name !== undefined && { key: name }), value })),
                ...at,
              },
            },
          ]
        : [];
    return { kind: 'list', items: [...items, ...hash], ...at };
  }

  field(node: SyntaxNode): Field[] {
    if (node.type === 'hash_splat_argument') {
      const [value] = node.children;
      return [{ value: value ? this.expression(value) : nameAt('**', rangeOf(node)) }];
    }
    if (node.type !== 'pair') return node.isNamed ? [{ value: this.expression(node) }] : [];
    const [key, value] = [childOf(node, 'key'), childOf(node, 'value')];
    if (!key) return [];
    const known = this.#keyOf(key);
    // `{name:}` is `{name: name}`.
    const lowered = value ? this.expression(value) : this.references.identifier(key);
    return [{ key: known ?? this.expression(key), value: lowered }];
  }

  #keyOf(key: SyntaxNode): string | undefined {
    const text = this.file.text(key);
    if (key.type === 'hash_key_symbol') return text;
    if (key.type === 'simple_symbol') return text.slice(1);
    if (key.type === 'integer') return text;
    const [only] = key.children;
    if (/^(?:string|delimited_symbol)$/.test(key.type) && key.children.length === 1 && only?.type === 'string_content')
      return this.file.text(only);
    return undefined;
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operator = this.file.textOf(node, 'operator');
    const [leftNode, rightNode] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!leftNode || !rightNode) return opaque([], at);
    if (operator === '<<') return this.#appended(leftNode, rightNode, at);
    if (operator === '%' && isTextNode(leftNode)) return this.strings.formatted(leftNode, rightNode, at);
    const left = this.expression(leftNode);
    const right = this.expression(rightNode);
    switch (operator) {
      case 'and':
      case '&&':
        return { kind: 'logical', operator: '&&', left, right, ...at };
      case 'or':
      case '||':
        return { kind: 'logical', operator: '||', left, right, ...at };
      case '+':
        return concatenated(left, right, at);
      case '=~':
      case '!~': {
        const isSwapped = leftNode.type === 'regex';
        const [text, pattern] = isSwapped ? [right, left] : [left, right];
        const test = this.calls.matched(call(member(text, '=~', at), [{ value: pattern }], at), text, at);
        return operator === '!~' ? not(test, at) : test;
      }
      case '==':
      case '!=':
      case '<':
      case '>':
      case '<=':
      case '>=':
        return { kind: 'binary', operator, left, right, ...at };
      case '===': {
        if (leftNode.type === 'regex') return call(member(right, '=~', at), [{ value: left }], at);
        return call(member(left, '===', at), [{ value: right }], at);
      }
      default: {
        const isOfNumbers = isNumber(left) || isNumber(right);
        if (/^(?:-|\*|\||&|%|\/)$/.test(operator) && !(isOfNumbers && operator !== '*'))
          return call(member(left, operator, at), [{ value: right }], at);
        return { kind: 'binary', operator, left, right, ...at };
      }
    }
  }

  /** `a << b << c`: all are appended to the first. */
  #appended(left: SyntaxNode, right: SyntaxNode, at: Range): Expression {
    const items = [right];
    let first = left;
    while (first.type === 'binary' && this.file.textOf(first, 'operator') === '<<') {
      const [inner, item] = [childOf(first, 'left'), childOf(first, 'right')];
      if (!inner || !item) break;
      items.unshift(item);
      first = inner;
    }
    const list = this.expression(first);
    const calls = items.map((item) => {
      const value = this.expression(item);
      return call(member(list, '<<', at), [{ value }], { from: at.from, to: item.to });
    });
    const [only] = calls;
    if (calls.length === 1 && only) return only;
    return { kind: 'sequence', values: calls, ...at };
  }

  #unary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operand = childOf(node, 'operand') ?? node.children.find(({ isNamed }) => isNamed);
    if (!operand) return opaque([], at);
    const operator = this.file.textOf(node, 'operator');
    const value = this.expression(operand);
    if (operator === '!' || operator === 'not') return not(value, at);
    if (operator === 'defined?') return opaque([], at);
    // A text that may or may not be mutable.
    if (operator === '+' || (operator === '-' && isTextNode(operand))) return value;
    return { kind: 'unary', operator, operand: value, ...at };
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return opaque([], at);
    if (left.type === 'constant' && this.context.isCollected(left)) return this.expression(left);
    // The name exists from here on, even in the value.
    const value = this.expression(right);
    const isList = left.type === 'left_assignment_list';
    const target = this.patterns.pattern(left);
    const listed: Expression =
      isList && right.type === 'splat_argument' ? { kind: 'list', items: [{ value, spread: 'list' }], ...at } : value;
    return assign(target, listed, at);
  }

  #operatorAssignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return opaque([], at);
    const operator = this.file.textOf(node, 'operator').slice(0, -1);
    const target = this.patterns.pattern(left);
    const old = target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
    const more = this.expression(right);
    const value: Expression =
      operator === '||' || operator === '&&'
        ? { kind: 'logical', operator, left: old, right: more, ...at }
        : operator === '+'
          ? concatenated(old, more, at)
          : operator === '<<'
            ? call(member(old, '<<', at), [{ value: more }], at)
            : operator === '-' || operator === '|' || operator === '&'
              ? call(member(old, operator, at), [{ value: more }], at)
              : { kind: 'binary', operator, left: old, right: more, ...at };
    return assign(target, value, at);
  }

  #element(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'object');
    const items = node.children.filter((one) => one.isNamed && one !== object && one.field !== 'block');
    const value = object ? this.expression(object) : opaque([], at);
    // `Dir[…]`, `Hash[…]` and `DB['select …']` are methods; `TABLE[…]` is a table.
    const isMade =
      items.length > 1 ||
      (items[0]?.type === 'simple_symbol' && object !== undefined && !this.context.isTable(this.file.text(object))) ||
      items[0]?.children.some(({ type }) => type === 'interpolation') === true;
    if (object && /constant|scope_resolution/.test(object.type) && (isMade || /[a-z]\w*$/.test(this.file.text(object))))
      return call(member(value, '[]', at), this.calls.arguments(items).args, at);
    const [first] = items;
    // The temporary file of an upload, which the server names.
    if (items.length === 1 && first && this.#keyOf(first) === 'tempfile')
      return this.references.read(member(value, 'tempfile', at), 'tempfile', at);
    if (items.length === 1 && first && first.type !== 'range' && first.type !== 'splat_argument')
      return { kind: 'index', object: value, index: this.expression(first), ...at };
    return {
      kind: 'index',
      object: value,
      index: opaque(
        items.map((one) => this.expression(one)),
        at,
      ),
      ...at,
    };
  }
}
