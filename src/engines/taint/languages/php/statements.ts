import type { Expression, Name, Statement } from '../../ir/ir';
import { assign, evaluate, literal, nameAt, opaque, rangeOf, whileLoop } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import type { Classes } from './classes';
import type { Context } from './context';
import type { Host } from './host';
import { neverReturns } from './names';
import type { Patterns } from './patterns';
import type { References } from './references';
import type { Texts } from './texts';
import type { Variables } from './variables';

const markup = /<\/?[a-z][\w-]*[\s>/]|<\/?[a-z]+$/i;

/** Statements with an effect: others, such as a `break`, may follow the end of a function. */
const codeTypes: ReadonlySet<string> = new Set([
  'expression_statement',
  'echo_statement',
  'return_statement',
  'exit_statement',
  'if_statement',
  'foreach_statement',
  'for_statement',
  'while_statement',
  'switch_statement',
  'try_statement',
]);

/** Makes the end of a function, or of a page, conditional. */
function optional(statement: Statement): Statement {
  if (statement.kind !== 'return' && statement.kind !== 'throw') return statement;
  const at = rangeOf(statement);
  return { kind: 'if', test: opaque([], at), yes: [statement], no: [], ...at };
}

/** Lowers statements. */
export class Statements {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly references: References,
    private readonly texts: Texts,
    private readonly variables: Variables,
    private readonly patterns: Patterns,
    private readonly calls: Calls,
    private readonly classes: Classes,
    private readonly host: Host,
  ) {}

  body(nodes: readonly SyntaxNode[]): Statement[] {
    const statements: Statement[] = [];
    const last = nodes.findLastIndex(({ type }) => codeTypes.has(type));
    let isEchoed = false;
    for (const [index, node] of nodes.entries()) {
      if (node.type === 'php_tag') isEchoed = this.file.text(node).trim() === '<?=';
      else if (node.type === 'text_interpolation') {
        const tag = node.children.findLast(({ type }) => type === 'php_tag');
        isEchoed = tag !== undefined && this.file.text(tag).trim() === '<?=';
      } else if (isEchoed && (node.type === 'expression_statement' || node.type === 'ERROR')) {
        for (const value of node.children)
          for (const one of value.type === 'sequence_expression' ? value.children : [value])
            if (one.isNamed) statements.push(this.#echo(one));
        isEchoed = node.type === 'ERROR';
      } else {
        const made = this.#statement(node);
        // Code after the end of a function, or of a page, is followed as if it were reached: the end may only be temporary.
        statements.push(...(index < last ? made.map(optional) : made));
        isEchoed = false;
      }
    }
    return statements;
  }

  #echo(node: SyntaxNode): Statement {
    return evaluate(this.references.call('echo', [this.host.expression(node)], rangeOf(node)));
  }

  #block(node: SyntaxNode | undefined): Statement[] {
    if (!node) return [];
    return node.type === 'compound_statement' || node.type === 'colon_block'
      ? this.body(node.children)
      : this.body([node]);
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement':
        return node.children[0] ? this.#expressionStatement(node.children[0]) : [];
      case 'echo_statement':
        return node.children
          .flatMap((one) => (one.type === 'sequence_expression' ? one.children : [one]))
          .map((one) => evaluate(this.references.call('echo', [this.host.expression(one)], at)));
      case 'exit_statement': {
        const value = node.children[0] ? [this.host.expression(node.children[0])] : [];
        return [{ kind: 'throw', value: this.references.call('exit', value, at), ...at }];
      }
      case 'compound_statement':
      case 'colon_block':
        return this.body(node.children);
      case 'return_statement': {
        const [value] = node.children;
        return [{ kind: 'return', ...(value && { value: this.host.expression(value) }), ...at }];
      }
      case 'if_statement':
        return [this.#if(node, 0)];
      case 'while_statement':
      case 'do_statement': {
        const test = this.children.child(node, 'condition');
        return [whileLoop(test, this.#block(childOf(node, 'body')), node.type === 'do_statement', at)];
      }
      case 'for_statement': {
        const [init, test, update] = ['initialize', 'condition', 'update'].map((field) => childOf(node, field));
        return [
          {
            kind: 'loop',
            init: init ? [evaluate(this.host.expression(init))] : [],
            ...(test && { test: this.host.expression(test) }),
            ...(update && { update: this.host.expression(update) }),
            body: node.children.filter(({ field }) => field === 'body').flatMap((one) => this.#block(one)),
            isPost: false,
            ...at,
          },
        ];
      }
      case 'foreach_statement':
        return this.#forEach(node);
      case 'switch_statement':
        return [this.#switch(node)];
      case 'try_statement': {
        const handlers = node.children
          .filter(({ type }) => type === 'catch_clause')
          .map((one) => {
            const name = childOf(one, 'name');
            return {
              ...(name && { target: this.variables.variable(name) }),
              body: this.#block(childOf(one, 'body')),
            };
          });
        const last = node.children.find(({ type }) => type === 'finally_clause');
        return [
          {
            kind: 'try',
            body: this.#block(childOf(node, 'body')),
            handlers,
            last: last ? this.#block(childOf(last, 'body')) : [],
            ...at,
          },
        ];
      }
      case 'break_statement':
        return [{ kind: 'break', ...at }];
      case 'continue_statement':
        return [{ kind: 'continue', ...at }];
      case 'unset_statement':
        return node.children
          .filter(({ type }) => type === 'variable_name')
          .map((one) => evaluate(assign(this.variables.variable(one), literal(null, at), at)));
      case 'global_declaration':
        return [];
      case 'function_static_declaration':
        return node.children.flatMap((one): Statement[] => {
          const name = childOf(one, 'name');
          const value = childOf(one, 'value');
          if (!name) return [];
          // It keeps its value between calls.
          const parts = value ? [this.host.expression(value)] : [];
          return [evaluate(assign(this.variables.variable(name), opaque(parts, at), at))];
        });
      case 'const_declaration':
        return node.children.flatMap((one): Statement[] => {
          const [name, value] = one.type === 'const_element' ? one.children : [];
          if (!name || !value) return [];
          const target: Name = nameAt(this.file.text(name), name);
          return [{ kind: 'declare', target, value: this.host.expression(value), scope: 'function', ...at }];
        });
      case 'namespace_definition': {
        const name = childOf(node, 'name');
        this.references.namespace = name ? this.file.text(name) : '';
        return this.#block(childOf(node, 'body'));
      }
      case 'declare_statement':
        return this.body(node.children.filter(({ type }) => type !== 'declare_directive'));
      case 'function_definition':
      case 'class_declaration':
      case 'interface_declaration':
      case 'trait_declaration':
      case 'enum_declaration': {
        // The file's own declarations come first.
        const name = childOf(node, 'name');
        const own = name && this.references.qualified(this.file.text(name));
        const isHoisted =
          own !== undefined &&
          this.references.declared.has(node.type === 'function_definition' ? own.toLowerCase() : `\\${own}`);
        return isHoisted && this.context.function.isFile ? [] : this.classes.declaration(node);
      }
      case 'ERROR':
        // Code that the parser skipped: the parts that it did understand.
        return node.children.flatMap((one) =>
          /_(?:statement|definition|declaration)$/.test(one.type)
            ? this.#statement(one)
            : /_(?:expression|intrinsic)$/.test(one.type)
              ? this.#expressionStatement(one)
              : [],
        );
      default:
        return [];
    }
  }

  #expressionStatement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    if (node.type === 'parenthesized_expression' && node.children[0])
      return this.#expressionStatement(node.children[0]);
    if (node.type === 'throw_expression') {
      const [value] = node.children;
      return [{ kind: 'throw', value: value ? this.host.expression(value) : opaque([], at), ...at }];
    }
    if (node.type === 'function_call_expression') {
      const name = this.calls.calledName(node);
      if (name !== undefined && neverReturns.has(name))
        return [{ kind: 'throw', value: this.host.expression(node), ...at }];
      const [first, second] = childOf(node, 'arguments')?.children ?? [];
      const constant = first && this.texts.constantText(first);
      if (name === 'define' && constant !== undefined && second?.children[0]) {
        const target: Name = nameAt(constant, at);
        return [{ kind: 'declare', target, value: this.host.expression(second.children[0]), scope: 'function', ...at }];
      }
    }
    if (node.type === 'binary_expression') {
      const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
      const operator = this.file.textOf(node, 'operator').toLowerCase();
      if (left && right && /^(?:or|\|\||and|&&)$/.test(operator)) {
        const body = this.#expressionStatement(right);
        if (body.some(({ kind }) => kind === 'throw')) {
          const isOr = operator === 'or' || operator === '||';
          return [{ kind: 'if', test: this.host.expression(left), yes: isOr ? [] : body, no: isOr ? body : [], ...at }];
        }
      }
    }
    const value = this.host.expression(node);
    const fragment = this.#fragment(value);
    return [evaluate(fragment ?? value)];
  }

  /** Markup in a variable that the file itself does not use: the file that includes it outputs it. */
  #fragment(value: Expression): Expression | undefined {
    if (!this.context.function.isFile || value.kind !== 'assign' || value.target.kind !== 'name') return undefined;
    const { value: text } = value;
    if (text.kind !== 'text' || !text.parts.some((one) => one.kind === 'literal' && markup.test(String(one.value))))
      return undefined;
    const name = value.target.name.replace('$', String.raw`\$`);
    const uses = this.file.source.match(new RegExp(String.raw`${name}\b(?!\s*\.?=[^=])`, 'g'));
    if (uses) return undefined;
    return { ...value, value: this.references.call('html_fragment', [text], { from: text.from, to: text.to }) };
  }

  #if(node: SyntaxNode, index: number): Statement {
    const alternatives = node.children.filter(({ field }) => field === 'alternative');
    const current = index === 0 ? node : (alternatives[index - 1] ?? node);
    const next = alternatives[index];
    const test = childOf(current, 'condition');
    const no = !next
      ? []
      : next.type === 'else_if_clause'
        ? [this.#if(node, index + 1)]
        : this.#block(childOf(next, 'body'));
    return {
      kind: 'if',
      test: test ? this.host.expression(test) : opaque([], rangeOf(node)),
      yes: this.#block(childOf(current, 'body')),
      no,
      ...rangeOf(current),
    };
  }

  #forEach(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const [collection, item] = node.children.filter(({ field }) => field !== 'body');
    if (!collection || !item) return [];
    const isPair = item.type === 'pair';
    const key = isPair ? item.children[0] : undefined;
    const value = isPair ? item.children[1] : item;
    if (!value) return [];
    const from = this.host.expression(collection);
    const body = this.#block(childOf(node, 'body'));
    // Its keys are as unknown as the collection itself.
    const keys: Statement[] = key ? [evaluate(assign(this.patterns.pattern(key), opaque([from], key), key))] : [];
    return [
      {
        kind: 'forEach',
        target: this.patterns.pattern(value),
        of: 'items',
        collection: from,
        body: [...keys, ...body],
        ...at,
      },
    ];
  }

  #switch(node: SyntaxNode): Statement {
    const at = rangeOf(node);
    const cases: { tests: Expression[]; body: Statement[] }[] = [];
    let waiting: Expression[] = [];
    for (const one of childOf(node, 'body')?.children ?? []) {
      const value = childOf(one, 'value');
      const isDefault = one.type === 'default_statement';
      if (!isDefault && one.type !== 'case_statement') continue;
      const body = this.body(one.children.filter((child) => child !== value));
      const tests = value ? [this.host.expression(value)] : [];
      // A case without a body shares that of the next one.
      if (body.length === 0 && !isDefault) waiting.push(...tests);
      else {
        cases.push({ tests: isDefault ? [] : [...waiting, ...tests], body });
        waiting = [];
      }
    }
    return { kind: 'switch', value: this.children.child(node, 'condition'), cases, ...at };
  }
}
