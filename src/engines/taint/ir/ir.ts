/**
 * The intermediate representation (IR) of the taint engine: what every language is lowered to, and the only thing that the interpreter reads.
 * Control flow stays structured and expressions stay trees, evaluated from left to right. Whatever a language has beyond this is lowered to a call
 * of a name that its models describe (JSX: `jsx(tag, props, ...children)`), or to `opaque`.
 */

/** UTF-16 offsets in the file that a node was lowered from. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export type Constant = string | number | boolean | null | undefined;

/** A literal whose value is known. */
export interface Literal extends Range {
  readonly kind: 'literal';
  readonly value: Constant;
}

/** A regular expression literal, without delimiters. */
export interface Regex extends Range {
  readonly kind: 'regex';
  readonly source: string;
  readonly flags: string;
}

/** A variable, a parameter or a global. `this` and `super` are names too. */
export interface Name extends Range {
  readonly kind: 'name';
  readonly name: string;
}

/** `object.property`, also where `?.` skips it. */
export interface Member extends Range {
  readonly kind: 'member';
  readonly object: Expression;
  readonly property: string;
}

/** `object[index]`. */
export interface Index extends Range {
  readonly kind: 'index';
  readonly object: Expression;
  readonly index: Expression;
}

/** A call. With `isNew` it creates an instance of a class. A method call has a `member` or `index` as its callee, whose object is the receiver. */
export interface Call extends Range {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly args: readonly Argument[];
  readonly isNew: boolean;
  /** Whether it may also be a field access, in a language that writes both alike. */
  readonly isRead?: boolean;
}

/** An argument or an element of a list: positional, named (`name: value`), or a list or map that is spread. */
export interface Argument {
  readonly value: Expression;
  readonly name?: string;
  readonly spread?: 'list' | 'map';
}

/** An object or map literal. */
export interface ObjectLiteral extends Range {
  readonly kind: 'object';
  /** The class that it is an instance of, without a constructor call. */
  readonly type?: string;
  readonly fields: readonly Field[];
}

/** A field of an object literal. Without a key, `value` is spread into the object; a computed key is an expression. */
export interface Field {
  readonly key?: string | Expression;
  readonly value: Expression;
}

/** A list, tuple, set or array literal. */
export interface ListLiteral extends Range {
  readonly kind: 'list';
  /** Whether it is the results of a function with several, the last of which tells whether it failed. */
  readonly isResults?: boolean;
  readonly items: readonly Argument[];
}

/** A string made of parts: a template, an interpolation or a concatenation. */
export interface Text extends Range {
  readonly kind: 'text';
  readonly parts: readonly Expression[];
}

/** A function value: declared, anonymous, or a method. */
export interface FunctionValue extends Range {
  readonly kind: 'function';
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly body: readonly Statement[];
  /** Whether `this` is that of the enclosing function. */
  readonly isArrow: boolean;
  /** Annotations of a method, outermost first (`@Get('/x')`). */
  readonly decorators: readonly Expression[];
  /** The declared types of its results (undefined for text), if they show what can be done with them: a call without data need not be followed. */
  readonly results?: readonly (string | undefined)[];
}

export interface Parameter {
  readonly pattern: Pattern;
  /** The declared type as a dotted name, without type arguments: `express.Request`. */
  readonly type?: string;
  readonly fallback?: Expression;
  /** Takes all remaining arguments; with `restNamed`, the named ones. */
  readonly rest?: boolean;
  readonly restNamed?: boolean;
  readonly decorators?: readonly Expression[];
  /** Whether it is also a field of the created object (`constructor(private db: Db)`). */
  readonly isField?: boolean;
}

/** A class: methods in `methods`, initial values of fields in `fields`. A constructor is the method named `constructor`. */
export interface ClassValue extends Range {
  readonly kind: 'class';
  readonly name: string;
  readonly superclass?: Expression;
  /** Classes whose methods it inherits, unless it has its own. */
  readonly mixins?: readonly Expression[];
  readonly methods: readonly Method[];
  readonly fields: readonly ClassField[];
  readonly decorators: readonly Expression[];
}

export interface Method {
  readonly name: string;
  readonly value: FunctionValue;
  readonly isStatic: boolean;
  readonly role: 'method' | 'getter' | 'setter';
}

export interface ClassField {
  readonly name: string;
  readonly value?: Expression;
  readonly type?: string;
  readonly isStatic: boolean;
}

/** Waits for a promise, or yields from a generator; the value stays. */
export interface Await extends Range {
  readonly kind: 'await';
  readonly value: Expression;
}

/** `target = value`. With an operator (`+=`, `||=`) the old value is an operand. The expression's value is that of the target afterwards. */
export interface Assign extends Range {
  readonly kind: 'assign';
  readonly target: Pattern;
  readonly value: Expression;
  readonly operator?: string;
}

/** An operator with two operands that is neither string building nor logical: arithmetic, comparison, `in`, `instanceof`. */
export interface Binary extends Range {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
}

/** `&&`, `||` and `??`, whatever a language calls them. */
export interface Logical extends Range {
  readonly kind: 'logical';
  readonly operator: '&&' | '||' | '??';
  readonly left: Expression;
  readonly right: Expression;
}

/** `!` (whatever a language calls it), `typeof`, `void`, `delete`, `-`, `+`, `~`. */
export interface Unary extends Range {
  readonly kind: 'unary';
  readonly operator: string;
  readonly operand: Expression;
}

export interface Conditional extends Range {
  readonly kind: 'conditional';
  readonly test: Expression;
  readonly yes: Expression;
  readonly no: Expression;
}

/** Several expressions; the last one is the value. */
export interface Sequence extends Range {
  readonly kind: 'sequence';
  /** Variables that only exist in it, whatever their names mean outside. */
  readonly own?: readonly string[];
  readonly values: readonly Expression[];
}

/** A value with a declared type (`x as T`, a cast that checks nothing). */
export interface Typed extends Range {
  readonly kind: 'typed';
  readonly value: Expression;
  readonly type: string;
}

/** Code that the language's lowering does not support: its parts are evaluated, its value is unknown. */
export interface Opaque extends Range {
  readonly kind: 'opaque';
  readonly parts: readonly Expression[];
}

export type Expression =
  | Literal
  | Regex
  | Name
  | Member
  | Index
  | Call
  | ObjectLiteral
  | ListLiteral
  | Text
  | FunctionValue
  | ClassValue
  | Await
  | Assign
  | Binary
  | Logical
  | Unary
  | Conditional
  | Sequence
  | Typed
  | Opaque;

/** What can be assigned to. */
export type Pattern = Name | Member | Index | ObjectPattern | ListPattern | Opaque;

export interface ObjectPattern extends Range {
  readonly kind: 'objectPattern';
  readonly fields: readonly {
    readonly key: string | Expression;
    readonly target: Pattern;
    readonly fallback?: Expression;
  }[];
  /** Takes the remaining fields. */
  readonly rest?: Pattern;
}

export interface ListPattern extends Range {
  readonly kind: 'listPattern';
  /** Whether it takes the results of a call. If they are not known individually, the first stands for what is known about the call. */
  readonly isResults?: boolean;
  /** `undefined` skips an item. */
  readonly items: readonly ({ readonly target: Pattern; readonly fallback?: Expression } | undefined)[];
  readonly rest?: Pattern;
}

/** Evaluates an expression. */
export interface Evaluate extends Range {
  readonly kind: 'evaluate';
  readonly value: Expression;
}

/** Declares variables; `scope: 'function'` for those visible in the whole function (`var`). */
export interface Declare extends Range {
  readonly kind: 'declare';
  readonly target: Pattern;
  readonly type?: string;
  readonly value?: Expression;
  readonly scope: 'block' | 'function';
}

export interface Block extends Range {
  readonly kind: 'block';
  readonly body: readonly Statement[];
}

export interface If extends Range {
  readonly kind: 'if';
  readonly test: Expression;
  readonly yes: readonly Statement[];
  readonly no: readonly Statement[];
}

/** `while`, `do` and `for`. `update` runs after the body. */
export interface Loop extends Range {
  readonly kind: 'loop';
  readonly init: readonly Statement[];
  readonly test?: Expression;
  readonly update?: Expression;
  readonly body: readonly Statement[];
  /** Whether the body runs before the first test. */
  readonly isPost: boolean;
}

/** Takes each item (`of: 'items'`) or key (`'keys'`) of a collection. */
export interface ForEach extends Range {
  readonly kind: 'forEach';
  readonly target: Pattern;
  readonly of: 'items' | 'keys';
  readonly collection: Expression;
  readonly body: readonly Statement[];
}

export interface Try extends Range {
  readonly kind: 'try';
  readonly body: readonly Statement[];
  readonly handlers: readonly { readonly target?: Pattern; readonly body: readonly Statement[] }[];
  readonly last: readonly Statement[];
}

/** Cases with several values, or without any for the default. A body ends in `break` unless it falls through. */
export interface Switch extends Range {
  readonly kind: 'switch';
  readonly value: Expression;
  readonly cases: readonly { readonly tests: readonly Expression[]; readonly body: readonly Statement[] }[];
}

export interface Return extends Range {
  readonly kind: 'return';
  readonly value?: Expression;
}

export interface Throw extends Range {
  readonly kind: 'throw';
  readonly value: Expression;
}

export interface Jump extends Range {
  readonly kind: 'break' | 'continue';
  readonly label?: string;
}

/** Binds a name to a module (`name` undefined) or to one of its exports. `module` is as written. */
export interface Import extends Range {
  readonly kind: 'import';
  readonly module: string;
  readonly bindings: readonly { readonly local: string; readonly name?: string }[];
  /** The modules that may have the names; the first that does counts, and a name that none has is a global. `module` is the first of them. */
  readonly among?: readonly string[];
}

/** Exports a value, or with `source` all (`name` undefined) or one of another module's exports. */
export interface Export extends Range {
  readonly kind: 'export';
  readonly name?: string;
  readonly value?: Expression;
  readonly source?: { readonly module: string; readonly name?: string };
}

export type Statement =
  | Evaluate
  | Declare
  | Block
  | If
  | Loop
  | ForEach
  | Try
  | Switch
  | Return
  | Throw
  | Jump
  | Import
  | Export;

/** A file. */
export interface Module {
  /** Imports and hoisted functions come first, exports last. */
  readonly body: readonly Statement[];
  /** Whether there were syntax errors, whose surroundings are missing. */
  readonly hasErrors: boolean;
}
