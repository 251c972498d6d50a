import type {
  Argument,
  ClassField,
  ClassValue,
  Expression,
  Field,
  FunctionValue,
  Method,
  Module,
  Name,
  Parameter,
  Pattern,
  Range,
  Statement,
} from '../../ir/ir';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import { unescaped } from './escapes';

/** Types of nodes of which only the text matters. */
export const leaves: ReadonlySet<string> = new Set([
  'type_annotation',
  'type_arguments',
  'type_parameters',
  'interface_declaration',
  'type_alias_declaration',
  'ambient_declaration',
  'implements_clause',
  'string_fragment',
  'accessibility_modifier',
  'hash_bang_line',
]);

/** Lowers a JavaScript or TypeScript file. @param shift added to all offsets, for a script inside of another file */
export function lower(root: SyntaxNode, source: string, hasErrors: boolean): Module {
  return { body: new Lowering(source).body(root.children), hasErrors };
}

class Lowering {
  constructor(private readonly source: string) {}

  /** Statements, functions first, exports last, since neither depends on where it stands. */
  body(nodes: readonly SyntaxNode[]): Statement[] {
    const hoisted: Statement[] = [];
    const others: Statement[] = [];
    const exports: Statement[] = [];
    for (const node of nodes)
      for (const one of this.statement(node))
        if (
          one.kind === 'import' ||
          (one.kind === 'declare' && one.value?.kind === 'function' && one.scope === 'function')
        )
          hoisted.push(one);
        else if (one.kind === 'export') exports.push(one);
        else others.push(one);
    return [...hoisted, ...others, ...exports];
  }

  block(node: SyntaxNode | undefined): Statement[] {
    if (!node) return [];
    return node.type === 'statement_block' ? this.body(node.children) : this.body([node]);
  }

  statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement': {
        const [value] = node.children;
        if (value?.type === 'internal_module') return this.statement(value);
        return value ? [{ kind: 'evaluate', value: this.expression(value), ...at }] : [];
      }
      case 'lexical_declaration':
      case 'variable_declaration':
        return this.#declarations(node);
      case 'function_declaration':
      case 'generator_function_declaration': {
        const value = this.#function(node, false);
        return [
          { kind: 'declare', target: this.#name(childOf(node, 'name') ?? node), value, scope: 'function', ...at },
        ];
      }
      case 'class_declaration':
      case 'abstract_class_declaration':
      case 'class': {
        const value = this.#class(node, []);
        return [{ kind: 'declare', target: this.#name(childOf(node, 'name') ?? node), value, scope: 'block', ...at }];
      }
      case 'return_statement': {
        const [value] = node.children;
        return [{ kind: 'return', ...(value && { value: this.expression(value) }), ...at }];
      }
      case 'throw_statement':
        return [{ kind: 'throw', value: this.#first(node), ...at }];
      case 'if_statement': {
        const test = childOf(node, 'condition');
        const otherwise = childOf(node, 'alternative');
        const no =
          otherwise?.type === 'else_clause'
            ? this.body(otherwise.children.flatMap((one) => (one.type === 'statement_block' ? one.children : [one])))
            : this.block(otherwise);
        return [
          {
            kind: 'if',
            test: test ? this.expression(test) : nothing(at),
            yes: this.block(childOf(node, 'consequence')),
            no,
            ...at,
          },
        ];
      }
      case 'while_statement':
      case 'do_statement': {
        const test = childOf(node, 'condition');
        return [
          {
            kind: 'loop',
            init: [],
            ...(test && { test: this.expression(test) }),
            body: this.block(childOf(node, 'body')),
            isPost: node.type === 'do_statement',
            ...at,
          },
        ];
      }
      case 'for_statement': {
        const init = childOf(node, 'initializer');
        const test = node.children.find(({ field, isNamed }) => field === 'condition' && isNamed);
        const update = childOf(node, 'increment');
        return [
          {
            kind: 'loop',
            init: init?.isNamed ? this.#initializer(init) : [],
            ...(test && { test: test.type === 'expression_statement' ? this.#first(test) : this.expression(test) }),
            ...(update && { update: this.expression(update) }),
            body: this.block(childOf(node, 'body')),
            isPost: false,
            ...at,
          },
        ];
      }
      case 'for_in_statement': {
        const left = childOf(node, 'left');
        const right = childOf(node, 'right');
        const operator = childOf(node, 'operator');
        if (!left || !right) return [];
        return [
          {
            kind: 'forEach',
            target: this.pattern(left),
            of: operator?.type === 'in' ? 'keys' : 'items',
            collection: this.expression(right),
            body: this.block(childOf(node, 'body')),
            ...at,
          },
        ];
      }
      case 'switch_statement': {
        const value = childOf(node, 'value');
        const cases = (childOf(node, 'body')?.children ?? []).map((one) => {
          const test = childOf(one, 'value');
          return {
            tests: test ? [this.expression(test)] : [],
            body: this.body(one.children.filter(({ field }) => field === 'body')),
          };
        });
        // A case without a body shares that of the next one.
        const joined: { tests: Expression[]; body: Statement[] }[] = [];
        let waiting: Expression[] = [];
        for (const one of cases) {
          if (one.body.length === 0 && one.tests.length > 0) waiting.push(...one.tests);
          else {
            joined.push({ tests: one.tests.length === 0 ? [] : [...waiting, ...one.tests], body: one.body });
            waiting = [];
          }
        }
        return [{ kind: 'switch', value: value ? this.expression(value) : nothing(at), cases: joined, ...at }];
      }
      case 'try_statement': {
        const handler = childOf(node, 'handler');
        const target = handler && childOf(handler, 'parameter');
        const finalizer = childOf(node, 'finalizer');
        return [
          {
            kind: 'try',
            body: this.block(childOf(node, 'body')),
            handlers: handler
              ? [{ ...(target && { target: this.pattern(target) }), body: this.block(childOf(handler, 'body')) }]
              : [],
            last: finalizer ? this.block(childOf(finalizer, 'body')) : [],
            ...at,
          },
        ];
      }
      case 'statement_block':
        return [{ kind: 'block', body: this.body(node.children), ...at }];
      case 'labeled_statement':
        return this.body([childOf(node, 'body')].filter((one) => one !== undefined));
      case 'break_statement':
      case 'continue_statement': {
        const label = childOf(node, 'label');
        return [
          {
            kind: node.type === 'break_statement' ? 'break' : 'continue',
            ...(label && { label: this.text(label) }),
            ...at,
          },
        ];
      }
      case 'import_statement':
        return this.#import(node);
      case 'export_statement':
        return this.#export(node);
      case 'enum_declaration':
        return this.#enum(node);
      case 'internal_module':
      case 'module': {
        const body = childOf(node, 'body');
        return body
          ? this.body(body.children).map((one) =>
              one.kind === 'export' && one.value ? { kind: 'evaluate', value: one.value, ...rangeOf(node) } : one,
            )
          : [];
      }
      case 'with_statement':
        return this.block(childOf(node, 'body'));
      case 'ERROR':
        // What the parser stepped over: its parts that it did understand.
        return this.body(node.children.filter(({ type }) => /_(?:statement|declaration)$/.test(type)));
      default:
        return [];
    }
  }

  #initializer(node: SyntaxNode): Statement[] {
    return /_(?:declaration|statement)$/.test(node.type)
      ? this.statement(node)
      : [{ kind: 'evaluate', value: this.expression(node), ...rangeOf(node) }];
  }

  #declarations(node: SyntaxNode): Statement[] {
    const scope = node.type === 'variable_declaration' ? 'function' : 'block';
    return node.children.flatMap((one): Statement[] => {
      if (one.type !== 'variable_declarator') return [];
      const name = childOf(one, 'name');
      const value = childOf(one, 'value');
      const type = this.#typeOf(one);
      if (!name) return [];
      const lowered = value && this.expression(value);
      return [
        {
          kind: 'declare',
          target: this.pattern(name),
          ...(type !== undefined && { type }),
          ...(lowered && {
            value: lowered.kind === 'function' && lowered.name === '' ? { ...lowered, name: this.text(name) } : lowered,
          }),
          // A function that a variable holds is not hoisted.
          scope: lowered?.kind === 'function' ? 'block' : scope,
          ...rangeOf(one),
        },
      ];
    });
  }

  #enum(node: SyntaxNode): Statement[] {
    const name = childOf(node, 'name');
    const members = childOf(node, 'body')?.children ?? [];
    if (!name) return [];
    const fields = members.map((one): Field => {
      const key = childOf(one, 'name') ?? one;
      const value = childOf(one, 'value');
      return {
        key: this.#keyText(key),
        value: value ? this.expression(value) : { kind: 'literal', value: 0, ...rangeOf(one) },
      };
    });
    return [
      {
        kind: 'declare',
        target: this.#name(name),
        value: { kind: 'object', fields, ...rangeOf(node) },
        scope: 'block',
        ...rangeOf(node),
      },
    ];
  }

  #import(node: SyntaxNode): Statement[] {
    const clause = node.children.find(({ type }) => type === 'import_clause' || type === 'import_require_clause');
    const source = childOf(node, 'source') ?? (clause && childOf(clause, 'source'));
    if (!source) return [];
    const bindings: { local: string; name?: string }[] = [];
    for (const one of clause?.children ?? []) {
      if (one.field === 'source') continue;
      // `import x = require('y')` is all of the module.
      if (one.type === 'identifier')
        bindings.push(
          clause?.type === 'import_clause' ? { local: this.text(one), name: 'default' } : { local: this.text(one) },
        );
      else if (one.type === 'namespace_import') bindings.push({ local: this.text(one.children[0] ?? one) });
      else if (one.type === 'named_imports')
        for (const specifier of one.children) {
          const name = childOf(specifier, 'name');
          const alias = childOf(specifier, 'alias') ?? name;
          if (name && alias) bindings.push({ local: this.text(alias), name: this.#keyText(name) });
        }
    }
    return [{ kind: 'import', module: this.#stringText(source), bindings, ...rangeOf(node) }];
  }

  #export(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const source = childOf(node, 'source');
    const module = source && this.#stringText(source);
    const declaration = childOf(node, 'declaration');
    const head = this.source.slice(node.from, node.from + 200);
    const isDefault = /^(?:@[\s\S]*?)?export\s+default\b/.test(head);
    const decorators = node.children.filter(({ type }) => type === 'decorator').map((one) => this.#first(one));
    if (declaration) {
      const statements =
        decorators.length > 0 && /class/.test(declaration.type)
          ? this.#decoratedClass(declaration, decorators)
          : this.statement(declaration);
      const names = statements.flatMap((one) => (one.kind === 'declare' ? namesIn(one.target) : []));
      return [
        ...statements,
        ...names.map((name): Statement => ({
          kind: 'export',
          name: isDefault ? 'default' : name,
          value: { kind: 'name', name, ...at },
          ...at,
        })),
      ];
    }
    const value = childOf(node, 'value');
    if (value) return [{ kind: 'export', name: 'default', value: this.expression(value), ...at }];
    const statements: Statement[] = [];
    let isAll = true;
    for (const one of node.children) {
      if (one.type === 'export_clause') {
        isAll = false;
        for (const specifier of one.children) {
          const name = childOf(specifier, 'name');
          const alias = childOf(specifier, 'alias') ?? name;
          if (!name || !alias) continue;
          const own = this.#keyText(name);
          if (module === undefined)
            statements.push({
              kind: 'export',
              name: this.#keyText(alias),
              value: { kind: 'name', name: own, ...rangeOf(name) },
              ...at,
            });
          else statements.push({ kind: 'export', name: this.#keyText(alias), source: { module, name: own }, ...at });
        }
      } else if (one.type === 'namespace_export' && module !== undefined) {
        isAll = false;
        statements.push({ kind: 'export', name: this.text(one.children[0] ?? one), source: { module }, ...at });
      } else if (one.type !== 'string' && one.type !== 'decorator' && module === undefined && one.isNamed) {
        // `export = x`.
        isAll = false;
        statements.push({
          kind: 'evaluate',
          value: {
            kind: 'assign',
            target: { kind: 'member', object: { kind: 'name', name: 'module', ...at }, property: 'exports', ...at },
            value: this.expression(one),
            ...at,
          },
          ...at,
        });
      }
    }
    if (isAll && module !== undefined) statements.push({ kind: 'export', source: { module }, ...at });
    return statements;
  }

  #decoratedClass(node: SyntaxNode, decorators: readonly Expression[]): Statement[] {
    const value = this.#class(node, decorators);
    return [
      { kind: 'declare', target: this.#name(childOf(node, 'name') ?? node), value, scope: 'block', ...rangeOf(node) },
    ];
  }

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'shorthand_property_identifier':
      case 'type_identifier':
      case 'property_identifier':
      case 'private_property_identifier':
        return node.to - node.from === 9 && this.text(node) === 'undefined'
          ? { kind: 'literal', value: undefined, ...at }
          : { kind: 'name', name: this.text(node), ...at };
      case 'undefined':
        return { kind: 'literal', value: undefined, ...at };
      case 'this':
      case 'super':
      case 'import':
        return { kind: 'name', name: node.type, ...at };
      case 'string':
        return { kind: 'literal', value: this.#stringText(node), ...at };
      case 'number':
        return { kind: 'literal', value: Number(this.text(node).replace(/_|n$/g, '')), ...at };
      case 'true':
      case 'false':
        return { kind: 'literal', value: node.type === 'true', ...at };
      case 'null':
        return { kind: 'literal', value: null, ...at };
      case 'regex':
        return { kind: 'regex', source: this.#textOf(node, 'pattern'), flags: this.#textOf(node, 'flags'), ...at };
      case 'template_string':
        return { kind: 'text', parts: this.#parts(node), ...at };
      case 'parenthesized_expression':
        return this.#first(node);
      case 'member_expression': {
        const object = childOf(node, 'object');
        return {
          kind: 'member',
          object: object ? this.expression(object) : nothing(at),
          property: this.#textOf(node, 'property'),
          ...at,
        };
      }
      case 'subscript_expression': {
        const object = childOf(node, 'object');
        const index = childOf(node, 'index');
        const lowered = object ? this.expression(object) : nothing(at);
        if (index?.type === 'string')
          return { kind: 'member', object: lowered, property: this.#stringText(index), ...at };
        return { kind: 'index', object: lowered, index: index ? this.expression(index) : nothing(at), ...at };
      }
      case 'call_expression': {
        const callee = childOf(node, 'function');
        const args = childOf(node, 'arguments');
        const lowered = callee ? this.expression(callee) : nothing(at);
        if (args?.type === 'template_string') {
          const parts = this.#parts(args);
          const strings: Argument[] = parts.filter(({ kind }) => kind === 'literal').map((value) => ({ value }));
          const values: Argument[] = parts.filter(({ kind }) => kind !== 'literal').map((value) => ({ value }));
          return {
            kind: 'call',
            callee: lowered,
            args: [{ value: { kind: 'list', items: strings, ...rangeOf(args) } }, ...values],
            isNew: false,
            ...at,
          };
        }
        return { kind: 'call', callee: lowered, args: this.#args(args), isNew: false, ...at };
      }
      case 'new_expression': {
        const callee = childOf(node, 'constructor');
        return {
          kind: 'call',
          callee: callee ? this.expression(callee) : nothing(at),
          args: this.#args(childOf(node, 'arguments')),
          isNew: true,
          ...at,
        };
      }
      case 'object':
        return { kind: 'object', fields: node.children.flatMap((one) => this.#field(one)), ...at };
      case 'array':
        return { kind: 'list', items: node.children.map((one) => this.#argument(one)), ...at };
      case 'function_expression':
      case 'function':
      case 'generator_function':
        return this.#function(node, false);
      case 'arrow_function':
        return this.#function(node, true);
      case 'class':
        return this.#class(node, []);
      case 'await_expression':
      case 'yield_expression': {
        const [value] = node.children;
        return { kind: 'await', value: value ? this.expression(value) : nothing(at), ...at };
      }
      case 'assignment_expression': {
        const left = childOf(node, 'left');
        const right = childOf(node, 'right');
        return {
          kind: 'assign',
          target: left ? this.pattern(left) : { ...nothing(at) },
          value: right ? this.expression(right) : nothing(at),
          ...at,
        };
      }
      case 'augmented_assignment_expression':
        return this.#augmented(node);
      case 'update_expression': {
        const operand = childOf(node, 'argument');
        const value: Expression = {
          kind: 'unary',
          operator: '+',
          operand: operand ? this.expression(operand) : nothing(at),
          ...at,
        };
        return operand ? { kind: 'assign', target: this.pattern(operand), value, ...at } : value;
      }
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_expression': {
        const operand = childOf(node, 'argument');
        return {
          kind: 'unary',
          operator: this.#textOf(node, 'operator'),
          operand: operand ? this.expression(operand) : nothing(at),
          ...at,
        };
      }
      case 'ternary_expression': {
        const [test, yes, no] = ['condition', 'consequence', 'alternative'].map((field) => childOf(node, field));
        if (!test || !yes || !no) return this.#opaque(node);
        return {
          kind: 'conditional',
          test: this.expression(test),
          yes: this.expression(yes),
          no: this.expression(no),
          ...at,
        };
      }
      case 'sequence_expression':
        return { kind: 'sequence', values: node.children.map((one) => this.expression(one)), ...at };
      case 'as_expression':
      case 'satisfies_expression': {
        const [value, type] = node.children;
        const name = type && typeName(this.text(type));
        if (!value) return nothing(at);
        const lowered = this.expression(value);
        return name === undefined || node.type === 'satisfies_expression'
          ? lowered
          : { kind: 'typed', value: lowered, type: name, ...at };
      }
      case 'non_null_expression':
      case 'instantiation_expression':
        return this.#first(node);
      case 'type_assertion': {
        const value = node.children.at(-1);
        return value ? this.expression(value) : nothing(at);
      }
      case 'jsx_element':
      case 'jsx_self_closing_element':
        return this.#element(node);
      case 'spread_element':
      case 'decorator':
        return this.#first(node);
      default:
        return this.#opaque(node);
    }
  }

  #opaque(node: SyntaxNode): Expression {
    const parts = node.children
      .filter(({ isNamed, type }) => isNamed && !leaves.has(type))
      .map((one) => this.expression(one));
    return { kind: 'opaque', parts, ...rangeOf(node) };
  }

  #augmented(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const left = childOf(node, 'left');
    const right = childOf(node, 'right');
    if (!left || !right) return this.#opaque(node);
    const operator = this.#textOf(node, 'operator').slice(0, -1);
    const value = this.expression(right);
    if (operator === '||' || operator === '&&' || operator === '??')
      return { kind: 'assign', target: this.pattern(left), value, operator, ...at };
    const old = this.expression(left);
    return {
      kind: 'assign',
      target: this.pattern(left),
      value:
        operator === '+'
          ? { kind: 'text', parts: [old, value], ...at }
          : { kind: 'binary', operator, left: old, right: value, ...at },
      ...at,
    };
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const left = childOf(node, 'left');
    const right = childOf(node, 'right');
    const operator = childOf(node, 'operator');
    if (!left || !right || !operator) return this.#opaque(node);
    if (operator.type === '+') {
      // Long concatenations lean to the left: walked in a loop, since they can be thousands of parts deep.
      const parts: SyntaxNode[] = [right];
      let rest = left;
      for (;;) {
        const [inner, last] = [childOf(rest, 'left'), childOf(rest, 'right')];
        if (rest.type !== 'binary_expression' || childOf(rest, 'operator')?.type !== '+' || !inner || !last) break;
        parts.push(last);
        rest = inner;
      }
      parts.push(rest);
      return { kind: 'text', parts: parts.reverse().map((one) => this.expression(one)), ...at };
    }
    const operands = { left: this.expression(left), right: this.expression(right), ...at };
    if (operator.type === '&&' || operator.type === '||' || operator.type === '??')
      return { kind: 'logical', operator: operator.type, ...operands };
    return { kind: 'binary', operator: operator.type, ...operands };
  }

  #parts(node: SyntaxNode): Expression[] {
    return node.children.map((one): Expression => {
      if (one.type === 'template_substitution') return this.#first(one);
      return { kind: 'literal', value: unescaped(this.text(one)), ...rangeOf(one) };
    });
  }

  #args(node: SyntaxNode | undefined): Argument[] {
    return (node?.children ?? []).map((one) => this.#argument(one));
  }

  #argument(node: SyntaxNode): Argument {
    return node.type === 'spread_element'
      ? { value: this.#first(node), spread: 'list' }
      : { value: this.expression(node) };
  }

  #field(node: SyntaxNode): Field[] {
    switch (node.type) {
      case 'pair': {
        const [key, value] = [childOf(node, 'key'), childOf(node, 'value')];
        return key && value ? [{ key: this.#key(key), value: this.#namedBy(value, key) }] : [];
      }
      case 'shorthand_property_identifier':
        return [{ key: this.text(node), value: this.expression(node) }];
      case 'spread_element':
        return [{ value: this.#first(node) }];
      case 'method_definition': {
        const key = childOf(node, 'name');
        const value = this.#function(node, false);
        if (!key) return [];
        const isGetter = /^(?:static\s+)?get\s/.test(this.source.slice(node.from, key.from));
        // What a getter returns is the field.
        return [
          {
            key: this.#key(key),
            value: isGetter ? { kind: 'call', callee: value, args: [], isNew: false, ...rangeOf(node) } : value,
          },
        ];
      }
      default:
        return [];
    }
  }

  #namedBy(node: SyntaxNode, key: SyntaxNode): Expression {
    const value = this.expression(node);
    return value.kind === 'function' && value.name === '' ? { ...value, name: this.text(key) } : value;
  }

  #key(node: SyntaxNode): string | Expression {
    return node.type === 'computed_property_name' ? this.#first(node) : this.#keyText(node);
  }

  #keyText(node: SyntaxNode): string {
    return node.type === 'string' ? this.#stringText(node) : this.text(node);
  }

  #function(node: SyntaxNode, isArrow: boolean, decorators: readonly Expression[] = []): FunctionValue {
    const body = childOf(node, 'body');
    const single = childOf(node, 'parameter');
    const name = childOf(node, 'name');
    const params = single
      ? [{ pattern: this.pattern(single) }]
      : (childOf(node, 'parameters')?.children ?? []).flatMap((one) => this.#parameter(one));
    const statements: Statement[] =
      body === undefined
        ? []
        : body.type === 'statement_block'
          ? this.body(body.children)
          : [{ kind: 'return', value: this.expression(body), ...rangeOf(body) }];
    return {
      kind: 'function',
      name: name ? this.text(name) : '',
      params,
      body: statements,
      isArrow,
      decorators,
      ...rangeOf(node),
    };
  }

  #parameter(node: SyntaxNode): Parameter[] {
    if (node.type === 'required_parameter' || node.type === 'optional_parameter') {
      const pattern = childOf(node, 'pattern');
      if (!pattern || pattern.type === 'this') return [];
      const type = this.#typeOf(node);
      const value = childOf(node, 'value');
      const decorators = node.children.filter((one) => one.type === 'decorator').map((one) => this.#first(one));
      const isField =
        node.children.some((one) => one.type === 'accessibility_modifier') ||
        /^(?:@\S+\s+)*readonly\s/.test(this.source.slice(node.from, pattern.from));
      const isRest = pattern.type === 'rest_pattern';
      return [
        {
          pattern: isRest && pattern.children[0] ? this.pattern(pattern.children[0]) : this.pattern(pattern),
          ...(type !== undefined && { type }),
          ...(value && { fallback: this.expression(value) }),
          ...(isRest && { rest: true }),
          ...(decorators.length > 0 && { decorators }),
          ...(isField && { isField }),
        },
      ];
    }
    if (node.type === 'rest_pattern')
      return node.children[0] ? [{ pattern: this.pattern(node.children[0]), rest: true }] : [];
    if (node.type === 'assignment_pattern') {
      const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
      return left && right ? [{ pattern: this.pattern(left), fallback: this.expression(right) }] : [];
    }
    return node.isNamed && node.type !== 'decorator' ? [{ pattern: this.pattern(node) }] : [];
  }

  #class(node: SyntaxNode, outer: readonly Expression[]): ClassValue {
    const methods: Method[] = [];
    const fields: ClassField[] = [];
    const heritage = node.children.find(({ type }) => type === 'class_heritage');
    const extended = heritage?.children.find(({ type }) => type === 'extends_clause');
    const parent = extended
      ? childOf(extended, 'value')
      : heritage?.children.find(({ type }) => type !== 'implements_clause');
    const own = node.children.filter(({ type }) => type === 'decorator').map((one) => this.#first(one));
    let decorators: Expression[] = [];
    for (const one of childOf(node, 'body')?.children ?? []) {
      if (one.type === 'decorator') {
        decorators.push(this.#first(one));
        continue;
      }
      const name = childOf(one, one.type === 'field_definition' ? 'property' : 'name');
      if (name) {
        const head = this.source.slice(one.from, name.from);
        const isStatic = /\bstatic\b/.test(head);
        if (one.type === 'method_definition')
          methods.push({
            name: this.#keyText(name),
            value: this.#function(one, false, decorators),
            isStatic,
            role: /\bget\s/.test(head) ? 'getter' : /\bset\s/.test(head) ? 'setter' : 'method',
          });
        else if (one.type === 'public_field_definition' || one.type === 'field_definition') {
          const value = childOf(one, 'value');
          const type = this.#typeOf(one);
          fields.push({
            name: this.#keyText(name),
            ...(value && { value: this.#namedBy(value, name) }),
            ...(type !== undefined && { type }),
            isStatic,
          });
        }
      }
      decorators = [];
    }
    const name = childOf(node, 'name');
    return {
      kind: 'class',
      name: name ? this.text(name) : '',
      ...(parent && { superclass: this.expression(parent) }),
      methods,
      fields,
      decorators: [...outer, ...own],
      ...rangeOf(node),
    };
  }

  /** JSX is a call of `jsx` with the tag and the properties, of which the children are one. */
  #element(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const open = node.type === 'jsx_element' ? (childOf(node, 'open_tag') ?? node) : node;
    const name = childOf(open, 'name');
    const tag: Expression =
      !name || (name.type === 'identifier' && /^[a-z]/.test(this.text(name)))
        ? { kind: 'literal', value: name ? this.text(name) : '', ...at }
        : this.expression(name);
    const fields = open.children.flatMap((one): Field[] => {
      if (one.type === 'jsx_expression') return one.children[0] ? [{ value: this.#first(one) }] : [];
      if (one.type !== 'jsx_attribute') return [];
      const [key, value] = one.children;
      if (!key) return [];
      const lowered: Expression = !value
        ? { kind: 'literal', value: true, ...rangeOf(one) }
        : value.type === 'jsx_expression'
          ? this.#first(value)
          : this.expression(value);
      return [{ key: this.text(key), value: { ...lowered, ...rangeOf(one) } }];
    });
    const children = node.children
      .filter(
        ({ field, type }) =>
          field !== 'open_tag' &&
          field !== 'close_tag' &&
          field === undefined &&
          /^jsx_(?:expression|element|self_closing_element)$/.test(type),
      )
      .filter((one) => node.type === 'jsx_element' && (one.type !== 'jsx_expression' || one.children.length > 0))
      .map((one): Argument => ({ value: one.type === 'jsx_expression' ? this.#first(one) : this.expression(one) }));
    if (children.length > 0) fields.push({ key: 'children', value: { kind: 'list', items: children, ...at } });
    return {
      kind: 'call',
      callee: { kind: 'name', name: 'jsx', ...at },
      args: [{ value: tag }, { value: { kind: 'object', fields, ...at } }],
      isNew: false,
      ...at,
    };
  }

  pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'object_pattern':
      case 'object': {
        const fields: { key: string | Expression; target: Pattern; fallback?: Expression }[] = [];
        let rest: Pattern | undefined;
        for (const one of node.children) {
          if (/^shorthand_property_identifier/.test(one.type))
            fields.push({ key: this.text(one), target: this.#name(one) });
          else if (one.type === 'object_assignment_pattern' || one.type === 'assignment_expression') {
            const [left, right] = [childOf(one, 'left'), childOf(one, 'right')];
            if (left && right)
              fields.push({ key: this.text(left), target: this.#name(left), fallback: this.expression(right) });
          } else if (one.type === 'pair_pattern' || one.type === 'pair') {
            const [key, value] = [childOf(one, 'key'), childOf(one, 'value')];
            if (key && value) fields.push({ key: this.#key(key), ...this.#withFallback(value) });
          } else if ((one.type === 'rest_pattern' || one.type === 'spread_element') && one.children[0])
            rest = this.pattern(one.children[0]);
        }
        return { kind: 'objectPattern', fields, ...(rest && { rest }), ...at };
      }
      case 'array_pattern':
      case 'array': {
        const items: ({ target: Pattern; fallback?: Expression } | undefined)[] = [];
        let rest: Pattern | undefined;
        let end = node.from + 1;
        for (const one of node.children) {
          // Commas between two items beyond the first are skipped items.
          const skipped = (this.source.slice(end, one.from).match(/,/g)?.length ?? 0) - (items.length > 0 ? 1 : 0);
          for (let at = 0; at < skipped; at++) items.push(undefined);
          if ((one.type === 'rest_pattern' || one.type === 'spread_element') && one.children[0])
            rest = this.pattern(one.children[0]);
          else items.push(this.#withFallback(one));
          end = one.to;
        }
        return { kind: 'listPattern', items, ...(rest && { rest }), ...at };
      }
      case 'assignment_pattern': {
        const left = childOf(node, 'left');
        return left ? this.pattern(left) : nothing(at);
      }
      case 'parenthesized_expression':
      case 'non_null_expression':
        return node.children[0] ? this.pattern(node.children[0]) : nothing(at);
      case 'shorthand_property_identifier_pattern':
      case 'identifier':
        return this.#name(node);
      case 'lexical_declaration':
      case 'variable_declaration': {
        const name = node.children[0] && childOf(node.children[0], 'name');
        return name ? this.pattern(name) : nothing(at);
      }
      default: {
        const value = this.expression(node);
        return value.kind === 'member' || value.kind === 'index' || value.kind === 'name'
          ? value
          : { kind: 'opaque', parts: [value], ...at };
      }
    }
  }

  #withFallback(node: SyntaxNode): { target: Pattern; fallback?: Expression } {
    const right = childOf(node, 'right');
    const hasFallback = node.type === 'assignment_pattern' || node.type === 'assignment_expression';
    const left = hasFallback ? childOf(node, 'left') : node;
    return {
      target: left ? this.pattern(left) : nothing(rangeOf(node)),
      ...(hasFallback && right && { fallback: this.expression(right) }),
    };
  }

  #name(node: SyntaxNode): Name {
    return { kind: 'name', name: this.text(node), ...rangeOf(node) };
  }

  #first(node: SyntaxNode): Expression {
    const first = node.children.find(({ isNamed }) => isNamed);
    return first ? this.expression(first) : nothing(rangeOf(node));
  }

  #typeOf(node: SyntaxNode): string | undefined {
    const type = childOf(node, 'type');
    return type && typeName(this.text(type));
  }

  #textOf(node: SyntaxNode, field: string): string {
    const child = childOf(node, field);
    return child ? this.text(child) : '';
  }

  text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }

  #stringText(node: SyntaxNode): string {
    return unescaped(this.source.slice(node.from + 1, node.to - 1));
  }
}

/** The dotted name in a type annotation, without arguments; of a union, the first that is not null. */
function typeName(text: string): string | undefined {
  const [name] = text
    .replace(/^\s*:\s*/, '')
    .replace(
      /^(?:readonly\s+)?(?:Promise|Partial|Readonly|Required|Ref|Observable)<([^<>]*(?:<[^<>]*>)?[^<>]*)>$/,
      '$1',
    )
    .split('|')
    .map((one) => /^\s*([A-Za-z_$][\w$.]*)/.exec(one)?.[1])
    .filter((one) => one !== undefined && !/^(?:null|undefined|void|readonly)$/.test(one));
  return name;
}

function namesIn(pattern: Pattern): string[] {
  switch (pattern.kind) {
    case 'name':
      return [pattern.name];
    case 'objectPattern':
      return [
        ...pattern.fields.flatMap(({ target }) => namesIn(target)),
        ...(pattern.rest ? namesIn(pattern.rest) : []),
      ];
    case 'listPattern':
      return [
        ...pattern.items.flatMap((item) => (item ? namesIn(item.target) : [])),
        ...(pattern.rest ? namesIn(pattern.rest) : []),
      ];
    default:
      return [];
  }
}

function nothing(at: Range): Expression & { kind: 'opaque' } {
  return { kind: 'opaque', parts: [], ...at };
}

function rangeOf({ from, to }: SyntaxNode): Range {
  return { from, to };
}
