import type { Argument, Expression, Field, Range } from '../../ir/ir';
import { call, conditional, construct, joinedText, literal, member, nameAt, not, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import type { Classes } from './classes';
import type { Context } from './context';
import type { Functions } from './functions';
import { knownClasses, memberTypes } from './names';
import type { Patterns } from './patterns';
import type { References } from './references';
import { superglobals } from './syntax';
import type { Texts } from './texts';
import type { Variables } from './variables';

/** Lowers expressions. */
export class Expressions {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly references: References,
    private readonly texts: Texts,
    private readonly variables: Variables,
    private readonly patterns: Patterns,
    private readonly calls: Calls,
    private readonly functions: Functions,
    private readonly classes: Classes,
  ) {}

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'integer':
      case 'float': {
        const value = Number(this.file.text(node).replaceAll('_', ''));
        return literal(Number.isNaN(value) ? 0 : value, at);
      }
      case 'boolean':
        return literal(this.file.text(node).toLowerCase() === 'true', at);
      case 'null':
        return literal(null, at);
      case 'string':
      case 'nowdoc':
        return literal(this.texts.constantText(node) ?? '', at);
      case 'encapsed_string':
      case 'heredoc':
      case 'shell_command_expression': {
        const text = this.texts.encapsed(node);
        return node.type === 'shell_command_expression' ? this.references.call('shell_exec', [text], at) : text;
      }
      case 'variable_name':
        return this.variables.variable(node);
      case 'dynamic_variable_name': {
        const [inner] = node.children;
        const text = inner && (inner.type === 'name' ? this.file.text(inner) : this.texts.constantText(inner));
        if (text !== undefined) return nameAt(`$${text}`, at);
        return { kind: 'opaque', parts: inner ? [this.expression(inner)] : [], ...at };
      }
      case 'name':
      case 'qualified_name':
      case 'relative_name':
        return this.variables.constant(node);
      case 'parenthesized_expression':
      case 'error_suppression_expression':
      case 'by_ref':
      case 'clone_expression':
      case 'variadic_unpacking':
        return this.children.first(node);
      case 'sequence_expression':
        return { kind: 'sequence', values: node.children.map((one) => this.expression(one)), ...at };
      case 'array_creation_expression':
      case 'list_literal':
        return this.array(node);
      case 'member_access_expression':
      case 'nullsafe_member_access_expression':
        return this.#member(node);
      case 'scoped_property_access_expression': {
        const [scope, name] = [childOf(node, 'scope'), childOf(node, 'name')];
        if (!scope || !name) return opaque([], at);
        return member(this.variables.scope(scope), this.file.text(name).replace(/^\$/, ''), at);
      }
      case 'class_constant_access_expression': {
        const [scope, name] = node.children;
        if (!scope || !name) return opaque([], at);
        const property = this.file.text(name);
        const isNamed = /^(?:name|qualified_name|relative_name)$/.test(scope.type);
        if (property === 'class' && isNamed) return literal(this.references.classNamed(this.file.text(scope)), at);
        const full = isNamed ? this.references.classNamed(this.file.text(scope)) : '';
        if (knownClasses.has(full)) return { kind: 'literal', value: `${full}::${property}`, ...at };
        return member(this.variables.scope(scope), property, at);
      }
      case 'subscript_expression': {
        const [object, index] = node.children;
        if (!object) return opaque([], at);
        if (object.type === 'variable_name') {
          const name = this.file.text(object);
          const key = index && this.texts.constantText(index);
          if (name === '$GLOBALS' && key !== undefined) return nameAt(`$${key}`, at);
          if (name === '$_FILES')
            return this.references.call('uploaded_file', index ? [this.expression(index)] : [], at);
        }
        return {
          kind: 'index',
          object: this.expression(object),
          index: index ? this.variables.key(index) : opaque([], at),
          ...at,
        };
      }
      case 'function_call_expression':
        return this.calls.functionCall(node);
      case 'member_call_expression':
      case 'nullsafe_member_call_expression': {
        const [object, name] = [childOf(node, 'object'), childOf(node, 'name')];
        if (!object || !name) return opaque([], at);
        const args = this.calls.callArguments(childOf(node, 'arguments'));
        if (name.type !== 'name') return this.calls.dynamicCall(name, this.expression(object), args, at);
        const callee = member(this.expression(object), this.file.text(name), at);
        // In a chain over several lines, the call is on the line of its name.
        const isBelow = this.file.source.slice(object.to, name.from).includes('\n');
        return call(callee, args, isBelow ? { from: name.from, to: node.to } : at);
      }
      case 'scoped_call_expression': {
        const [scope, name] = [childOf(node, 'scope'), childOf(node, 'name')];
        if (!scope || !name) return opaque([], at);
        const args = this.calls.callArguments(childOf(node, 'arguments'));
        if (name.type !== 'name') return this.calls.dynamicCall(name, this.variables.scope(scope), args, at);
        const isParent = this.file.text(scope).toLowerCase() === 'parent';
        const property = this.file.text(name);
        const callee: Expression =
          isParent && property.toLowerCase() === '__construct'
            ? nameAt('super', scope)
            : member(this.variables.scope(scope), property, at);
        return call(callee, args, at);
      }
      case 'object_creation_expression':
        return this.#creation(node);
      case 'anonymous_function':
      case 'arrow_function':
        return this.functions.functionValue(node, '', [], true);
      case 'assignment_expression':
      case 'reference_assignment_expression': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return opaque([], at);
        return this.patterns.assign(left, this.expression(right), at);
      }
      case 'augmented_assignment_expression': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return opaque([], at);
        const operator = this.file.textOf(node, 'operator');
        const value = this.expression(right);
        if (operator === '.=') return this.patterns.assign(left, joinedText([this.expression(left), value], at), at);
        if (operator === '??=')
          return this.patterns.assign(
            left,
            { kind: 'logical', operator: '??', left: this.expression(left), right: value, ...at },
            at,
          );
        return this.patterns.assign(
          left,
          { kind: 'binary', operator: operator.slice(0, -1), left: this.expression(left), right: value, ...at },
          at,
        );
      }
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_op_expression': {
        const operand = childOf(node, 'argument') ?? node.children.at(-1);
        if (!operand) return opaque([], at);
        return {
          kind: 'unary',
          operator: this.file.textOf(node, 'operator'),
          operand: this.expression(operand),
          ...at,
        };
      }
      case 'update_expression':
        return { kind: 'unary', operator: '+', operand: this.children.first(node), ...at };
      case 'cast_expression': {
        const value = childOf(node, 'value');
        if (!value) return opaque([], at);
        const type = this.file.textOf(node, 'type').toLowerCase();
        const inner = this.expression(value);
        if (/^(?:int|float|double|real|bool)/.test(type)) return this.references.call('intval', [inner], at);
        return type === 'string' || type === 'binary' ? { kind: 'text', parts: [inner], ...at } : inner;
      }
      case 'conditional_expression': {
        const [test, yes, no] = ['condition', 'body', 'alternative'].map((field) => childOf(node, field));
        if (!test || !no) return opaque([], at);
        if (!yes)
          return { kind: 'logical', operator: '||', left: this.expression(test), right: this.expression(no), ...at };
        return conditional(this.expression(test), this.expression(yes), this.expression(no), at);
      }
      case 'match_expression':
        return this.#match(node);
      case 'print_intrinsic':
        return this.references.call('echo', [this.children.first(node)], at);
      case 'include_expression':
      case 'include_once_expression':
      case 'require_expression':
      case 'require_once_expression':
        return this.references.call('include', [this.children.first(node)], at);
      case 'yield_expression': {
        const value = node.children.at(-1);
        if (!value) return opaque([], at);
        const inner = value.type === 'array_element_initializer' ? value.children.at(-1) : value;
        return { kind: 'await', value: inner ? this.expression(inner) : opaque([], at), ...at };
      }
      case 'throw_expression':
        return { kind: 'opaque', parts: node.children.map((one) => this.expression(one)), ...at };
      default:
        return this.children.opaque(node);
    }
  }

  #member(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [object, name] = [childOf(node, 'object'), childOf(node, 'name')];
    if (!object || !name) return opaque([], at);
    const isThis = this.file.text(object) === '$this';
    if (name.type !== 'name') {
      const key = this.texts.constantText(name);
      if (key !== undefined) return member(this.expression(object), key, at);
      return { kind: 'index', object: this.expression(object), index: this.expression(name), ...at };
    }
    const property = this.file.text(name);
    // Members provided by a framework's base class, or by whatever runs a template.
    const type = isThis && this.context.class?.own.has(property) !== true ? memberTypes[property] : undefined;
    if (type !== undefined) return this.references.typed(type, at);
    return member(this.expression(object), property, at);
  }

  array(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const elements = node.children.filter(({ type }) => type === 'array_element_initializer');
    const isMap = elements.some(({ children }) => children.length > 1);
    const values = (one: SyntaxNode) => one.children.filter(({ isNamed }) => isNamed);
    if (!isMap)
      return {
        kind: 'list',
        items: elements.flatMap((one): Argument[] => {
          const [value] = values(one);
          if (!value) return [];
          return value.type === 'variadic_unpacking'
            ? [{ value: this.children.first(value), spread: 'list' }]
            : [{ value: this.expression(value) }];
        }),
        ...at,
      };
    let next = 0;
    return {
      kind: 'object',
      fields: elements.flatMap((one): Field[] => {
        const [first, second] = values(one);
        if (!first) return [];
        if (first.type === 'variadic_unpacking') return [{ value: this.children.first(first) }];
        if (!second) return [{ key: String(next++), value: this.expression(first) }];
        const key = this.texts.constantText(first);
        const isCallback = key !== undefined && /callback$/.test(key);
        const value = isCallback ? this.calls.callable(second) : this.expression(second);
        return [{ key: key ?? this.expression(first), value }];
      }),
      ...at,
    };
  }

  #match(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const condition = childOf(node, 'condition');
    const arms = childOf(node, 'body')?.children ?? [];
    if (!condition) return opaque([], at);
    const value = this.expression(condition);
    const isTrue = value.kind === 'literal' && value.value === true;
    // Without a default, nothing else is possible.
    let result: Expression = literal(null, at);
    const last = arms.find(({ type }) => type === 'match_default_expression');
    const otherwise = last && childOf(last, 'return_expression');
    if (otherwise && otherwise.type !== 'throw_expression') result = this.expression(otherwise);
    for (const arm of arms.toReversed()) {
      const tests = childOf(arm, 'conditional_expressions')?.children ?? [];
      const returned = childOf(arm, 'return_expression');
      if (!returned || tests.length === 0) continue;
      const yes = this.expression(returned);
      const test = tests
        .map((one): Expression => {
          const right = this.expression(one);
          return isTrue ? right : { kind: 'binary', operator: '===', left: value, right, ...rangeOf(one) };
        })
        .reduce((left, right) => ({ kind: 'logical', operator: '||', left, right, ...rangeOf(arm) }));
      result = { kind: 'conditional', test, yes, no: result, ...rangeOf(arm) };
    }
    return result;
  }

  #creation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [type] = node.children.filter(({ isNamed }) => isNamed);
    const list = node.children.find((one) => one.type === 'arguments');
    if (!type) return opaque([], at);
    if (type.type === 'anonymous_class') {
      const args = type.children.find((one) => one.type === 'arguments');
      return construct(this.classes.classValue(type, 'class@anonymous'), this.calls.callArguments(args), at);
    }
    const args = this.calls.callArguments(list);
    if (/^(?:name|qualified_name|relative_name)$/.test(type.type)) {
      const text = this.file.text(type);
      const callee = /^(?:self|static|parent)$/i.test(text)
        ? this.variables.scope(type)
        : this.references.classReference(text, rangeOf(type));
      return construct(callee, args, at);
    }
    const callee = this.expression(type);
    const chosen = this.references.call('dynamic_class', [callee], at);
    return { kind: 'sequence', values: [chosen, construct(callee, args, at)], ...at };
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return opaque([], at);
    const operator = this.file.textOf(node, 'operator').toLowerCase();
    switch (operator) {
      case '.':
        return joinedText([this.expression(left), this.expression(right)], at);
      case '&&':
      case 'and':
        return { kind: 'logical', operator: '&&', left: this.expression(left), right: this.expression(right), ...at };
      case '||':
      case 'or':
        return { kind: 'logical', operator: '||', left: this.expression(left), right: this.expression(right), ...at };
      case '??':
        return { kind: 'logical', operator: '??', left: this.expression(left), right: this.expression(right), ...at };
      case '===':
      case '==':
      case '!==':
      case '!=':
      case '<>': {
        const isEqual = operator.startsWith('=');
        const found = this.#position(left, right, at) ?? this.#position(right, left, at);
        if (found) return isEqual ? found : not(found, at);
        return {
          kind: 'binary',
          operator: operator === '<>' ? '!=' : operator,
          left: this.expression(left),
          right: this.expression(right),
          ...at,
        };
      }
      case '|>': {
        const value = this.expression(left);
        if (right.type !== 'function_call_expression') return opaque([value], at);
        const callee = childOf(right, 'function');
        if (!callee) return opaque([], at);
        return call(this.calls.callee(callee), [{ value }], at);
      }
      case '|': {
        // Flags, as a text with their names.
        const [a, b] = [this.expression(left), this.expression(right)];
        if (a.kind === 'literal' && b.kind === 'literal')
          return { kind: 'literal', value: `${String(a.value)}|${String(b.value)}`, ...at };
        return { kind: 'binary', operator, left: a, right: b, ...at };
      }
      case '+':
        if (
          [left, right].some(
            (one) => one.type === 'array_creation_expression' || superglobals.test(this.file.text(one)),
          )
        )
          return this.references.call('array_merge', [this.expression(left), this.expression(right)], at);
        break;
      case 'instanceof': {
        const type = /name$/.test(right.type) && right.type !== 'variable_name';
        return {
          kind: 'binary',
          operator,
          left: this.expression(left),
          right: type ? literal(this.file.text(right), right) : this.expression(right),
          ...at,
        };
      }
    }
    return { kind: 'binary', operator, left: this.expression(left), right: this.expression(right), ...at };
  }

  /** `strpos($a, $b) === false`, `=== 0`, `substr($a, 0, 3) === $b`: whether a text contains another, or begins with it. */
  #position(node: SyntaxNode, other: SyntaxNode, at: Range): Expression | undefined {
    const inner = node.type === 'parenthesized_expression' ? (node.children[0] ?? node) : node;
    const name = inner.type === 'function_call_expression' ? this.calls.calledName(inner) : undefined;
    const args = inner.type === 'function_call_expression' ? (childOf(inner, 'arguments')?.children ?? []) : [];
    const values = () => args.slice(0, 2).map((one) => this.children.first(one));
    const text = this.file.text(other).toLowerCase();
    if (args.length < 2) return undefined;
    switch (name) {
      case 'strpos':
      case 'stripos':
      case 'mb_strpos':
      case 'mb_stripos':
      case 'strrpos':
      case 'strstr':
      case 'stristr':
      case 'strchr':
        if (text === 'false') return not(this.references.call('str_contains', values(), at), at);
        return text === '0' ? this.references.call('str_starts_with', values(), at) : undefined;
      case 'strncmp':
      case 'strncasecmp':
      case 'substr_compare':
        return text === '0' ? this.references.call('str_starts_with', values(), at) : undefined;
      case 'substr':
      case 'mb_substr': {
        const [value, start] = args;
        if (args.length < 3 || !value || !start || this.file.text(start) !== '0') return undefined;
        return this.references.call('str_starts_with', [this.children.first(value), this.expression(other)], at);
      }
      case 'preg_match':
        if (text === '1') return this.expression(inner);
        return text === '0' || text === 'false' ? not(this.expression(inner), at) : undefined;
      default:
        return undefined;
    }
  }
}
