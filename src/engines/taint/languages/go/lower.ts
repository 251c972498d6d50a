import type {
  Argument,
  ClassField,
  ClassValue,
  Expression,
  Field,
  FunctionValue,
  Literal,
  Method,
  Module,
  Name,
  ObjectLiteral,
  Parameter,
  Pattern,
  Range,
  Statement,
} from '../../ir/ir';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import { formatParts, numberOfLiteral, regexOf, textOfLiteral } from './literals';
import { packageNames } from './resolve';

/** Types of nodes of which only the text matters. */
export const leaves: ReadonlySet<string> = new Set([
  'interpreted_string_literal',
  'raw_string_literal',
  'rune_literal',
  'type_arguments',
  'package_clause',
]);

/** Lowers a Go file. */
export function lower(root: SyntaxNode, source: string, hasErrors: boolean): Module {
  return { body: new Lowering(source).module(root), hasErrors };
}

/** A type that the file declares. */
interface TypeInfo {
  /** The variable of its class. */
  readonly local: string;
  readonly name: SyntaxNode;
  readonly node: SyntaxNode;
  readonly fields: readonly FieldInfo[];
  readonly methods: SyntaxNode[];
}

interface FieldInfo {
  readonly name: string;
  readonly type: SyntaxNode;
  readonly isEmbedded: boolean;
}

/** A variable of a function. */
interface Local {
  /** It was made by `filepath.Rel` of this path. */
  readonly relativeOf?: SyntaxNode;
  /** It was parsed from this address. */
  readonly parsedFrom?: SyntaxNode;
  /** It holds a function. */
  readonly type?: string;
}

/** What a function returns. */
interface Results {
  readonly count: number;
  readonly names: readonly string[];
  /** Whether the last one is an error. */
  readonly fails: boolean;
  readonly source: string;
}

const numbers =
  /^(?:u?int(?:8|16|32|64)?|uintptr|float(?:32|64)|complex(?:64|128)|bool|byte|rune|time\.(?:Time|Duration|Month|Weekday)|uuid\.UUID|big\.(?:Int|Float)|decimal\.Decimal|primitive\.ObjectID|bson\.ObjectID|net\.IP|netip\.Addr|sql\.Null(?:Int\d+|Bool|Float64|Time)|atomic\.(?:Int|Uint)\d+|atomic\.Bool)$/;
const texts = /^(?:string|error|any|comparable|nil)$/;
/** Functions that return an error that is there. */
const failing =
  /^(?:errors\.(?:New|Errorf|WithStack)|fmt\.Errorf|xerrors\.(?:New|Errorf)|status\.Errorf?|echo\.NewHTTPError|fiber\.NewError|huma\.Error\w+|connect\.NewError|gqlerror\.Errorf)$/;
/** Functions that do not return. */
const ending =
  /^(?:os\.Exit|log\.(?:Fatal|Panic)(?:f|ln)?|logrus\.(?:Fatal|Panic)(?:f|ln)?|runtime\.Goexit|syscall\.Exit|klog\.(?:Fatal|Exit)(?:f|ln)?|glog\.(?:Fatal|Exit)(?:f|ln)?)$/;
const writers: Readonly<Record<string, string>> = {
  'fmt.Fprintf': '$printf',
  'fmt.Fprint': '$print',
  'fmt.Fprintln': '$print',
  'io.WriteString': 'WriteString',
  'io.Copy': '$copy',
  'io.CopyN': '$copy',
  'io.CopyBuffer': '$copy',
};
/** Functions whose argument at this place is a format. */
const formats: Readonly<Record<string, number>> = {
  'fmt.Errorf': 0,
  'fmt.Printf': 0,
  'fmt.Fprintf': 1,
  'log.Printf': 0,
  'log.Fatalf': 0,
  'log.Panicf': 0,
  'logrus.Infof': 0,
  'logrus.Errorf': 0,
  'logrus.Warnf': 0,
  'logrus.Debugf': 0,
};

class Lowering {
  /** The paths of imported packages, by the names that they may have. */
  readonly #imports = new Map<string, string>();
  /** What is imported because it is used, by the names of its variables. */
  readonly #used = new Map<string, { module: string; name: string }>();
  /** What the file declares at its top. */
  readonly #declared = new Set<string>();
  readonly #types = new Map<string, TypeInfo>();
  readonly #scopes: Map<string, Local>[] = [];
  readonly #typeParameters: Set<string>[] = [];
  readonly #results: Results[] = [];
  /** Variables that are known not to be nil. */
  readonly #present: string[] = [];
  #count = 0;

  constructor(private readonly source: string) {}

  module(root: SyntaxNode): Statement[] {
    const at = rangeOf(root);
    const functions: Statement[] = [];
    const methods: Statement[] = [];
    const variables: Statement[] = [];
    for (const node of root.children) {
      if (node.type === 'import_declaration') this.#import(node);
      if (node.type === 'function_declaration') this.#declared.add(this.#nameOf(node));
      if (node.type === 'type_declaration')
        for (const spec of specsOf(node)) {
          const info = this.#typeInfo(spec, undefined);
          this.#declared.add(info.local);
          this.#types.set(info.local, info);
        }
      if (node.type === 'var_declaration' || node.type === 'const_declaration')
        for (const spec of specsOf(node)) for (const name of namesOf(spec)) this.#declared.add(this.text(name));
    }
    this.#declared.delete('_');
    for (const node of root.children)
      if (node.type === 'method_declaration') {
        const receiver = this.#receiver(node);
        const info = this.#types.get(receiver.type);
        if (info) info.methods.push(node);
        else if (receiver.type !== '') methods.push(this.#attached(node, receiver.type));
      }
    for (const node of root.children)
      if (node.type === 'function_declaration') {
        const value = this.#function(node, this.#nameOf(node));
        const own = rangeOf(childOf(node, 'name') ?? node);
        functions.push({
          kind: 'declare',
          target: { kind: 'name', name: value.name === 'init' ? `init$${this.#count++}` : value.name, ...own },
          value,
          scope: 'block',
          ...rangeOf(node),
        });
      } else if (node.type === 'var_declaration' || node.type === 'const_declaration')
        variables.push(...this.#declarations(node));
    const classes = [...this.#types.values()].map((info) => this.#classStatement(info));
    const exports: Statement[] = [];
    const late: Statement[] = [];
    const isHoisted = new Set(
      root.children.filter((one) => one.type === 'function_declaration').map((one) => this.#nameOf(one)),
    );
    for (const name of this.#declared) {
      if (name === 'init' || name === 'main') continue;
      const one: Statement = { kind: 'export', name, value: nameAt(name, at), ...at };
      (this.#types.has(name) || isHoisted.has(name) ? exports : late).push(one);
    }
    const imports = [...this.#used].map(([local, { module, name }]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local, name }],
      ...at,
    }));
    return [...imports, ...functions, ...classes, ...exports, ...methods, ...variables, ...late];
  }

  #import(node: SyntaxNode): void {
    for (const spec of specsOf(node)) {
      const path = childOf(spec, 'path');
      if (!path) continue;
      const module = textOfLiteral(this.text(path));
      const name = childOf(spec, 'name');
      if (name?.type === 'package_identifier') this.#imports.set(this.text(name), module);
      else if (!name)
        for (const one of packageNames(module)) if (!this.#imports.has(one)) this.#imports.set(one, module);
    }
  }

  // Names.

  text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }

  #nameOf(node: SyntaxNode): string {
    const name = childOf(node, 'name');
    return name ? this.text(name) : '';
  }

  #find(name: string): Local | undefined {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const local = this.#scopes[at]?.get(name);
      if (local) return local;
    }
    return undefined;
  }

  #declare(name: string, local: Local = {}): void {
    this.#scopes.at(-1)?.set(name, local);
  }

  #scoped<T>(body: () => T): T {
    this.#scopes.push(new Map());
    const present = this.#present.length;
    try {
      return body();
    } finally {
      this.#scopes.pop();
      this.#present.length = present;
    }
  }

  /** The path of the package that a name stands for. */
  #package(node: SyntaxNode | undefined): string | undefined {
    if (node?.type !== 'identifier' && node?.type !== 'package_identifier') return undefined;
    const name = this.text(node);
    return this.#find(name) || this.#declared.has(name) ? undefined : this.#imports.get(name);
  }

  /** What a call calls, by the last part of its package's path: `fmt.Sprintf`; a name of the file or a builtin as it is. */
  #called(node: SyntaxNode | undefined): string | undefined {
    if (node?.type === 'identifier') {
      const name = this.text(node);
      return this.#find(name) || this.#declared.has(name) ? undefined : name;
    }
    if (node?.type !== 'selector_expression') return undefined;
    const path = this.#package(childOf(node, 'operand'));
    const field = childOf(node, 'field');
    return path !== undefined && field ? `${packageNames(path)[0] ?? path}.${this.text(field)}` : undefined;
  }

  /** A variable that is imported when it is first used. */
  #imported(module: string, name: string, at: Range, local = name): Name {
    this.#used.set(local, { module, name });
    return nameAt(local, at);
  }

  #global(name: string, at: Range): Name {
    if (this.#find(name) || this.#declared.has(name)) return nameAt(name, at);
    return this.#imported('.', name, at);
  }

  #fresh(): string {
    return `$${this.#count++}`;
  }

  // Types.

  #typeInfo(spec: SyntaxNode, prefix: string | undefined): TypeInfo {
    const node = childOf(spec, 'type') ?? spec;
    const name = childOf(spec, 'name') ?? spec;
    const fields: FieldInfo[] = [];
    if (node.type === 'struct_type')
      for (const list of node.children)
        for (const field of list.children) {
          const type = childOf(field, 'type');
          if (field.type !== 'field_declaration' || !type) continue;
          const names = field.children.filter(({ field: role }) => role === 'name');
          if (names.length === 0) fields.push({ name: this.#lastName(type), type, isEmbedded: true });
          for (const one of names) if (one.isNamed) fields.push({ name: this.text(one), type, isEmbedded: false });
        }
    return { local: prefix ?? this.text(name), name, node, fields, methods: [] };
  }

  #lastName(type: SyntaxNode): string {
    return /(\w+)\s*(?:\[[\s\S]*)?$/.exec(this.text(type))?.[1] ?? '';
  }

  /** The variable of a type, or `number` for what can only be a number; undefined for types that say nothing. */
  #type(node: SyntaxNode | undefined): string | undefined {
    switch (node?.type) {
      case 'identifier':
      case 'type_identifier': {
        const name = this.text(node);
        if (this.#typeParameters.some((names) => names.has(name))) return undefined;
        const local = this.#find(name);
        if (local) return local.type;
        const own = this.#types.get(name);
        if (own) return this.#ownType(own);
        if (numbers.test(name)) return 'number';
        if (texts.test(name)) return undefined;
        return this.#global(name, rangeOf(node)).name;
      }
      case 'qualified_type':
      case 'selector_expression': {
        const name = this.text(node).replace(/\s+/g, '');
        if (numbers.test(name)) return 'number';
        const [pack = '', type = ''] = name.split('.');
        const path = this.#imports.get(pack);
        return path === undefined ? undefined : this.#imported(path, type, rangeOf(node), `${pack}$${type}`).name;
      }
      case 'pointer_type':
      case 'parenthesized_type':
      case 'type_elem':
        return this.#type(node.children[0]);
      case 'generic_type':
        return this.#type(childOf(node, 'type'));
      default:
        return undefined;
    }
  }

  #ownType(info: TypeInfo): string | undefined {
    const { node, local, methods } = info;
    if (node.type === 'struct_type') return local;
    // Of an interface that nothing in the workspace has, nothing is known.
    if (node.type === 'interface_type') return this.#imported('.', local, rangeOf(node), `${local}$type`).name;
    if (node.type === 'type_identifier' && numbers.test(this.text(node))) return 'number';
    if (methods.length > 0) return local;
    // What another type is made of is also what it is, unless it has methods of its own.
    const isOther = /^(?:type_identifier|qualified_type|pointer_type|generic_type)$/.test(node.type);
    if (!isOther || this.#open.has(info)) return undefined;
    this.#open.add(info);
    try {
      return this.#type(node);
    } finally {
      this.#open.delete(info);
    }
  }
  /** The types whose own types are being looked up: a type can be made of itself. */
  readonly #open = new Set<TypeInfo>();

  #classStatement(info: TypeInfo): Statement {
    const at = rangeOf(info.name);
    return {
      kind: 'declare',
      target: nameAt(info.local, at),
      value: this.#class(info),
      scope: 'block',
      ...at,
    };
  }

  #class(info: TypeInfo): ClassValue {
    const at = rangeOf(info.node);
    const fields: ClassField[] = [];
    const methods: Method[] = [];
    const embedded = info.fields.filter(({ isEmbedded }) => isEmbedded);
    const parent = embedded.map(({ type }) => this.#type(type)).find((type) => type !== undefined && type !== 'number');
    // A conversion is a call: its value stays.
    methods.push({ name: 'constructor', value: passing(at), isStatic: false, role: 'method' });
    for (const { name, type } of info.fields) {
      const typed = this.#type(type);
      if (typed !== undefined) fields.push({ name, type: typed, isStatic: false });
    }
    for (const node of info.methods)
      methods.push({ name: this.#nameOf(node), value: this.#method(node), isStatic: false, role: 'method' });
    for (const { name, type } of embedded) {
      const inner = this.#types.get(this.#lastName(type));
      if (!inner) continue;
      const self = member(nameAt('this', at), name, at);
      for (const [index, field] of inner.fields.entries())
        if (!info.fields.some((one) => one.name === field.name))
          methods.push({
            name: field.name,
            value: functionOf([], [returned(member(self, field.name, at), at)], at.from + index + 1, at.to),
            isStatic: false,
            role: 'getter',
          });
    }
    if (info.node.type === 'interface_type') methods.push(...this.#delegates(info));
    return {
      kind: 'class',
      name: info.local,
      ...(parent !== undefined && { superclass: nameAt(parent, at) }),
      methods,
      fields,
      decorators: [],
      ...at,
    };
  }

  /** The methods of an interface: those of the types that have all of them. */
  #delegates({ node, local }: TypeInfo): Method[] {
    const own = node.children.filter(({ type }) => type === 'method_elem');
    if (own.length === 0) return [];
    const names = own.map((one) => this.#nameOf(one)).join(',');
    return own.map((one): Method => {
      const at = rangeOf(one);
      const all: Argument[] = [{ value: nameAt('$all', at), spread: 'list' }];
      const calls = [0, 1].map((index): Expression => {
        const type = this.#imported('.', `${index}:${names}`, at, `${local}$${index}`).name;
        const self: Expression = { kind: 'typed', value: opaque([], at), type, ...at };
        return call(member(self, this.#nameOf(one), at), all, at);
      });
      const [yes = opaque([], at), no = opaque([], at)] = calls;
      const value: Expression = { kind: 'conditional', test: opaque([], at), yes, no, ...at };
      return {
        name: this.#nameOf(one),
        value: functionOf([{ pattern: nameAt('$all', at), rest: true }], [returned(value, at)], at.from, at.to),
        isStatic: false,
        role: 'method',
      };
    });
  }

  #receiver(node: SyntaxNode): { type: string; name: string } {
    const declaration = childOf(node, 'receiver')?.children[0];
    const type = declaration && childOf(declaration, 'type');
    return {
      type: type ? (/^[*(\s]*(\w+)/.exec(this.text(type))?.[1] ?? '') : '',
      name: declaration ? this.#nameOf(declaration) : '',
    };
  }

  #method(node: SyntaxNode): FunctionValue {
    return this.#function(node, this.#nameOf(node), this.#receiver(node));
  }

  /** A method of a type of another file. */
  #attached(node: SyntaxNode, type: string): Statement {
    const at = rangeOf(node);
    const owner = this.#imported('.', type, at);
    const target = member(member(owner, 'prototype', at), this.#nameOf(node), at);
    return evaluate(assign(target, this.#method(node), at), at);
  }

  // Functions.

  #function(node: SyntaxNode, name: string, receiver?: { type: string; name: string }): FunctionValue {
    const at = rangeOf(node);
    return this.#scoped(() => {
      const generics = childOf(node, 'type_parameters')?.children ?? [];
      const receiverType = receiver && childOf(node, 'receiver');
      const receiverGenerics = receiverType
        ? [...this.text(receiverType).matchAll(/[[,]\s*(\w+)/g)].map(([, one = '']) => one)
        : [];
      this.#typeParameters.push(
        new Set([...generics.flatMap((one) => namesOf(one).map((each) => this.text(each))), ...receiverGenerics]),
      );
      const params = this.#parameters(childOf(node, 'parameters'));
      const result = childOf(node, 'result');
      const results = this.#resultsOf(result, node);
      const before: Statement[] = [];
      if (receiver && receiver.name !== '' && receiver.name !== '_') {
        const type = this.#types.has(receiver.type) ? receiver.type : this.#global(receiver.type, at).name;
        this.#declare(receiver.name);
        before.push({
          kind: 'declare',
          target: nameAt(receiver.name, at),
          type,
          value: nameAt('this', at),
          scope: 'block',
          ...at,
        });
      }
      if (result?.type === 'parameter_list')
        for (const one of result.children)
          for (const each of namesOf(one)) before.push(...this.#zero(each, childOf(one, 'type')));
      this.#results.push(results);
      const body = childOf(node, 'body');
      const types = this.#scopes.length === 1 ? this.#resultTypes(result) : undefined;
      const statements = body ? this.#statements(body.children) : [];
      if (results.names.length > 0) statements.push(this.#return(undefined, at));
      this.#results.pop();
      this.#typeParameters.pop();
      return {
        kind: 'function',
        name,
        params,
        body: [...before, ...statements],
        isArrow: receiver === undefined,
        decorators: [],
        ...(types && { results: types }),
        ...at,
      };
    });
  }

  #parameters(list: SyntaxNode | undefined): Parameter[] {
    return (list?.children ?? []).flatMap((one): Parameter[] => {
      const typeNode = childOf(one, 'type');
      const names = namesOf(one);
      const isRest = one.type === 'variadic_parameter_declaration';
      const type = isRest ? undefined : this.#type(typeNode);
      const at = rangeOf(one);
      const made = (pattern: Name): Parameter => ({
        pattern,
        ...(type !== undefined && { type }),
        ...(isRest && { rest: true }),
      });
      if (names.length === 0) return [made(nameAt('_', at))];
      return names.map((name) => {
        this.#declare(this.text(name));
        return made(nameAt(this.text(name), rangeOf(name)));
      });
    });
  }

  #resultsOf(result: SyntaxNode | undefined, node: SyntaxNode): Results {
    const list = result?.type === 'parameter_list' ? result.children : result ? [result] : [];
    const names =
      result?.type === 'parameter_list' ? list.flatMap((one) => namesOf(one).map((each) => this.text(each))) : [];
    const last = list.at(-1);
    const type = last && (childOf(last, 'type') ?? last);
    return {
      count: names.length > 0 ? names.length : list.length,
      names,
      fails: type !== undefined && /^\*?(?:error|\w*Error)$/.test(this.text(type)),
      source: this.text(node),
    };
  }

  /** The types of the results, unless one of them can be anything, or functions. */
  #resultTypes(result: SyntaxNode | undefined): (string | undefined)[] | undefined {
    const list = result?.type === 'parameter_list' ? result.children : result ? [result] : [];
    const types: (string | undefined)[] = [];
    for (const one of list) {
      const node = childOf(one, 'type') ?? one;
      const type = this.#type(node);
      if (type === undefined && !/^(?:string|error|\[\]byte|\[\]string|map\[string\]string)$/.test(this.text(node)))
        return undefined;
      for (let count = Math.max(1, namesOf(one).length); count > 0; count--) types.push(type);
    }
    return types;
  }

  /** A variable with the zero value of its type. */
  #zero(name: SyntaxNode, type: SyntaxNode | undefined): Statement[] {
    const text = this.text(name);
    if (text === '_') return [];
    const at = rangeOf(name);
    this.#declare(text);
    const typed = this.#type(type);
    const isPointed =
      this.#scopes.length === 1 || new RegExp(`&${text}\\b`).test(this.#results.at(-1)?.source ?? `&${text}`);
    const value = this.#zeroValue(type, typed, at, isPointed);
    return [
      {
        kind: 'declare',
        target: nameAt(text, at),
        ...(typed !== undefined && { type: typed }),
        ...(value && { value }),
        scope: 'block',
        ...at,
      },
    ];
  }

  #zeroValue(
    type: SyntaxNode | undefined,
    typed: string | undefined,
    at: Range,
    isPointed: boolean,
  ): Expression | undefined {
    if (typed !== undefined && typed !== 'number') {
      const isStruct = type?.type === 'type_identifier' && !typed.includes('$');
      return isStruct && this.#types.get(typed)?.node.type !== 'interface_type' ? objectOf(typed, [], at) : undefined;
    }
    if (!isPointed && type?.type === 'type_identifier' && this.text(type) === 'string') return literal('', at);
    if (type?.type === 'map_type') return objectOf(undefined, [], at);
    if (type?.type === 'slice_type' && !isPointed) return { kind: 'list', items: [], ...at };
    return opaque([], at);
  }

  // Statements.

  #statements(nodes: readonly SyntaxNode[]): Statement[] {
    return nodes.flatMap((node) => this.#statement(node));
  }

  #block(node: SyntaxNode | undefined): Statement[] {
    return node ? this.#scoped(() => this.#statements(node.children)) : [];
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'statement_list':
        return this.#statements(node.children);
      case 'block':
        return [{ kind: 'block', body: this.#block(node), ...at }];
      case 'expression_statement': {
        const [child] = node.children;
        if (!child) return [];
        const called = child.type === 'call_expression' ? this.#called(childOf(child, 'function')) : undefined;
        const value = this.expression(child);
        if (called === 'panic') return [{ kind: 'throw', value, ...at }];
        if (called !== undefined && ending.test(called))
          return [evaluate(value, at), { kind: 'throw', value: literal(null, at), ...at }];
        return [evaluate(value, at)];
      }
      case 'send_statement': {
        const [channel, value] = [childOf(node, 'channel'), childOf(node, 'value')];
        if (!channel || !value) return [];
        const args = [{ value: this.expression(channel) }, { value: this.expression(value) }];
        return [evaluate(call(this.#global$('$send', at), args, at), at)];
      }
      case 'receive_statement':
      case 'assignment_statement':
      case 'short_var_declaration':
        return this.#assignment(node);
      case 'inc_statement':
      case 'dec_statement': {
        const [operand] = node.children;
        if (!operand) return [];
        const target = this.#pattern(operand);
        const value: Expression = {
          kind: 'binary',
          operator: '-',
          left: this.expression(operand),
          right: opaque([], at),
          ...at,
        };
        return [evaluate(assign(target, value, at), at)];
      }
      case 'var_declaration':
      case 'const_declaration':
        return this.#declarations(node);
      case 'type_declaration':
        return specsOf(node).flatMap((spec): Statement[] => {
          const local = `${this.#nameOf(spec)}$${this.#count++}`;
          const info = this.#typeInfo(spec, local);
          this.#types.set(local, info);
          this.#declare(this.#nameOf(spec), withType(this.#ownType(info)));
          return [this.#classStatement(info)];
        });
      case 'labeled_statement':
        return this.#statements(node.children.filter(({ field }) => field !== 'label'));
      case 'return_statement':
        return [this.#return(node.children[0], at)];
      case 'go_statement':
      case 'defer_statement': {
        const [child] = node.children;
        return child ? [evaluate(this.expression(child), at)] : [];
      }
      case 'if_statement':
        return this.#if(node);
      case 'for_statement':
        return this.#for(node);
      case 'expression_switch_statement':
        return this.#switch(node);
      case 'type_switch_statement':
        return this.#typeSwitch(node);
      case 'select_statement':
        return [
          {
            kind: 'switch',
            value: opaque([], at),
            cases: node.children.flatMap((one) => {
              const communication = childOf(one, 'communication');
              const others = one.children.filter(({ field }) => field !== 'communication');
              const body = this.#scoped(() => [
                ...(communication ? this.#statement(communication) : []),
                ...this.#statements(others),
              ]);
              return [
                {
                  tests: communication ? [opaque([], rangeOf(one))] : [],
                  body: [block(body, rangeOf(one)), breakAt(rangeOf(one))],
                },
              ];
            }),
            ...at,
          },
        ];
      case 'break_statement':
      case 'continue_statement': {
        const [label] = node.children;
        return [
          {
            kind: node.type === 'break_statement' ? 'break' : 'continue',
            ...(label && { label: this.text(label) }),
            ...at,
          },
        ];
      }
      case 'fallthrough_statement':
      case 'goto_statement':
      case 'empty_statement':
      case 'function_declaration':
      case 'import_declaration':
        return [];
      case 'ERROR':
        return node.children
          .filter(({ isNamed }) => isNamed)
          .map((one) => evaluate(opaque(this.#parts(one), rangeOf(one)), rangeOf(one)));
      default:
        return node.isNamed ? [evaluate(this.expression(node), at)] : [];
    }
  }

  #return(list: SyntaxNode | undefined, at: Range): Statement {
    const results = this.#results.at(-1);
    const nodes = list
      ? list.type === 'expression_list'
        ? list.children.filter(({ isNamed }) => isNamed)
        : [list]
      : [];
    if (nodes.length === 0) {
      const names = (results?.names ?? []).map((name) => nameAt(name, at));
      const [only] = names;
      if (names.length > 1)
        return returned({ kind: 'list', isResults: true, items: names.map((value) => ({ value })), ...at }, at);
      return only ? returned(only, at) : { kind: 'return', ...at };
    }
    const values = nodes.map((node, index) => {
      const value = this.expression(node);
      return results?.fails === true && index === results.count - 1 && this.#isPresent(node) ? truthy(value) : value;
    });
    const [only] = values;
    if (values.length === 1 && only) return returned(only, at);
    return returned({ kind: 'list', isResults: true, items: values.map((value) => ({ value })), ...at }, at);
  }

  /** Whether an error is surely there. */
  #isPresent(node: SyntaxNode): boolean {
    if (node.type === 'unary_expression') return true;
    if (node.type === 'composite_literal') return true;
    if (node.type === 'call_expression') {
      const called = this.#called(childOf(node, 'function'));
      return called !== undefined && failing.test(called);
    }
    const name = this.text(node);
    return this.#present.includes(name) || /^(?:\w+\.)?[eE]rr[A-Z]\w*$/.test(name);
  }

  #declarations(node: SyntaxNode): Statement[] {
    let iota = 0;
    let repeated: readonly SyntaxNode[] = [];
    return specsOf(node).flatMap((spec): Statement[] => {
      const names = namesOf(spec);
      const type = childOf(spec, 'type');
      const own = childOf(spec, 'value')?.children.filter(({ isNamed }) => isNamed) ?? [];
      const isConstant = node.type === 'const_declaration';
      if (own.length > 0) repeated = own;
      const values = own.length === 0 && isConstant ? repeated : own;
      const at = rangeOf(spec);
      this.#iota = iota++;
      if (values.length === 0) return names.flatMap((name) => this.#zero(name, type));
      const [only] = values;
      if (names.length > 1 && values.length === 1 && only) return this.#several(names, only, true, at);
      return names.flatMap((name, index): Statement[] => {
        const value = values[index];
        if (!value) return [];
        return this.#declareNode(name, value, this.#type(type), type);
      });
    });
  }
  #iota = 0;

  /** Declares one variable. */
  #declareNode(name: SyntaxNode, value: SyntaxNode, type?: string, typeNode?: SyntaxNode): Statement[] {
    const lowered = this.expression(value, typeNode);
    const text = this.text(name);
    if (text === '_') return [evaluate(lowered, rangeOf(value))];
    this.#declare(text, this.#knownOf(value));
    return [
      {
        kind: 'declare',
        target: nameAt(text, rangeOf(name)),
        ...(type !== undefined && { type }),
        value: lowered,
        scope: 'block',
        ...rangeOf(name),
      },
    ];
  }

  /** What is remembered of a variable because of how it was made. */
  #knownOf(value: SyntaxNode): Local {
    if (value.type !== 'call_expression') return {};
    const called = this.#called(childOf(value, 'function'));
    const args = childOf(value, 'arguments')?.children ?? [];
    const isName = (node: SyntaxNode | undefined) =>
      node?.type === 'identifier' || node?.type === 'selector_expression';
    if (called === 'filepath.Rel' && args[1] && isName(args[1])) return { relativeOf: args[1] };
    if ((called === 'url.Parse' || called === 'url.ParseRequestURI') && args[0] && isName(args[0]))
      return { parsedFrom: args[0] };
    return {};
  }

  #assignment(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const left = listOf(childOf(node, 'left'));
    const right = listOf(childOf(node, 'right'));
    const operator = childOf(node, 'operator');
    const isDeclaration =
      node.type === 'short_var_declaration' ||
      (node.type === 'receive_statement' &&
        /:=/.test(this.source.slice(left.at(-1)?.to ?? at.from, right[0]?.from ?? at.to)));
    const [target, value] = [left[0], right[0]];
    if (!value) return [];
    if (!target) return [evaluate(this.expression(value), at)];
    const sign = operator ? this.text(operator) : '=';
    if (!isDeclaration && sign !== '=' && sign !== ':=') {
      const old = this.expression(target);
      const added = this.expression(value);
      const result: Expression =
        sign === '+='
          ? textOf([old, added], at)
          : { kind: 'binary', operator: sign.slice(0, -1), left: old, right: added, ...at };
      return [evaluate(assign(this.#pattern(target), result, at), at)];
    }
    if (left.length > 1 && right.length === 1) return this.#several(left, value, isDeclaration, at);
    if (isDeclaration) return left.flatMap((one, index) => (right[index] ? this.#declareNode(one, right[index]) : []));
    if (left.length === 1) {
      const lowered = this.expression(value);
      if (target.type === 'identifier') this.#remember(this.text(target), this.#knownOf(value));
      return [evaluate(this.#isBlank(target) ? lowered : assign(this.#pattern(target), lowered, at), at)];
    }
    const items = right.map((one) => ({ value: this.expression(one) }));
    return [
      evaluate(
        assign(
          {
            kind: 'listPattern',
            items: left.map((one) => (this.#isBlank(one) ? undefined : { target: this.#pattern(one) })),
            ...at,
          },
          { kind: 'list', items, ...at },
          at,
        ),
        at,
      ),
    ];
  }

  #remember(name: string, known: Local): void {
    for (let at = this.#scopes.length - 1; at >= 0; at--)
      if (this.#scopes[at]?.has(name)) {
        const type = this.#scopes[at]?.get(name)?.type;
        this.#scopes[at]?.set(name, { ...known, ...withType(type) });
        return;
      }
  }

  #isBlank(node: SyntaxNode): boolean {
    return node.type === 'blank_identifier' || (node.type === 'identifier' && this.text(node) === '_');
  }

  /** `a, b := f()`, `v, ok := m[k]`, `v, ok := <-c`, `v, ok := x.(T)`. */
  #several(left: readonly SyntaxNode[], value: SyntaxNode, isDeclaration: boolean, at: Range): Statement[] {
    const [first, second] = left;
    const known = this.#knownOf(value);
    const lowered = this.expression(value);
    const called = value.type === 'call_expression' ? this.#called(childOf(value, 'function')) : undefined;
    // What it tells of its arguments is in the first result.
    const isMatch = called !== undefined && /^(?:regexp\.Match(?:String)?|(?:path|filepath)\.Match)$/.test(called);
    const isPair = (value.type !== 'call_expression' || isMatch) && left.length === 2;
    const set = (node: SyntaxNode | undefined, one: Expression): Statement[] => {
      if (!node || this.#isBlank(node)) return [evaluate(one, at)];
      if (!isDeclaration || node.type !== 'identifier') return [evaluate(assign(this.#pattern(node), one, at), at)];
      this.#declare(this.text(node));
      return [{ kind: 'declare', target: nameAt(this.text(node), rangeOf(node)), value: one, scope: 'block', ...at }];
    };
    if (isPair) {
      const [object, index] = [childOf(value, 'operand'), childOf(value, 'index')];
      const isThere: Expression =
        value.type === 'index_expression' && object && index
          ? { kind: 'binary', operator: 'in', left: this.expression(index), right: this.expression(object), ...at }
          : opaque([], at);
      return [...set(first, lowered), ...set(second, isThere)];
    }
    const items = left.map((one) => {
      if (this.#isBlank(one)) return undefined;
      if (isDeclaration) this.#declare(this.text(one));
      return { target: this.#pattern(one) };
    });
    if (first && isDeclaration) this.#declare(this.text(first), known);
    else if (first?.type === 'identifier') this.#remember(this.text(first), known);
    const target: Pattern = { kind: 'listPattern', isResults: true, items, ...at };
    return isDeclaration
      ? [{ kind: 'declare', target, value: lowered, scope: 'block', ...at }]
      : [evaluate(assign(target, lowered, at), at)];
  }

  #pattern(node: SyntaxNode): Pattern {
    if (this.#isBlank(node)) return opaque([], rangeOf(node));
    const one = this.expression(node);
    return one.kind === 'name' || one.kind === 'member' || one.kind === 'index' ? one : opaque([one], rangeOf(node));
  }

  #if(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.#scoped(() => {
      const initializer = childOf(node, 'initializer');
      const before = initializer ? this.#statement(initializer) : [];
      const condition = childOf(node, 'condition');
      const test = condition ? this.expression(condition) : opaque([], at);
      const present = condition ? this.#presentIn(condition) : undefined;
      const yes = this.#scoped(() => {
        if (present !== undefined) this.#present.push(present);
        return this.#block(childOf(node, 'consequence'));
      });
      const alternative = childOf(node, 'alternative');
      const no = alternative
        ? alternative.type === 'block'
          ? this.#block(alternative)
          : this.#statement(alternative)
        : [];
      const statement: Statement = { kind: 'if', test, yes, no, ...at };
      return before.length > 0 ? [block([...before, statement], at)] : [statement];
    });
  }

  /** The variable that is not nil where a condition holds. */
  #presentIn(node: SyntaxNode): string | undefined {
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    const operator = childOf(node, 'operator');
    if (node.type !== 'binary_expression' || !left || !right || !operator) return undefined;
    if (this.text(operator) === '&&') return this.#presentIn(left) ?? this.#presentIn(right);
    return this.text(operator) === '!=' && right.type === 'nil' && left.type === 'identifier'
      ? this.text(left)
      : undefined;
  }

  #for(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.#scoped(() => {
      const body = childOf(node, 'body');
      const range = node.children.find(({ type }) => type === 'range_clause');
      if (range) return this.#range(range, body, at);
      const clause = node.children.find(({ type }) => type === 'for_clause');
      const initializer = clause && childOf(clause, 'initializer');
      const condition = clause
        ? childOf(clause, 'condition')
        : node.children.find((one) => one.isNamed && one.field !== 'body');
      const update = clause && childOf(clause, 'update');
      const init = initializer ? this.#statement(initializer) : [];
      const test = condition && this.expression(condition);
      const statements = this.#block(body);
      const updates = update ? this.#statement(update) : [];
      const values = updates.flatMap((one) => (one.kind === 'evaluate' ? [one.value] : []));
      const after: Expression | undefined = values.length > 1 ? { kind: 'sequence', values, ...at } : values[0];
      return [
        {
          kind: 'loop',
          init,
          ...(test && { test }),
          ...(after && { update: after }),
          body: statements,
          isPost: false,
          ...at,
        },
      ];
    });
  }

  /** The text each of whose parts is compared with `..` in a loop that is left when one is. */
  #dotsChecked(
    collection: SyntaxNode | undefined,
    item: SyntaxNode | undefined,
    body: SyntaxNode | undefined,
  ): SyntaxNode | undefined {
    if (collection?.type !== 'call_expression' || !item || !body) return undefined;
    const called = this.#called(childOf(collection, 'function'));
    if (called === undefined || !/^strings\.(?:Split|SplitN|SplitSeq|FieldsFunc)$/.test(called)) return undefined;
    const pattern = new RegExp(`^\\{\\s*if ${this.text(item)} == ["\`]\\.\\.["\`] \\{\\s*return\\b`);
    const [argument] = childOf(collection, 'arguments')?.children ?? [];
    return pattern.test(this.text(body)) ? argument : undefined;
  }

  #range(node: SyntaxNode, body: SyntaxNode | undefined, at: Range): Statement[] {
    const left = listOf(childOf(node, 'left'));
    const right = childOf(node, 'right');
    const [key, item] = left;
    const before: Statement[] = [];
    let collection = right ? this.expression(right) : opaque([], at);
    const isDeclaration =
      right !== undefined && this.source.slice(left.at(-1)?.to ?? node.from, right.from).includes(':=');
    if (collection.kind !== 'name') {
      const name = this.#fresh();
      before.push(declareAt(name, collection, at));
      collection = nameAt(name, at);
    }
    // A function that is ranged over calls its parameter with each item.
    if (right?.type === 'call_expression') {
      const [items, taken] = [this.#fresh(), this.#fresh()];
      before.push(declareAt(items, { kind: 'list', items: [], ...at }, at));
      const add = (name: string) =>
        evaluate(call(this.#global$('$send', at), [{ value: nameAt(items, at) }, { value: nameAt(name, at) }], at), at);
      const collect = functionOf(
        [{ pattern: nameAt(`${taken}a`, at) }, { pattern: nameAt(`${taken}b`, at) }],
        [add(item ? `${taken}b` : `${taken}a`), returned(literal(true, at), at)],
        node.from,
        node.to,
      );
      before.push(evaluate(call(collection, [{ value: { ...collect, isArrow: true } }], at), at));
      collection = { kind: 'conditional', test: opaque([], at), yes: collection, no: nameAt(items, at), ...at };
    }
    const isFunction = right?.type === 'call_expression';
    const target = this.#fresh();
    const checked = this.#dotsChecked(right, item, body);
    const after: Statement[] = checked
      ? [
          {
            kind: 'if',
            test: call(
              this.#global$('$contains', at),
              [{ value: this.expression(checked) }, { value: literal('..', at) }],
              at,
            ),
            yes: [{ kind: 'throw', value: literal(null, at), ...at }],
            no: [],
            ...at,
          },
        ]
      : [];
    const start: Statement[] = [];
    const set = (pattern: SyntaxNode | undefined, value: Expression): void => {
      if (!pattern || this.#isBlank(pattern)) return;
      if (isDeclaration) {
        this.#declare(this.text(pattern));
        start.push(declareAt(this.text(pattern), value, rangeOf(pattern)));
      } else start.push(evaluate(assign(this.#pattern(pattern), value, rangeOf(pattern)), rangeOf(pattern)));
    };
    const own: Range = key ? rangeOf(item ?? key) : at;
    const isNumber = right !== undefined && /^(?:int_literal|unary_expression)$/.test(right.type);
    const keyOf = (): Expression =>
      isNumber || right?.type === 'slice_expression'
        ? { kind: 'typed', value: opaque([], at), type: 'number', ...at }
        : opaque([collection.kind === 'name' ? collection : opaque([], at)], at);
    if (item) {
      if (
        !this.#isBlank(item) &&
        isDeclaration &&
        !this.#find(this.text(item)) &&
        !this.#declared.has(this.text(item))
      ) {
        this.#declare(this.text(item));
        set(key, keyOf());
        return [
          ...before,
          {
            kind: 'forEach',
            target: nameAt(this.text(item), own),
            of: 'items',
            collection,
            body: [...start, ...this.#block(body)],
            ...at,
          },
          ...after,
        ];
      }
      set(item, nameAt(target, own));
      set(key, keyOf());
    } else if (key) {
      // Of a channel or a function, it is the item; of others, the key.
      const isItem = isFunction || right?.type === 'identifier' || right?.type === 'selector_expression';
      set(
        key,
        isItem
          ? {
              kind: 'conditional',
              test: opaque([], at),
              yes: call(this.#global$('$received', at), [{ value: collection }], at),
              no: keyOf(),
              ...at,
            }
          : keyOf(),
      );
      if (isFunction) start[start.length - 1] = declareAt(this.text(key), nameAt(target, own), own);
    }
    return [
      ...before,
      {
        kind: 'forEach',
        target: nameAt(target, own),
        of: 'items',
        collection,
        body: [...start, ...this.#block(body)],
        ...at,
      },
      ...after,
    ];
  }

  #cases(
    nodes: readonly SyntaxNode[],
    testsOf: (node: SyntaxNode) => Expression[],
    before: (node: SyntaxNode) => Statement[],
  ) {
    return nodes.map((node) => {
      const at = rangeOf(node);
      const statements = node.children.filter(({ isNamed, field }) => isNamed && field !== 'value' && field !== 'type');
      const tests = node.type === 'default_case' ? [] : testsOf(node);
      const body = this.#scoped(() => [...before(node), ...this.#statements(statements)]);
      const flat = statements.flatMap((one) => (one.type === 'statement_list' ? one.children : [one]));
      const falls = flat.at(-1)?.type === 'fallthrough_statement';
      return { tests, body: [block(body, at), ...(falls ? [] : [breakAt(at)])] };
    });
  }

  #switch(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.#scoped(() => {
      const initializer = childOf(node, 'initializer');
      const before = initializer ? this.#statement(initializer) : [];
      const value = childOf(node, 'value');
      const cases = node.children.filter(({ type }) => type === 'expression_case' || type === 'default_case');
      const statement: Statement = {
        kind: 'switch',
        value: value ? this.expression(value) : literal(true, at),
        cases: this.#cases(
          cases,
          (one) => listOf(childOf(one, 'value')).map((test) => this.expression(test)),
          () => [],
        ),
        ...at,
      };
      return before.length > 0 ? [block([...before, statement], at)] : [statement];
    });
  }

  #typeSwitch(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.#scoped(() => {
      const initializer = childOf(node, 'initializer');
      const before = initializer ? this.#statement(initializer) : [];
      const value = childOf(node, 'value');
      const [alias] = listOf(childOf(node, 'alias'));
      const name = this.#fresh();
      before.push(declareAt(name, value ? this.expression(value) : opaque([], at), at));
      const cases = node.children.filter(({ type }) => type === 'type_case' || type === 'default_case');
      const statement: Statement = {
        kind: 'switch',
        value: opaque([], at),
        cases: this.#cases(
          cases,
          (one) => [opaque([], rangeOf(one))],
          (one) => {
            if (!alias) return [];
            const types = one.children.filter(({ field, isNamed }) => field === 'type' && isNamed);
            const [type] = types.length === 1 ? types.map((each) => this.#type(each)) : [];
            this.#declare(this.text(alias));
            const typed: Expression =
              type === undefined ? nameAt(name, at) : { kind: 'typed', value: nameAt(name, at), type, ...at };
            return [declareAt(this.text(alias), typed, rangeOf(alias))];
          },
        ),
        ...at,
      };
      return [block([...before, statement], at)];
    });
  }

  // Expressions.

  /** A function that models describe. */
  #global$(name: string, at: Range): Name {
    return nameAt(name, at);
  }

  #parts(node: SyntaxNode): Expression[] {
    return node.children.filter(({ isNamed }) => isNamed).map((one) => this.expression(one));
  }

  /** @param type the declared type of what it is assigned to */
  expression(node: SyntaxNode, type?: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'type_identifier': {
        const name = this.text(node);
        if (name === '_') return opaque([], at);
        return this.#global(name, at);
      }
      case 'blank_identifier':
        return opaque([], at);
      case 'interpreted_string_literal':
      case 'raw_string_literal':
      case 'rune_literal':
        return literal(textOfLiteral(this.text(node)), at);
      case 'int_literal':
      case 'float_literal': {
        const value = numberOfLiteral(this.text(node));
        return Number.isNaN(value) ? number(at) : literal(value, at);
      }
      case 'imaginary_literal':
        return number(at);
      case 'iota':
        return literal(this.#iota, at);
      case 'nil':
        return literal(null, at);
      case 'true':
      case 'false':
        return literal(node.type === 'true', at);
      case 'parenthesized_expression':
        return node.children[0] ? this.expression(node.children[0]) : opaque([], at);
      case 'selector_expression':
        return this.#selector(node);
      case 'index_expression': {
        const [object, index] = [childOf(node, 'operand'), childOf(node, 'index')];
        if (!object) return opaque(this.#parts(node), at);
        // An instance of a generic function.
        if (!index || this.#isType(index)) return this.expression(object);
        return { kind: 'index', object: this.expression(object), index: this.expression(index), ...at };
      }
      case 'type_instantiation_expression': {
        const inner = childOf(node, 'type');
        return inner ? this.#typeAsValue(inner) : opaque([], at);
      }
      case 'slice_expression':
        return this.#slice(node);
      case 'type_assertion_expression': {
        const operand = childOf(node, 'operand');
        const asserted = this.#type(childOf(node, 'type'));
        const value = operand ? this.expression(operand) : opaque([], at);
        return asserted === undefined ? value : { kind: 'typed', value, type: asserted, ...at };
      }
      case 'type_conversion_expression': {
        const operand = childOf(node, 'operand');
        return operand ? this.expression(operand) : opaque([], at);
      }
      case 'composite_literal':
        return this.#composite(childOf(node, 'body'), childOf(node, 'type'), at);
      case 'literal_value':
        return this.#composite(node, type, at);
      case 'func_literal':
        return this.#function(node, '');
      case 'unary_expression':
        return this.#unary(node);
      case 'binary_expression':
        return this.#binary(node);
      case 'call_expression':
        return this.#call(node);
      case 'variadic_argument':
      case 'literal_element':
      case 'expression_list':
        return node.children[0] ? this.expression(node.children[0], type) : opaque([], at);
      default:
        if (/_type$/.test(node.type)) return this.#typeAsValue(node);
        return opaque(this.#parts(node), at);
    }
  }

  #typeAsValue(node: SyntaxNode): Expression {
    const type = this.#type(node);
    return type === undefined || type === 'number' ? opaque([], rangeOf(node)) : nameAt(type, rangeOf(node));
  }

  #isType(node: SyntaxNode): boolean {
    if (/_type$/.test(node.type)) return true;
    const name = this.text(node);
    return (
      node.type === 'identifier' &&
      !this.#find(name) &&
      (numbers.test(name) || texts.test(name) || this.#types.has(name))
    );
  }

  #selector(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [operand, field] = [childOf(node, 'operand'), childOf(node, 'field')];
    if (!operand || !field) return opaque(this.#parts(node), at);
    const path = this.#package(operand);
    if (path !== undefined)
      return this.#imported(path, this.text(field), at, `${this.text(operand)}$${this.text(field)}`);
    return member(this.expression(operand), this.text(field), at);
  }

  #slice(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operand = childOf(node, 'operand');
    if (!operand) return opaque(this.#parts(node), at);
    const value = this.expression(operand);
    const start = childOf(node, 'start');
    const bounds = node.children.filter(({ field, isNamed }) => field !== 'operand' && isNamed);
    const args = bounds.map((one) => ({ value: this.expression(one) }));
    // All of it, or all but its end.
    if (!start || this.text(start) === '0') {
      const values = [...args.map((one) => one.value), value];
      return values.length === 1 ? value : call(this.#global$('$slice', at), [{ value }], at);
    }
    return call(this.#global$('$slice', at), [{ value }, ...args], at);
  }

  #composite(body: SyntaxNode | undefined, type: SyntaxNode | undefined, at: Range): Expression {
    const elements = body?.children.filter(({ isNamed }) => isNamed) ?? [];
    const named =
      type && /^(?:type_identifier|qualified_type|generic_type|pointer_type)$/.test(type.type)
        ? this.#type(type)
        : undefined;
    const info = named === undefined ? this.#infoOf(type) : this.#types.get(named);
    const shape = info && info.node.type !== 'struct_type' ? info.node : type;
    const inner = shape && (childOf(shape, 'element') ?? childOf(shape, 'value'));
    const isList = shape !== undefined && /^(?:slice_type|array_type|implicit_length_array_type)$/.test(shape.type);
    const isMap = shape?.type === 'map_type';
    const isKeyed = elements.some((one) => one.type === 'keyed_element');
    if (elements.length === 0 && named?.includes('$') === true)
      return { kind: 'typed', value: opaque([], at), type: named, ...at };
    const struct =
      info?.node.type === 'struct_type'
        ? info.fields
        : shape?.type === 'struct_type'
          ? this.#typeInfo(shape, '').fields
          : undefined;
    if (isList || (!isKeyed && !isMap && !struct && elements.length > 0)) {
      const items = elements.map((one) => ({
        value: this.#element(one.type === 'keyed_element' ? childOf(one, 'value') : one, inner),
      }));
      return { kind: 'list', items, ...at };
    }
    const hasHost =
      named !== undefined &&
      this.#used.get(named)?.module === 'net/url' &&
      elements.some((one) => /^Host\b/.test(this.text(one)));
    const fields = elements.map((one, index): Field => {
      if (one.type !== 'keyed_element')
        return { key: struct?.[index]?.name ?? String(index), value: this.#element(one, struct?.[index]?.type) };
      const key = childOf(one, 'key')?.children[0];
      const isField = key?.type === 'identifier' && !isMap;
      const field = key && isField ? this.text(key) : '';
      let value = this.#element(
        childOf(one, 'value'),
        isField ? struct?.find(({ name }) => name === field)?.type : inner,
      );
      // Where the host stands beside it, the rest of an address does not choose it.
      if (hasHost && field !== 'Host') value = call(this.#global$('$inUrl', at), [{ value }], at);
      // A text that the database runs.
      if (key && /^"\$(?:where|function|accumulator|expr)"$/.test(this.text(key))) value = opaque([value], at);
      return { key: key ? (isField ? field : this.expression(key)) : '', value };
    });
    return objectOf(named === 'number' ? undefined : named, fields, at);
  }

  #infoOf(type: SyntaxNode | undefined): TypeInfo | undefined {
    if (type?.type === 'pointer_type') return this.#infoOf(type.children[0]);
    return type?.type === 'type_identifier' ? this.#types.get(this.text(type)) : undefined;
  }

  #element(node: SyntaxNode | undefined, type: SyntaxNode | undefined): Expression {
    const inner = node?.type === 'literal_element' ? node.children[0] : node;
    if (!inner) return literal(undefined, { from: 0, to: 0 });
    return inner.type === 'literal_value' ? this.#composite(inner, type, rangeOf(inner)) : this.expression(inner);
  }

  #unary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [operator, operand] = [childOf(node, 'operator'), childOf(node, 'operand')];
    if (!operand || !operator) return opaque(this.#parts(node), at);
    const value = this.expression(operand);
    switch (this.text(operator)) {
      // A pointer is what it points to.
      case '&':
      case '*':
        return value;
      case '<-':
        return call(this.#global$('$received', at), [{ value }], at);
      case '!':
        return not(value, at);
      case '-':
        return { kind: 'unary', operator: '-', operand: value, ...at };
      default:
        return { kind: 'unary', operator: '+', operand: value, ...at };
    }
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, sign] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    if (!left || !right || !sign) return opaque(this.#parts(node), at);
    const operator = this.text(sign);
    switch (operator) {
      case '+': {
        const parts: SyntaxNode[] = [];
        const flatten = (one: SyntaxNode): void => {
          const [a, b, own] = [childOf(one, 'left'), childOf(one, 'right'), childOf(one, 'operator')];
          if (one.type === 'binary_expression' && a && b && own && this.text(own) === '+') {
            flatten(a);
            flatten(b);
          } else parts.push(one);
        };
        flatten(node);
        return textOf(
          parts.map((one) => this.expression(one)),
          at,
        );
      }
      case '&&':
      case '||':
        return { kind: 'logical', operator, left: this.expression(left), right: this.expression(right), ...at };
      case '==':
      case '!=': {
        const other = right.type === 'nil' ? left : left.type === 'nil' ? right : undefined;
        if (other) {
          const value = not(this.expression(other), at);
          return operator === '==' ? value : not(value, at);
        }
        const compared: Expression = {
          kind: 'binary',
          operator,
          left: this.expression(left),
          right: this.expression(right),
          ...at,
        };
        return (
          this.#alsoOfSource(compared, operator, left, right) ??
          this.#alsoOfSource(compared, operator, right, left) ??
          compared
        );
      }
      default:
        return { kind: 'binary', operator, left: this.expression(left), right: this.expression(right), ...at };
    }
  }

  /** What is checked of an address that was parsed, or of a relative path, is checked of what it was made from. */
  #alsoOfSource(compared: Expression, operator: string, left: SyntaxNode, right: SyntaxNode): Expression | undefined {
    const at = { from: compared.from, to: compared.to };
    const selector = left.type === 'call_expression' ? childOf(left, 'function') : left;
    const object = selector?.type === 'selector_expression' ? childOf(selector, 'operand') : undefined;
    const field = selector && childOf(selector, 'field');
    const source = object?.type === 'identifier' ? this.#find(this.text(object))?.parsedFrom : undefined;
    const joined = (own: Expression): Expression => ({
      kind: 'logical',
      operator: operator === '==' ? '&&' : '||',
      left: compared,
      right: operator === '==' ? own : not(own, at),
      ...at,
    });
    // `u.Host == ""`: no other host.
    if (object && field && /^(?:Host|Hostname)$/.test(this.text(field)) && /^(?:""|``)$/.test(this.text(right))) {
      const own = [object, ...(source ? [source] : [])].map((one) =>
        call(this.#global$('$relative', at), [{ value: this.expression(one) }], at),
      );
      const [first = compared, second] = own;
      return joined(second ? { kind: 'logical', operator: '&&', left: first, right: second, ...at } : first);
    }
    if (left.type === 'call_expression' && /^(?:path|filepath)\.Base$/.test(this.#called(selector) ?? '')) {
      const [argument] = childOf(left, 'arguments')?.children ?? [];
      if (argument && this.text(argument) === this.text(right))
        return joined(call(this.#global$('$isBase', at), [{ value: this.expression(argument) }], at));
    }
    // `x[0] == '/'`.
    const index = left.type === 'index_expression' ? childOf(left, 'index') : undefined;
    const indexed = left.type === 'index_expression' ? childOf(left, 'operand') : undefined;
    if (index && indexed && this.text(index) === '0' && right.type === 'rune_literal')
      return joined(
        call(
          this.#global$('$starts', at),
          [{ value: this.expression(indexed) }, { value: this.expression(right) }],
          at,
        ),
      );
    if (source && field && /^(?:Host|Hostname|Scheme)$/.test(this.text(field))) {
      const own: Expression = {
        kind: 'binary',
        operator,
        left: member(this.expression(source), this.text(field), at),
        right: this.expression(right),
        ...at,
      };
      return { kind: 'logical', operator: operator === '==' ? '&&' : '||', left: compared, right: own, ...at };
    }
    return undefined;
  }

  #args(list: SyntaxNode | undefined): Argument[] {
    return (list?.children ?? [])
      .filter(({ isNamed }) => isNamed)
      .map((one) => ({
        value: this.expression(one),
        ...(one.type === 'variadic_argument' && { spread: 'list' as const }),
      }));
  }

  #call(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const list = childOf(node, 'arguments');
    if (!callee) return opaque(this.#parts(node), at);
    const nodes = list?.children.filter(({ isNamed }) => isNamed) ?? [];
    const called = this.#called(callee);
    if (called !== undefined) {
      const special = called.includes('.')
        ? this.#libraryCall(called, callee, nodes, at)
        : this.#builtin(called, nodes, at);
      if (special) return special;
    }
    // A conversion to a type of the file.
    if (callee.type === 'identifier' && this.#types.has(this.text(callee)) && nodes.length === 1 && nodes[0]) {
      const type = this.#type(callee);
      const value = this.expression(nodes[0]);
      return type === 'number' ? { kind: 'typed', value, type, ...at } : value;
    }
    if (
      callee.type === 'parenthesized_expression' &&
      nodes.length === 1 &&
      nodes[0] &&
      callee.children[0]?.type === 'unary_expression'
    )
      return this.expression(nodes[0]);
    if (callee.type === 'selector_expression') {
      // A part of an address, as `Host` is.
      if (nodes.length === 0 && this.#lastName(callee) === 'Hostname') return this.#selector(callee);
      const header = this.#headerCall(callee, list, at);
      if (header) return header;
    }
    return call(this.expression(callee), this.#args(list), at);
  }

  /** `w.Header().Set(name, value)` says something of `w`. */
  #headerCall(callee: SyntaxNode, list: SyntaxNode | undefined, at: Range): Expression | undefined {
    const [operand, field] = [childOf(callee, 'operand'), childOf(callee, 'field')];
    if (operand?.type !== 'call_expression' || !field || !/^(?:Set|Add)$/.test(this.text(field))) return undefined;
    const inner = childOf(operand, 'function');
    const [writer, header] =
      inner?.type === 'selector_expression' ? [childOf(inner, 'operand'), childOf(inner, 'field')] : [];
    if (
      !writer ||
      !header ||
      this.text(header) !== 'Header' ||
      (childOf(operand, 'arguments')?.children.length ?? 0) > 0
    )
      return undefined;
    return call(member(this.expression(writer), '$setHeader', at), this.#args(list), at);
  }

  #builtin(name: string, nodes: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first] = nodes;
    switch (name) {
      case 'string':
      case 'any':
      case 'error':
        return first ? this.expression(first) : undefined;
      case 'len':
      case 'cap':
      case 'copy':
      case 'append':
      case 'min':
      case 'max':
        return call(this.#global$(name, at), this.#argsOf(nodes), at);
      case 'make': {
        const type = first && (this.#infoOf(first)?.node ?? first);
        const sizes = nodes.slice(1).map((one) => ({ value: this.expression(one) }));
        const made: Expression =
          type && /slice_type|channel_type/.test(type.type)
            ? { kind: 'list', items: [], ...at }
            : this.#zeroOf(first, at);
        return sizes.length > 0
          ? { kind: 'sequence', values: [call(this.#global$('$make', at), sizes, at), made], ...at }
          : made;
      }
      case 'new':
        return first
          ? /_type$|identifier$/.test(first.type)
            ? this.#zeroOf(first, at)
            : this.expression(first)
          : undefined;
      case 'panic':
      case 'print':
      case 'println':
      case 'delete':
      case 'close':
      case 'clear':
        return opaque(
          nodes.map((one) => this.expression(one)),
          at,
        );
      case 'recover':
        return opaque([], at);
      case 'complex':
      case 'real':
      case 'imag':
        return number(at);
      default:
        if (numbers.test(name) && first) return { kind: 'typed', value: this.expression(first), type: 'number', ...at };
        return undefined;
    }
  }

  #zeroOf(type: SyntaxNode | undefined, at: Range): Expression {
    const typed = this.#type(type);
    if (typed === undefined || typed === 'number')
      return type?.type === 'map_type' ? objectOf(undefined, [], at) : opaque([], at);
    if (typed.includes('$')) return { kind: 'typed', value: opaque([], at), type: typed, ...at };
    return objectOf(typed, [], at);
  }

  #argsOf(nodes: readonly SyntaxNode[]): Argument[] {
    return nodes.map((one) => ({
      value: this.expression(one),
      ...(one.type === 'variadic_argument' && { spread: 'list' as const }),
    }));
  }

  /** Calls of libraries that mean something to the language itself: texts, expressions, what is written to. */
  #libraryCall(called: string, callee: SyntaxNode, nodes: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first, second, third, fourth] = nodes;
    if (called === 'fmt.Sprintf') return this.#formatted(nodes, at);
    if (called === 'strings.NewReplacer') return this.#replacer(nodes, at);
    if (/^exec\.Command(?:Context)?$/.test(called)) {
      // What stands behind `--` is no option.
      const end = nodes.findIndex((one) => this.#isText(one) && textOfLiteral(this.text(one)) === '--');
      if (end > 0) {
        const args = this.#argsOf(nodes).map((one, index): Argument =>
          index > end ? { ...one, value: { kind: 'typed', value: one.value, type: 'number', ...at } } : one,
        );
        return call(this.expression(callee), args, at);
      }
    }
    if (called === 'fmt.Sprint' || called === 'fmt.Sprintln')
      return textOf(
        nodes.map((one) => this.expression(one)),
        at,
      );
    if (/^regexp\.(?:Must)?Compile(?:POSIX)?$/.test(called) && first && this.#isText(first))
      return { kind: 'regex', ...regexOf(textOfLiteral(this.text(first))), ...at };
    if (/^regexp\.Match(?:String)?$/.test(called) && first && second && this.#isText(first)) {
      const regex: Expression = { kind: 'regex', ...regexOf(textOfLiteral(this.text(first))), ...rangeOf(first) };
      return call(member(regex, 'MatchString', at), [{ value: this.expression(second) }], at);
    }
    if (/^(?:strings|bytes)\.ContainsAny$/.test(called) && first && second && this.#isText(second)) {
      const set = textOfLiteral(this.text(second)).replaceAll(/[\]\\^-]/g, '\\$&');
      const regex: Expression = { kind: 'regex', source: `[${set}]`, flags: 'g', ...rangeOf(second) };
      return call(member(regex, 'MatchString', at), [{ value: this.expression(first) }], at);
    }
    if (/^(?:strings|bytes)\.Replace(?:All)?$/.test(called) && first && second && third) {
      const isAll = called.endsWith('All') || (fourth !== undefined && this.text(fourth).startsWith('-'));
      const args = [{ value: this.expression(second) }, { value: this.expression(third) }];
      return call(member(this.expression(first), isAll ? 'replaceAll' : 'replace', at), args, at);
    }
    if (/^(?:strings\.EqualFold|bytes\.Equal(?:Fold)?)$/.test(called) && first && second)
      return { kind: 'binary', operator: '==', left: this.expression(first), right: this.expression(second), ...at };
    if (called === 'strings.HasPrefix' && first && second) {
      const source = first.type === 'identifier' ? this.#find(this.text(first))?.relativeOf : undefined;
      if (source && /^["`]\.\./.test(this.text(second)))
        return call(
          this.#global$('$escapes', at),
          [{ value: this.expression(source) }, { value: this.expression(first) }],
          at,
        );
    }
    if (/^(?:path|filepath)\.(?:Clean|Join)$/.test(called) && first) {
      const [start] =
        first.type === 'binary_expression' ? [childOf(first, 'left')] : [nodes.length > 1 ? first : undefined];
      let leftmost = start;
      while (leftmost?.type === 'binary_expression') leftmost = childOf(leftmost, 'left');
      if (
        leftmost &&
        /^(?:"\/"|`\/`|"\/+"|string\((?:os\.PathSeparator|filepath\.Separator)\))$/.test(this.text(leftmost))
      )
        return call(
          this.#global$('$rooted', at),
          nodes.map((one) => ({ value: this.expression(one) })),
          at,
        );
    }
    const writes = writers[called];
    if (writes !== undefined && first) {
      const rest =
        called === 'fmt.Fprintf' ? [{ value: this.#formatted(nodes.slice(1), at) }] : this.#argsOf(nodes.slice(1));
      return call(member(this.expression(first), writes, at), rest, at);
    }
    const place = formats[called];
    if (place !== undefined) {
      const before = this.#argsOf(nodes.slice(0, place));
      return call(this.expression(callee), [...before, { value: this.#formatted(nodes.slice(place), at) }], at);
    }
    return undefined;
  }

  /** `strings.NewReplacer(old, new, …)`: an object with a function that replaces each. */
  #replacer(nodes: readonly SyntaxNode[], at: Range): Expression | undefined {
    if (!nodes.every((one) => this.#isText(one))) return undefined;
    const pairs = nodes.flatMap((old, index) => {
      const fresh = nodes[index + 1];
      return index % 2 === 0 && fresh ? [[old, fresh] as const] : [];
    });
    const characters = pairs.map(([old]) => textOfLiteral(this.text(old)));
    const regex: Expression = {
      kind: 'regex',
      source: `[${characters.map((one) => one.replaceAll(/[\]\\^-]/g, '\\$&')).join('')}]`,
      flags: 'g',
      ...at,
    };
    const [first] = pairs;
    // Single characters are all replaced at once.
    const isSet = characters.every((one) => one.length === 1);
    const value =
      isSet && first
        ? call(
            member(regex, 'ReplaceAllString', at),
            [{ value: nameAt('$text', at) }, { value: this.expression(first[1]) }],
            at,
          )
        : pairs.reduce<Expression>(
            (text, [old, fresh]) =>
              call(
                member(text, 'replaceAll', at),
                [{ value: this.expression(old) }, { value: this.expression(fresh) }],
                at,
              ),
            nameAt('$text', at),
          );
    const replace = functionOf([{ pattern: nameAt('$text', at) }], [returned(value, at)], at.from, at.to);
    return objectOf(undefined, [{ key: 'Replace', value: { ...replace, isArrow: true } }], at);
  }

  #isText(node: SyntaxNode): boolean {
    return node.type === 'interpreted_string_literal' || node.type === 'raw_string_literal';
  }

  /** `Sprintf(format, …)`. */
  #formatted([format, ...values]: readonly SyntaxNode[], at: Range): Expression {
    if (!format) return literal('', at);
    if (!this.#isText(format) || values.some(({ type }) => type === 'variadic_argument'))
      return call(this.#global$('$format', at), this.#argsOf([format, ...values]), at);
    const own = rangeOf(format);
    const rest = [...values];
    const parts = formatParts(textOfLiteral(this.text(format))).flatMap((part): Expression[] => {
      if (typeof part === 'string') return [literal(part, own)];
      const node = rest.shift();
      if (!node) return [];
      const value = this.expression(node);
      if (/[dtbcoxXUeEfFgGp]/.test(part.verb)) return [{ kind: 'typed', value, type: 'number', ...rangeOf(node) }];
      return [part.verb === 'q' ? call(this.#global$('$quoted', at), [{ value }], rangeOf(node)) : value];
    });
    return textOf([...parts, ...rest.map((one) => this.expression(one))], at);
  }
}

function rangeOf({ from, to }: SyntaxNode): Range {
  return { from, to };
}

/** The specs of a declaration, in parentheses or alone. */
function specsOf(node: SyntaxNode): SyntaxNode[] {
  return node.children.flatMap((one) =>
    /_spec_list$/.test(one.type) ? specsOf(one) : /_spec$|^type_alias$/.test(one.type) ? [one] : [],
  );
}

function namesOf(node: SyntaxNode): SyntaxNode[] {
  return node.children.filter(({ field, isNamed }) => field === 'name' && isNamed);
}

function listOf(node: SyntaxNode | undefined): SyntaxNode[] {
  if (!node) return [];
  return node.type === 'expression_list' ? node.children.filter(({ isNamed }) => isNamed) : [node];
}

function nameAt(name: string, { from, to }: Range): Name {
  return { kind: 'name', name, from, to };
}

function literal(value: Literal['value'], at: Range): Literal {
  return { kind: 'literal', value, ...at };
}

/** A number of which nothing else is known. */
function number(at: Range): Expression {
  return { kind: 'typed', value: opaque([], at), type: 'number', ...at };
}

function opaque(parts: readonly Expression[], { from, to }: Range): Expression & { kind: 'opaque' } {
  return { kind: 'opaque', parts, from, to };
}

function member(object: Expression, property: string, { from, to }: Range): Expression & { kind: 'member' } {
  return { kind: 'member', object, property, from, to };
}

function call(callee: Expression, args: readonly Argument[], { from, to }: Range): Expression {
  return { kind: 'call', callee, args, isNew: false, from, to };
}

function assign(target: Pattern, value: Expression, { from, to }: Range): Expression {
  return { kind: 'assign', target, value, from, to };
}

function evaluate(value: Expression, { from, to }: Range): Statement {
  return { kind: 'evaluate', value, from, to };
}

function returned(value: Expression, { from, to }: Range): Statement {
  return { kind: 'return', value, from, to };
}

function block(body: readonly Statement[], { from, to }: Range): Statement {
  return { kind: 'block', body, from, to };
}

function breakAt({ from, to }: Range): Statement {
  return { kind: 'break', from, to };
}

function declareAt(name: string, value: Expression, at: Range): Statement {
  return { kind: 'declare', target: nameAt(name, at), value, scope: 'block', ...at };
}

function not(operand: Expression, { from, to }: Range): Expression {
  return { kind: 'unary', operator: '!', operand, from, to };
}

function textOf(parts: readonly Expression[], { from, to }: Range): Expression {
  return { kind: 'text', parts, from, to };
}

function objectOf(type: string | undefined, fields: readonly Field[], { from, to }: Range): ObjectLiteral {
  return { kind: 'object', ...(type !== undefined && { type }), fields, from, to };
}

/** A value that is there, whatever else it is. */
function truthy(value: Expression): Expression {
  const { from, to } = value;
  return { kind: 'sequence', values: [value, literal(true, { from, to })], from, to };
}

function withType(type: string | undefined): { type?: string } {
  return type === undefined ? {} : { type };
}

function functionOf(params: readonly Parameter[], body: readonly Statement[], from: number, to: number): FunctionValue {
  return { kind: 'function', name: '', params, body, isArrow: false, decorators: [], from, to };
}

/** The constructor of a type: what is converted to it stays what it is. */
function passing(at: Range): FunctionValue {
  return functionOf([{ pattern: nameAt('$value', at) }], [returned(nameAt('$value', at), at)], at.from, at.to);
}
