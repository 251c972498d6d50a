import type { SyntaxNode } from '@lezer/common';
import type { Replacement } from './codeFix';
import { callAt, children, operatorOf, type Call } from './pythonText';

/** Logger methods that take a format and its values. */
const takesFormat = /^(?:debug|info|warn|warning|error|critical|fatal|exception|log|trace|success|notice|msg)$/;
/** Expressions whose text never contains a line break. */
const hasNoBreak = /^(?:-?\d[\d_.]*|(?:len|int|float|round|id|repr|ascii|bool|json\.dumps|shlex\.quote)\([\s\S]*\))$/;
/** A call of `str` around the whole expression. */
const ofStr = /^str\((?:[^()]|\([^()]*\))*\)$/;

/** Formats the values of a log message with `repr`, which quotes them and escapes their line breaks. */
export function escapedInLogOfPython(text: string, from: number, to: number): Replacement[] | undefined {
  const { callee, args: all } = callAt(text, from, to) ?? {};
  if (!callee || !all) return undefined;
  const args = positional(all);
  const method = text.slice(callee.lastChild?.from ?? callee.from, callee.to);
  const index = method === 'log' ? 1 : 0;
  const message = args?.[index];
  if (!args || !message) return undefined;
  const edits = new Message(text, args.slice(index + 1), takesFormat.test(method)).edits(message);
  return edits.length === 0 ? undefined : edits.toSorted((a, b) => a.start - b.start);
}

/** The positional arguments; undefined if some are unpacked from a list. */
function positional(args: Call['args']): SyntaxNode[] | undefined {
  if (args.some(([first]) => first?.name === '*' || first?.name === '**')) return undefined;
  return args.flatMap((parts) => (parts.length === 1 ? parts : []));
}

/** Whether one of the operands of a sum is a string literal. */
function hasString(node: SyntaxNode | null): boolean {
  if (node?.name === 'BinaryExpression') return hasString(node.firstChild) || hasString(node.lastChild);
  return node !== null && /String$/.test(node.name);
}

/** Whether it is a sum, a quotient or the like with a number, and so a number itself. */
function isNumber(node: SyntaxNode | null, text: string): boolean {
  if (node?.name === 'ParenthesizedExpression') return isNumber(node.firstChild?.nextSibling ?? null, text);
  if (node?.name !== 'BinaryExpression') return node?.name === 'Number';
  const calculates = /^(?:[-+/]|\/\/|\*\*)$/.test(operatorOf(node, text));
  return calculates && (isNumber(node.firstChild, text) || isNumber(node.lastChild, text));
}

class Message {
  constructor(
    private readonly text: string,
    /** The arguments after the message. */
    private readonly values: readonly SyntaxNode[],
    private readonly takesFormat: boolean,
  ) {}

  edits(message: SyntaxNode): Replacement[] {
    const ofParts = this.#parts(message);
    if (ofParts) return ofParts;
    if (this.values.length > 0 || this.#hasNoBreak(message)) return [];
    // A text that is built elsewhere.
    if (!this.takesFormat) return this.#operand(message);
    const format = /\bloguru\b/.test(this.text) ? '"{!r}", ' : '"%r", ';
    return [{ start: message.from, end: message.from, text: format }];
  }

  /** Undefined for texts that are not built here. */
  #parts(node: SyntaxNode): Replacement[] | undefined {
    switch (node.name) {
      case 'ParenthesizedExpression': {
        const inner = children(node).filter(({ name }) => !/^(?:[()]|Comment)$/.test(name));
        return inner.length === 1 && inner[0] ? this.#parts(inner[0]) : undefined;
      }
      case 'ContinuedString':
        return children(node).flatMap((one) => this.#parts(one) ?? []);
      case 'FormatString':
        return this.#fields(node);
      case 'String':
        return this.values.length === 0 ? [] : this.#ofFormat(node, this.values);
      case 'BinaryExpression':
        return this.#ofOperator(node);
      case 'CallExpression':
        return this.#ofFormatMethod(node);
      default:
        return undefined;
    }
  }

  #ofOperator(node: SyntaxNode): Replacement[] | undefined {
    const [left, right] = [node.firstChild, node.lastChild];
    const operator = operatorOf(node, this.text);
    if (!left || !right) return undefined;
    if (operator === '%' && /^(?:String|ContinuedString)$/.test(left.name)) {
      const given =
        right.name === 'TupleExpression' ? children(right).filter(({ name }) => !/^[(),]$/.test(name)) : [right];
      const values = /^Dictionary/.test(right.name) ? [] : given;
      const strings = left.name === 'String' ? [left] : children(left).filter(({ name }) => name === 'String');
      return strings.flatMap((one) => this.#percent(one, strings.length === 1 ? values : []));
    }
    if (operator !== '+' || !hasString(node)) return undefined;
    return [left, right].flatMap((one) => this.#parts(one) ?? this.#operand(one));
  }

  #operand(node: SyntaxNode): Replacement[] {
    const code = this.#code(node);
    if (this.#hasNoBreak(node)) return [];
    if (ofStr.test(code)) return [{ start: node.from, end: node.from + 'str'.length, text: 'repr' }];
    return [
      { start: node.from, end: node.from, text: 'repr(' },
      { start: node.to, end: node.to, text: ')' },
    ];
  }

  #ofFormatMethod(node: SyntaxNode): Replacement[] | undefined {
    const callee = node.firstChild;
    const object = callee?.name === 'MemberExpression' ? callee.firstChild : null;
    if (!object || !/^(?:String|ContinuedString)$/.test(object.name)) return undefined;
    if (this.text.slice(callee?.lastChild?.from ?? 0, callee?.to) !== 'format') return undefined;
    const strings = object.name === 'String' ? [object] : children(object).filter(({ name }) => name === 'String');
    return strings.flatMap((one) => this.#braces(one));
  }

  /** A logger's format: that of the standard library, or loguru's. */
  #ofFormat(node: SyntaxNode, values: readonly SyntaxNode[]): Replacement[] {
    return /%[^%]/.test(this.#code(node)) ? this.#percent(node, values) : this.#braces(node);
  }

  /** @param values if they are positional */
  #percent(node: SyntaxNode, values: readonly SyntaxNode[]): Replacement[] {
    let next = 0;
    return [...this.#code(node).matchAll(/%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?([a-zA-Z%])/g)].flatMap((match) => {
      const type = match[1];
      if (type === '%') return [];
      const value = values[next];
      next += 1;
      if (type !== 's' || (value && this.#hasNoBreak(value))) return [];
      const start = node.from + match.index;
      const end = start + match[0].length;
      return this.#unquoted(node, start, end, { start: end - 1, end, text: 'r' });
    });
  }

  #braces(node: SyntaxNode): Replacement[] {
    return [...this.#code(node).matchAll(/\{\{|\}\}|\{[\w.[\]]*\}/g)].flatMap((match) => {
      if (match[0] === '{{' || match[0] === '}}') return [];
      const start = node.from + match.index;
      const end = start + match[0].length;
      return this.#unquoted(node, start, end, { start: end - 1, end: end - 1, text: '!r' });
    });
  }

  #fields(node: SyntaxNode): Replacement[] {
    return children(node)
      .filter(({ name }) => name === 'FormatReplacement')
      .flatMap((field) => {
        const inner = children(field).filter(({ name }) => !/^[{}]$/.test(name));
        const [value, more] = inner;
        const ofBranches = value && !more && this.#ofBranches(value);
        if (ofBranches) return ofBranches;
        const spec = more?.name === 'FormatSpec' ? this.#code(more) : undefined;
        if (!value || this.#hasNoBreak(value) || (more && spec === undefined)) return [];
        if (spec !== undefined && !/^:.?[<>^]?\d*s?$/.test(spec)) return [];
        const at = more ? more.from : field.to - 1;
        return this.#unquoted(node, field.from, field.to, { start: at, end: at, text: '!r' });
      });
  }

  /** Of a choice between texts, such as `f" of {user}" if user else ""`; undefined for other values. */
  #ofBranches(node: SyntaxNode): Replacement[] | undefined {
    if (node.name !== 'ConditionalExpression') return undefined;
    const [chosen, , , , other] = children(node);
    if (!chosen || !other || ![chosen, other].some(hasString)) return undefined;
    return [chosen, other].flatMap((one) => this.#parts(one) ?? this.#operand(one));
  }

  #hasNoBreak(node: SyntaxNode): boolean {
    return hasNoBreak.test(this.#code(node)) || isNumber(node, this.text);
  }

  /** The edit, which also removes the quotes around the value: `repr` adds its own. */
  #unquoted(literal: SyntaxNode, start: number, end: number, edit: Replacement): Replacement[] {
    const quote = this.text.charAt(start - 1);
    const escape = this.text.charAt(start - 2) === '\\' ? '\\' : '';
    const [before, after] = [start - 1 - escape.length, end + 1 + escape.length];
    const isQuoted =
      /['"]/.test(quote) &&
      this.text.slice(end, after) === escape + quote &&
      before > literal.from &&
      after < literal.to;
    // Not one of the literal's own.
    if (!isQuoted || this.text.charAt(before - 1) === quote) return [edit];
    return [{ start: before, end: start, text: '' }, edit, { start: end, end: after, text: '' }];
  }

  #code({ from, to }: SyntaxNode): string {
    return this.text.slice(from, to);
  }
}
