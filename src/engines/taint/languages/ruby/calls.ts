import type { Argument, Expression, Range } from '../../ir/ir';
import { assign, call, literal, member, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Functions } from './functions';
import type { Host } from './host';
import { conditions } from './names';
import type { References } from './references';
import type { Script } from './script';
import type { Strings } from './strings';
import { block, localName } from './syntax';
import type { Views } from './views';

const startsProcess = /^(?:system|exec|spawn|popen(?:2e?|3)?|capture(?:2e?|3)|pipeline\w*)$/;

/** Methods that register routes, and alternatives to one. */
export const routeVerbs = /^(?:get|post|put|patch|delete|options|link|not_found|error)$/;

/** Lowers calls. */
export class Calls {
  constructor(
    private readonly file: SourceFile,
    private readonly script: Script,
    private readonly context: Context,
    private readonly references: References,
    private readonly views: Views,
    private readonly strings: Strings,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  /** The arguments of a call: first those by position, then the block, then those by name. */
  arguments(nodes: readonly SyntaxNode[]): { args: Argument[]; named: Argument[]; passed: Argument | undefined } {
    const args: Argument[] = [];
    const named: Argument[] = [];
    let passed: Argument | undefined;
    for (const node of nodes) {
      if (!node.isNamed || node.type === 'heredoc_body') continue;
      const [first] = node.children;
      switch (node.type) {
        case 'splat_argument':
          args.push({ value: first ? this.host.expression(first) : nameAt('*', rangeOf(node)), spread: 'list' });
          break;
        case 'forward_argument':
          args.push({ value: nameAt('...', rangeOf(node)), spread: 'list' });
          break;
        case 'hash_splat_argument':
          named.push({ value: first ? this.host.expression(first) : nameAt('**', rangeOf(node)), spread: 'map' });
          break;
        case 'block_argument':
          passed = { value: this.functions.blockArgument(node), name: block };
          break;
        case 'pair': {
          const [field] = this.host.field(node);
          if (!field) break;
          // Code that MongoDB runs.
          if (field.key === '$where') named.push({ value: field.value, name: 'where_code' });
          else if (typeof field.key === 'string') named.push({ value: field.value, name: field.key });
          else named.push({ value: { kind: 'object', fields: [field], ...rangeOf(node) }, spread: 'map' });
          break;
        }
        default:
          args.push({ value: this.host.expression(node) });
      }
    }
    return { args: [...args, ...(passed ? [passed] : []), ...named], named, passed };
  }

  super(given: readonly SyntaxNode[], at: Range): Expression {
    const { method } = this.context.place;
    const args = this.arguments(given).args;
    const self = nameAt('super', at);
    return call(method === 'initialize' ? self : member(self, method, at), args, at);
  }

  call(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const methodNode = childOf(node, 'method');
    const name = methodNode ? this.file.text(methodNode) : 'call';
    const receiver = childOf(node, 'receiver');
    const list = childOf(node, 'arguments')?.children ?? [];
    const body = childOf(node, 'block');
    if (methodNode?.type === 'super') return this.super(list, at);
    if (body && !receiver && /^(?:lambda|proc)$/.test(name)) return this.functions.blockValue(body);
    if (body && receiver && name === 'new' && this.file.text(receiver) === 'Proc')
      return this.functions.blockValue(body);
    const { args: given } = this.arguments(list);
    // The environment variables of a process come before its command.
    const args = startsProcess.test(name) && given[0]?.value.kind === 'object' ? given.slice(1) : [...given];
    if (body && !receiver && this.script.self === 'Sinatra::Base' && routeVerbs.test(name))
      this.context.routes.add(body);
    // The configuration of a parser in its block.
    if (body && /^(?:XML|parse)$/.test(name) && /\b(?:noent|dtdload|dtdattr)\b/i.test(this.file.text(body)))
      args.push({ value: literal(true, at), name: 'entities' });
    if (body) {
      const at = args.findIndex((one) => one.name !== undefined || one.spread === 'map');
      args.splice(at < 0 ? args.length : at, 0, { value: this.functions.blockValue(body), name: block });
    }
    if (!receiver) return this.#ownCall(name, args, list, at, methodNode);
    const object = this.host.expression(receiver);
    if (name === 'new') return { ...call(object, args, at), isNew: true };
    return this.#methodCall(object, name, args, at, receiver, methodNode !== undefined && list.length === 0 && !body);
  }

  #methodCall(
    object: Expression,
    name: string,
    args: readonly Argument[],
    at: Range,
    receiver: SyntaxNode,
    isPlain: boolean,
  ): Expression {
    const [first] = args;
    if (/^(?:send|public_send|__send__)$/.test(name) && first?.value.kind === 'literal')
      return call(member(object, String(first.value.value), at), args.slice(1), at);
    if (name === 'method' && first?.value.kind === 'literal') return member(object, String(first.value.value), at);
    if (name === 'instance_variable_get' && first?.value.kind === 'literal')
      return member(object, String(first.value.value), at);
    if (/^match\??$/.test(name) && first) {
      const isSwapped = receiver.type === 'regex' || /(?:_RE|REGEX\w*|PATTERN|FORMAT)$/.test(this.file.text(receiver));
      const [text, pattern] = isSwapped ? [first.value, object] : [object, first.value];
      return this.matched(call(member(text, name, at), [{ value: pattern }], at), text, at);
    }
    if (name === 'freeze' || name === 'itself') return object;
    // A list of a text and its values is not part of the text.
    const [condition] = args;
    if (conditions.test(name) && condition?.value.kind === 'list' && condition.name === undefined)
      return call(member(object, name, at), [...condition.value.items, ...args.slice(1)], at);
    if (isPlain) return this.references.read(member(object, name, at), name, at);
    return call(member(object, name, at), args, at);
  }

  /** A call without a receiver. */
  #ownCall(
    name: string,
    args: readonly Argument[],
    list: readonly SyntaxNode[],
    at: Range,
    methodNode: SyntaxNode | undefined,
  ): Expression {
    const own = methodNode ? rangeOf(methodNode) : at;
    if (this.context.isLocal(name) && args.length === 0) return nameAt(localName(name), at);
    if (name === 'new') return { ...call(this.references.this(at), args, at), isNew: true };
    if (name === 'block_given?')
      return this.references.identifier(
        methodNode ?? { type: 'identifier', ...at, isNamed: true, field: undefined, children: [] },
      );
    const [first] = args;
    if (/^(?:send|public_send|__send__)$/.test(name) && first?.value.kind === 'literal')
      return call(this.references.callee(String(first.value.value), own), args.slice(1), at);
    if (name === 'method' && first?.value.kind === 'literal')
      return this.references.callee(String(first.value.value), own);
    if (/^(?:format|sprintf)$/.test(name) && first?.value.kind === 'literal' && typeof first.value.value === 'string')
      return this.strings.filled(first.value.value, args.slice(1), at);
    if (conditions.test(name) && first?.value.kind === 'list' && first.name === undefined)
      return call(this.references.callee(name, own), [...first.value.items, ...args.slice(1)], at);
    const callee = this.references.callee(name, own, args.length);
    if (list.length === 0 && args.length === 0) return this.references.read(callee, name, at);
    const made = call(callee, args, at);
    const view = this.views.viewOf(name, args);
    return view === undefined ? made : { kind: 'sequence', values: [this.views.view(view, at), made], ...at };
  }

  /** Records the text that `$1` is part of. */
  matched(test: Expression, text: Expression, at: Range): Expression {
    if (!this.script.usesMatch) return test;
    this.context.assigns('$~');
    return { kind: 'sequence', values: [assign(nameAt('$~', at), text, at), test], ...at };
  }
}
