import type { Expression, FunctionValue, Parameter, Range, Statement } from '../../ir/ir';
import { assign, call, evaluate, functionOf, member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import { declarationsOf, frameOf, type Context, type Frame, type Place } from './context';
import type { Finish, Host } from './host';
import type { Patterns } from './patterns';
import type { References } from './references';
import { block, localName, membersOf } from './syntax';

/** Lowers methods, blocks and lambdas. */
export class Functions {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly references: References,
    private readonly patterns: Patterns,
    private readonly host: Host,
  ) {}

  method(node: SyntaxNode, place: Place): FunctionValue {
    const isArrow = place.declared === undefined;
    return this.context.inPlace(place, () =>
      this.function(this.file.nameOf(node), node, undefined, { isArrow, decorators: [] }),
    );
  }

  bodyOf(nodes: readonly SyntaxNode[], place: Place): Statement[] {
    const frame = frameOf(undefined, 'method');
    const body = this.context.inPlace(place, () => this.context.withFrame(frame, () => this.host.statements(nodes)));
    const at = { from: nodes[0]?.from ?? 0, to: nodes[0]?.from ?? 0 };
    return [...declarationsOf(frame, at, 'function'), ...body];
  }

  /** A method, a block or a lambda. @param around the variables of its surroundings */
  function(
    name: string,
    node: SyntaxNode,
    around: Frame | undefined,
    { isArrow, decorators }: Pick<FunctionValue, 'isArrow' | 'decorators'>,
  ): FunctionValue {
    const isMethod = /method$/.test(node.type);
    const frame = frameOf(around, isMethod ? 'method' : 'block');
    return this.context.withFrame(frame, () => ({
      ...this.#functionIn(frame, name, node, isMethod),
      isArrow,
      decorators,
    }));
  }

  #functionIn(frame: Frame, name: string, node: SyntaxNode, isMethod: boolean): FunctionValue {
    const at = rangeOf(node);
    const list = childOf(node, 'parameters');
    const before: Statement[] = [];
    const params = (list?.children ?? []).flatMap((one) => {
      const param = this.parameter(one, before);
      return one.type === 'block_parameter' ? [] : [param];
    });
    if (!list && !isMethod) params.push(...this.#implied(node));
    const type = this.#rackType(name, node, params);
    if (type !== undefined && params[0]) params[0] = { ...params[0], type };
    this.#namedOptions(params, before, at);
    frame.responds = this.#responderOf(node, params, type, at);
    const finish: Finish = (value) => this.return(value, value);
    const body = this.host.statements(membersOf(node), name === 'initialize' ? undefined : finish);
    if (frame.takesBlock.isUsed) params.push({ pattern: nameAt(block, at) });
    const declares = declarationsOf(frame, { from: at.from, to: at.from }, isMethod ? 'function' : 'block');
    return functionOf(name, params, [...declares, ...before, ...body], at);
  }

  return(value: Expression, { from, to }: Range): Statement {
    const { responds } = this.context.frame;
    if (!responds || (value.kind === 'literal' && typeof value.value !== 'string'))
      return { kind: 'return', value, from, to };
    // A response with named parts.
    const fields = value.kind === 'object' ? value.fields : [];
    const body = fields.find(({ key }) => key === 'body');
    if (body && fields.some(({ key }) => key === 'statusCode')) {
      const sent = call(responds, [{ value: body.value }], body.value);
      return { kind: 'return', value: { kind: 'sequence', values: [sent, value], from, to }, from, to };
    }
    return { kind: 'return', value: call(responds, [{ value }], value), from, to };
  }

  /** What sends the result of a Sinatra route, a Rack application, or an AWS Lambda function. */
  #responderOf(
    node: SyntaxNode,
    params: readonly Parameter[],
    rackType: string | undefined,
    at: Range,
  ): Expression | undefined {
    if (rackType !== undefined) return member(nameAt(this.references.library('Rack'), at), 'respond', at);
    if (params.map(({ pattern }) => (pattern.kind === 'name' ? pattern.name : '')).join() === 'event,context')
      return member(nameAt(this.references.library('AWS::Lambda'), at), 'respond', at);
    if (!this.context.routes.has(node)) return undefined;
    return /\bcontent_type\b[ (]+:?['"]?(?:json|application|text\/plain|:?text\b)|\bto_json\b|\bjson[ (]/.test(
      this.file.text(node),
    )
      ? undefined
      : member(nameAt('this', at), 'respond', at);
  }

  /** A Rack application gets the request as a hash. */
  #rackType(name: string, node: SyntaxNode, params: readonly Parameter[]): string | undefined {
    if (params.length !== 1 || params[0]?.pattern.kind !== 'name' || !/^_?call!?$/.test(name)) return undefined;
    const isRack =
      /\[\s*['"](?:rack\.|HTTP_|QUERY_STRING|PATH_INFO|REQUEST_|SCRIPT_NAME)|\b(?:Rack::|ActionDispatch::Request)/;
    return isRack.test(this.file.text(node)) ? this.references.library('Rack::Env') : undefined;
  }

  /** `it` and `_1` in a block without parameters. */
  #implied(node: SyntaxNode): Parameter[] {
    const text = this.file.text(node);
    const names = /\b_[12]\b/.test(text) ? ['_1', '_2'] : /\bit\b/.test(text) ? ['it'] : [];
    for (const name of names) this.context.frame.names.add(name);
    return names.map((name) => ({ pattern: nameAt(name, { from: node.from, to: node.from }) }));
  }

  /** A last parameter `options = {}` takes the named arguments, too. */
  #namedOptions(params: Parameter[], before: Statement[], at: Range): void {
    const last = params.at(-1);
    const { fallback } = last ?? {};
    const isOptions = fallback?.kind === 'object' && fallback.fields.length === 0;
    if (!last || !isOptions || last.pattern.kind !== 'name') return;
    const name = this.context.fresh();
    const start = { from: at.from, to: at.from };
    const value: Expression = {
      kind: 'logical',
      operator: '??',
      left: last.pattern,
      right: nameAt(name, start),
      ...start,
    };
    params[params.length - 1] = { pattern: last.pattern };
    params.push({ pattern: nameAt(name, start), restNamed: true });
    before.unshift(evaluate(assign(last.pattern, value, start)));
  }

  parameter(node: SyntaxNode, before: Statement[]): Parameter {
    const at = rangeOf(node);
    const nameNode = childOf(node, 'name');
    const name = nameNode ? this.file.text(nameNode) : this.file.text(node);
    const pattern = nameAt(localName(name), nameNode ? rangeOf(nameNode) : at);
    const value = childOf(node, 'value');
    switch (node.type) {
      case 'identifier':
        this.context.frame.names.add(name);
        return { pattern };
      case 'optional_parameter':
      case 'keyword_parameter': {
        const fallback = value && this.host.expression(value);
        this.context.frame.names.add(name);
        return { pattern, ...(fallback && { fallback }) };
      }
      case 'splat_parameter':
        this.context.frame.names.add(nameNode ? name : '*');
        return { pattern: nameAt(nameNode ? localName(name) : '*', at), rest: true };
      case 'hash_splat_parameter':
        this.context.frame.names.add(nameNode ? name : '**');
        return { pattern: nameAt(nameNode ? localName(name) : '**', at), restNamed: true };
      case 'forward_parameter':
        this.context.frame.names.add('...');
        return { pattern: nameAt('...', at), rest: true };
      case 'block_parameter':
        if (nameNode) {
          this.context.frame.names.add(name);
          if (name !== block)
            before.push({ kind: 'declare', target: pattern, value: nameAt(block, at), scope: 'function', ...at });
        }
        this.context.frame.takesBlock.isUsed = true;
        return { pattern: nameAt(block, at) };
      case 'destructured_parameter':
        return { pattern: this.patterns.listPattern(node, true) };
      default:
        return { pattern: opaque([], at) };
    }
  }

  lambda(node: SyntaxNode): Expression {
    const body = childOf(node, 'body');
    if (!body) return opaque([], rangeOf(node));
    const list = childOf(node, 'parameters');
    const own: SyntaxNode = { ...body, children: [...(list ? [list] : []), ...body.children], from: node.from };
    return this.function('', own, this.context.frame, { isArrow: true, decorators: [] });
  }

  blockValue(node: SyntaxNode): FunctionValue {
    return this.function('', node, this.context.frame, { isArrow: true, decorators: [] });
  }

  blockArgument(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const value = node.children.find(({ isNamed }) => isNamed);
    if (!value) {
      this.context.frameOfMethod.takesBlock.isUsed = true;
      return nameAt(block, at);
    }
    if (value.type === 'simple_symbol') {
      const item = nameAt('$item', at);
      const method = this.file.text(value).slice(1);
      const result = call(member(item, method, at), [], at);
      const body: Statement[] = [{ kind: 'return', value: result, ...at }];
      return { ...functionOf('', [{ pattern: item }], body, at), isArrow: true };
    }
    return this.host.expression(value);
  }
}
