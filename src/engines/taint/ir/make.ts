import type {
  Argument,
  Assign,
  Call,
  Conditional,
  Expression,
  FunctionValue,
  Index,
  Literal,
  Member,
  Name,
  Opaque,
  Parameter,
  Pattern,
  Range,
  Statement,
  Text,
  Typed,
  Unary,
} from './ir';

/** The position of a node of a syntax tree, or of the IR. */
export function rangeOf({ from, to }: Range): Range {
  return { from, to };
}

export function literal(value: Literal['value'], { from, to }: Range): Literal {
  return { kind: 'literal', value, from, to };
}

export function nameAt(name: string, { from, to }: Range): Name {
  return { kind: 'name', name, from, to };
}

export function member(object: Expression, property: string, { from, to }: Range): Member {
  return { kind: 'member', object, property, from, to };
}

/** `object[index]` with a constant number. */
export function itemOf(object: Expression, index: number, at: Range): Index {
  const { from, to } = at;
  return { kind: 'index', object, index: literal(index, at), from, to };
}

export function call(callee: Expression, args: readonly Argument[], { from, to }: Range): Call {
  return { kind: 'call', callee, args, isNew: false, from, to };
}

/** A call that creates an instance of a class. */
export function construct(callee: Expression, args: readonly Argument[], { from, to }: Range): Call {
  return { kind: 'call', callee, args, isNew: true, from, to };
}

export function assign(target: Pattern, value: Expression, { from, to }: Range): Assign {
  return { kind: 'assign', target, value, from, to };
}

export function typed(value: Expression, type: string, { from, to }: Range): Typed {
  return { kind: 'typed', value, type, from, to };
}

export function not(operand: Expression, { from, to }: Range): Unary {
  return { kind: 'unary', operator: '!', operand, from, to };
}

/** Something unknown; its parts are evaluated. */
export function opaque(parts: readonly Expression[], { from, to }: Range): Opaque {
  return { kind: 'opaque', parts, from, to };
}

/** A text made of several parts, which may themselves be texts. */
export function joinedText(parts: readonly Expression[], { from, to }: Range): Text {
  return { kind: 'text', parts: parts.flatMap((one) => (one.kind === 'text' ? one.parts : [one])), from, to };
}

/** A function with its own `this`, and no decorators. */
export function functionOf(
  name: string,
  params: readonly Parameter[],
  body: readonly Statement[],
  { from, to }: Range,
): FunctionValue {
  return { kind: 'function', name, params, body, isArrow: false, decorators: [], from, to };
}

export function evaluate(value: Expression, { from, to }: Range = value): Statement {
  return { kind: 'evaluate', value, from, to };
}

export function returned(value: Expression, { from, to }: Range): Statement {
  return { kind: 'return', value, from, to };
}

export function blockOf(body: readonly Statement[], { from, to }: Range): Statement {
  return { kind: 'block', body, from, to };
}

/** Declares a block-scoped variable. */
export function declareAt(name: string, value: Expression, at: Range): Statement {
  const { from, to } = at;
  return { kind: 'declare', target: nameAt(name, at), value, scope: 'block', from, to };
}

/** `while`; with `isPost`, `do … while`. */
export function whileLoop(
  test: Expression,
  body: readonly Statement[],
  isPost: boolean,
  { from, to }: Range,
): Statement {
  return { kind: 'loop', init: [], test, body, isPost, from, to };
}

/** `break` or `continue`, optionally with a label. */
export function jump(kind: 'break' | 'continue', label: string | undefined, { from, to }: Range): Statement {
  return { kind, ...(label !== undefined && { label }), from, to };
}

export function conditional(test: Expression, yes: Expression, no: Expression, { from, to }: Range): Conditional {
  return { kind: 'conditional', test, yes, no, from, to };
}

/** A number about which nothing else is known. */
export function someNumber(at: Range): Typed {
  return typed(opaque([], at), 'number', at);
}

/** The type of a declaration, if it says anything. */
export function withType(type: string | undefined): { type?: string } {
  return type === undefined ? {} : { type };
}

/** An expression as a dotted name: `a.b`; undefined if it is not one. */
export function dotted(one: Expression): string | undefined {
  if (one.kind === 'name') return one.name;
  const object = one.kind === 'member' ? dotted(one.object) : undefined;
  return one.kind === 'member' && object !== undefined ? `${object}.${one.property}` : undefined;
}

/** Whether it is a constant number. */
export function isNumber(one: Expression): boolean {
  return one.kind === 'literal' && typeof one.value === 'number';
}
