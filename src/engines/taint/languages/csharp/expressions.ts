import type { Expression, Field, Range } from '../../ir/ir';
import { assign, call, construct, isNumber, literal, member, nameAt, not, opaque, rangeOf, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import { operandsOf } from '../shared/operands';
import type { Calls } from './calls';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Functions } from './functions';
import { characterOf, numberOf, stringOf } from './literals';
import { collections, maps, numbers, uninformative, textBuilder } from './names';
import type { Objects } from './objects';
import type { FileTypes } from './fileTypes';
import type { Patterns } from './patterns';
import type { Queries } from './query';
import type { Statements } from './statements';
import type { Strings } from './strings';
import type { Switches } from './switches';
import { asValue, fromRoot } from './syntax';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers expressions. */
export class Expressions {
  constructor(
    private readonly file: CSharpFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly strings: Strings,
    private readonly patterns: Patterns,
    private readonly switches: Switches,
    private readonly objects: Objects,
    private readonly functions: Functions,
    private readonly statements: Statements,
    private readonly queries: Queries,
    private readonly calls: Calls,
  ) {}

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
        return this.variables.identifier(this.file.text(node).replace(/^@/, ''), at);
      case 'generic_name':
        return this.variables.identifier(this.file.simple(node) ?? '', at);
      case 'alias_qualified_name':
      case 'qualified_name':
        return this.types.typeExpression(node);
      case 'predefined_type':
        return this.types.typeExpression(node);
      case 'this':
        return this.context.this(at);
      case 'base':
        return nameAt('super', at);
      case 'string_literal':
      case 'verbatim_string_literal':
      case 'raw_string_literal':
        return literal(fromRoot(stringOf(this.file.text(node))), at);
      case 'interpolated_string_expression':
        return this.strings.interpolated(node);
      case 'character_literal':
        return literal(characterOf(this.file.text(node)), at);
      case 'boolean_literal':
        return literal(this.file.text(node) === 'true', at);
      case 'null_literal':
      case 'default_expression':
        return literal(null, at);
      case 'integer_literal':
      case 'real_literal':
        return literal(numberOf(this.file.text(node)), at);
      case 'parenthesized_expression':
      case 'checked_expression':
      case 'ref_expression':
        return this.children.first(node);
      case 'assignment_expression':
        return this.#assignment(node);
      case 'binary_expression':
        return this.#binary(node);
      case 'as_expression': {
        const value = this.children.child(node, 'left');
        const type = this.types.typeName(childOf(node, 'right'));
        return type === undefined || type === 'number' ? value : typed(value, type, at);
      }
      case 'is_expression':
        return {
          kind: 'binary',
          operator: 'instanceof',
          left: this.children.child(node, 'left'),
          right: opaque([], at),
          ...at,
        };
      case 'is_pattern_expression':
        return this.patterns.isPattern(node);
      case 'prefix_unary_expression':
      case 'postfix_unary_expression':
        return this.#unary(node);
      case 'conditional_expression':
        return this.children.conditional(node);
      case 'cast_expression': {
        const value = this.children.child(node, 'value');
        const type = this.types.typeName(childOf(node, 'type'));
        if (type === 'number') return this.calls.number(value, at);
        return type === undefined ? value : typed(value, type, at);
      }
      case 'member_access_expression':
        return this.#memberAccess(node);
      case 'conditional_access_expression':
        return this.#conditionalAccess(node);
      case 'member_binding_expression': {
        const name = childOf(node, 'name');
        return member(this.context.receivers.at(-1) ?? opaque([], at), name ? (this.file.simple(name) ?? '') : '', at);
      }
      case 'element_access_expression':
        return this.#elementAccess(node);
      case 'element_binding_expression': {
        const receiver = this.context.receivers.at(-1);
        const args = node.children.filter(({ type }) => type === 'argument');
        // `[1, ..rest]`.
        if (!receiver || this.file.source[node.from] !== '[' || this.file.source[node.from - 1] !== '?')
          return this.objects.collection(args, at);
        return this.#indexed(receiver, args, undefined, at);
      }
      case 'collection_expression':
        return this.objects.collection(node.children, at);
      case 'range_expression':
        return this.children.opaque(node);
      case 'invocation_expression':
        return this.calls.invocation(node);
      case 'object_creation_expression':
        return this.objects.creation(node, childOf(node, 'type'));
      case 'implicit_object_creation_expression':
        return this.objects.creation(node, undefined);
      case 'array_creation_expression':
      case 'implicit_array_creation_expression':
      case 'stackalloc_expression':
      case 'implicit_stackalloc_expression': {
        const initializer = node.children.find(({ type }) => type === 'initializer_expression');
        if (initializer) return this.expression(initializer);
        return { kind: 'list', items: [], ...at };
      }
      case 'initializer_expression':
        return { kind: 'list', items: node.children.map((one) => ({ value: this.expression(one) })), ...at };
      case 'anonymous_object_creation_expression':
        return this.objects.anonymous(node);
      case 'tuple_expression':
        return this.objects.tuple(node, []);
      case 'with_expression': {
        const [object, ...changes] = node.children;
        const fields: Field[] = object ? [{ value: this.expression(object) }] : [];
        for (const one of changes) {
          const [key, value] = one.children;
          if (key && value) fields.push({ key: this.file.text(key), value: this.expression(value) });
        }
        return { kind: 'object', fields, ...at };
      }
      case 'lambda_expression':
      case 'anonymous_method_expression':
        return this.functions.lambda(node, false);
      case 'await_expression':
        return { kind: 'await', value: this.children.first(node), ...at };
      case 'throw_expression':
        return this.switches.immediate('throw', [{ kind: 'throw', value: this.children.first(node), ...at }], at);
      case 'switch_expression':
        return this.switches.switchExpression(node);
      case 'query_expression':
        return this.queries.query(node);
      case 'typeof_expression': {
        const type = childOf(node, 'type');
        return construct(
          this.types.type('Type', at),
          type && type.type !== 'predefined_type' && type.type !== 'implicit_type'
            ? [{ value: literal(this.file.text(type), at) }]
            : [],
          at,
        );
      }
      case 'sizeof_expression':
        return literal(4, at);
      case 'declaration_expression': {
        const name = childOf(node, 'name');
        return name?.type === 'identifier'
          ? this.variables.introduced(this.file.text(name), rangeOf(name), childOf(node, 'type'))
          : opaque([], at);
      }
      case 'argument':
        return node.children.at(-1) ? this.expression(node.children.at(-1) ?? node) : opaque([], at);
      case 'array_type':
      case 'nullable_type':
      case 'pointer_type':
      case 'tuple_type':
      case 'implicit_type':
      case 'modifier':
      case 'discard':
        return opaque([], at);
      default:
        return opaque(
          node.children
            .filter(({ isNamed, type }) => isNamed && !/_type$|^type_|^modifier$|^preproc_|^attribute_list$/.test(type))
            .map((one) =>
              /_statement$|^block$/.test(one.type)
                ? this.switches.immediate('', this.statements.statement(one), rangeOf(one))
                : this.expression(one),
            ),
          at,
        );
    }
  }

  #unary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operand = node.children.find(({ isNamed }) => isNamed);
    if (!operand) return opaque([], at);
    const isPostfix = node.type === 'postfix_unary_expression';
    const sign = isPostfix
      ? this.file.source.slice(operand.to, node.to).trim()
      : this.file.source.slice(node.from, operand.from).trim();
    switch (sign) {
      case '++':
      case '--': {
        const target = this.variables.target(operand);
        return assign(
          target,
          { kind: 'binary', operator: sign.charAt(0), left: asValue(target, at), right: opaque([], at), ...at },
          at,
        );
      }
      case '':
      case '&':
      case '*':
        return this.expression(operand);
      case '!':
        return isPostfix ? this.expression(operand) : not(this.expression(operand), at);
      default:
        return { kind: 'unary', operator: sign, operand: this.expression(operand), ...at };
    }
  }

  #memberAccess(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'expression');
    const nameNode = childOf(node, 'name');
    if (!object || !nameNode) return opaque([], at);
    const name = this.file.simple(nameNode) ?? this.file.text(nameNode);
    const type = this.variables.asType(node);
    if (type) return type;
    // `Task.Result` is the task's result.
    if (
      name === 'Result' &&
      /^(?:invocation_expression)$/.test(object.type) &&
      /Async\s*(?:<[^<>]*>)?\([\s\S]*\)$/.test(this.file.text(object))
    )
      return { kind: 'await', value: this.expression(object), ...at };
    const matching = name === 'Success' ? this.strings.successOf(object, at) : undefined;
    if (matching) return matching;
    const item = /^Item([1-7])$/.exec(name)?.[1];
    if (item !== undefined) return member(this.variables.receiver(object), String(Number(item) - 1), at);
    return member(this.variables.receiver(object), name, at);
  }

  #conditionalAccess(node: SyntaxNode): Expression {
    const condition = childOf(node, 'condition');
    const rest = node.children.find((one) => one !== condition && one.isNamed);
    if (!condition || !rest) return opaque([], rangeOf(node));
    this.context.receivers.push(this.expression(condition));
    try {
      return this.expression(rest);
    } finally {
      this.context.receivers.pop();
    }
  }

  #elementAccess(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'expression');
    const list = childOf(node, 'subscript');
    if (!object || !list) return opaque([], at);
    return this.#indexed(
      this.variables.receiver(object),
      list.children.filter(({ type }) => type === 'argument'),
      object,
      at,
    );
  }

  #indexed(object: Expression, args: readonly SyntaxNode[], node: SyntaxNode | undefined, at: Range): Expression {
    const [first, ...others] = args;
    const inner = first?.children.at(-1);
    if (!inner) return opaque([object], at);
    // The name under which something is read from a request.
    const type = node && this.variables.typeOf(node);
    const isRequest =
      node &&
      (type === undefined || type === 'var'
        ? /(?:^|\.|[a-z])[Rr]equest$/.test(this.file.text(node))
        : /^HttpRequest(?:Base)?$/.test(type));
    if (isRequest === true) return call(member(object, 'get_Item', at), [{ value: this.expression(inner) }], at);
    if (inner.type === 'range_expression') return call(member(object, 'Substring', at), [], at);
    const index =
      others.length > 0
        ? opaque(
            args.map((one) => this.expression(one)),
            at,
          )
        : this.expression(inner);
    return { kind: 'index', object, index, ...at };
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    const sign = operator ? this.file.text(operator).slice(0, -1) : '';
    const target = this.variables.target(left);
    if (!right) return opaque([], at);
    const value = this.expression(right);
    if (left?.type === 'identifier') {
      const name = this.file.text(left);
      const match = this.strings.matchOf(right);
      const local = this.context.scopes.find(name);
      if (local && match) this.context.declareLocal(name, local.type, match);
    }
    // The next request fills a page's input again.
    if (target.kind === 'member' && left && this.variables.isInput(left))
      return call(member(target.object, `set_${target.property}`, at), [{ value }], at);
    if (sign === '') {
      const type = this.variables.typeOf(left);
      const isPlain =
        type === undefined ||
        uninformative.test(type) ||
        numbers.test(type) ||
        textBuilder.test(type) ||
        collections.test(type) ||
        maps.test(type) ||
        this.fileTypes.enums.has(type) ||
        /^(?:var|[a-z]+|T[A-Z]?\w*|Func|Action|Task)$/.test(type);
      return assign(target, isPlain ? value : typed(value, this.types.type(type, at).name, at), at);
    }
    const old = asValue(target, at);
    if (sign === '??') return assign(target, { kind: 'logical', operator: '??', left: old, right: value, ...at }, at);
    if (sign === '+') {
      const isHandler =
        /^(?:lambda_expression|anonymous_method_expression)$/.test(right.type) ||
        (right.type === 'identifier' &&
          this.context.around(({ methods }) => methods.has(this.file.text(right))) !== undefined) ||
        /^new\s+\w*EventHandler\b/.test(this.file.text(right));
      // An event handler is called by whatever raises the event.
      if (isHandler) return { kind: 'sequence', values: [old, value], ...at };
      if (!isNumber(value)) return assign(target, { kind: 'text', parts: [old, value], ...at }, at);
    }
    return assign(target, { kind: 'binary', operator: sign, left: old, right: value, ...at }, at);
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operator = this.file.textOf(node, 'operator');
    if (operator === '+') {
      const isSum = (one: SyntaxNode) => one.type === 'binary_expression' && this.file.textOf(one, 'operator') === '+';
      return { kind: 'text', parts: operandsOf(node, isSum).map((one) => this.expression(one)), ...at };
    }
    const invalid = this.#invalidCharacters(node, operator, at);
    if (invalid) return invalid;
    const [left, right] = [this.children.child(node, 'left'), this.children.child(node, 'right')];
    if (operator === '&&' || operator === '||' || operator === '??')
      return { kind: 'logical', operator, left, right, ...at };
    // `string.Compare(a, b) == 0`.
    if ((operator === '==' || operator === '!=') && right.kind === 'literal' && right.value === 0) {
      const compared = this.#compared(childOf(node, 'left'), at);
      if (compared) return operator === '==' ? compared : not(compared, at);
    }
    return { kind: 'binary', operator, left, right, ...at };
  }

  #compared(node: SyntaxNode | undefined, at: Range): Expression | undefined {
    if (
      node?.type !== 'invocation_expression' ||
      !/^(?:string|String)\.Compare(?:Ordinal)?\(/.test(this.file.text(node))
    )
      return undefined;
    const [a, b] = (childOf(node, 'arguments')?.children ?? []).map((one) => one.children.at(-1));
    return a && b
      ? { kind: 'binary', operator: '==', left: this.expression(a), right: this.expression(b), ...at }
      : undefined;
  }

  /** `name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0`. */
  #invalidCharacters(node: SyntaxNode, operator: string, at: Range): Expression | undefined {
    const left = childOf(node, 'left');
    if (left?.type !== 'invocation_expression' || !/\.IndexOfAny\(/.test(this.file.text(left))) return undefined;
    const { object } = this.variables.calleeOf(childOf(left, 'function'));
    const text = this.file.text(left);
    const isFileName =
      /Path\.GetInvalidFileNameChars\(\)/.test(text) || (/['"]\/['"]|'\/'/.test(text) && /\\\\/.test(text));
    const right = this.file.text(childOf(node, 'right') ?? node);
    if (!object || !isFileName || !/^(?:0|-1)$/.test(right)) return undefined;
    const found = call(nameAt('hasInvalidCharacters$', at), [{ value: this.expression(object) }], at);
    const isFound = right === '0' ? operator === '>=' : operator === '!=' || operator === '>';
    return isFound ? found : not(found, at);
  }
}
