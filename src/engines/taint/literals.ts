import { unescaped } from './fold';
import { learn } from './guards';
import { beginning } from './models';
import type { FileFacts } from './sinks';
import type { Sites } from './sites';
import type { Node } from './tree';
import { passed } from './way';
import {
  clean,
  constant,
  container,
  joined,
  keyOf,
  listItems,
  listOf,
  mixed,
  only,
  Scope,
  unknown,
  type Value,
} from './value';

/** What happens to a value that becomes a part of a text. */
export const putTogether = 'Becomes a part of this text';

/** Longest list whose parts are told apart. */
const maxItems = 64;

/** Evaluates what is written down as a whole: lists, dictionaries, texts with replacements. */
export abstract class Literals {
  constructor(
    protected readonly source: string,
    protected readonly file: FileFacts,
    readonly sites: Sites,
  ) {}

  abstract evaluate(node: Node, scope: Scope): Value;
  protected abstract assign(target: Node, value: Value, scope: Scope): void;

  text(node: Node): string {
    return this.source.slice(node.from, node.to);
  }

  /** The code of a node on one line, cut where it is long. */
  protected brief(node: Node): string {
    return this.named(this.text(node));
  }

  protected named(code: string): string {
    const line = code.replace(/\s+/g, ' ');
    return line.length > 60 ? `${line.slice(0, 59)}…` : line;
  }

  /** The parts of a list, tuple or bare `a, b`. */
  protected list(kids: readonly Node[], scope: Scope): Value {
    const values: Value[] = [];
    let isWhole = true;
    for (const [index, kid] of kids.entries()) {
      if (/^[()[\]{},*]$/.test(kid.type)) continue;
      const value = this.evaluate(kid, scope);
      const spread = kids[index - 1]?.type === '*' ? listItems(value) : [value];
      isWhole &&= spread !== undefined;
      values.push(...(spread ?? [value]));
    }
    return isWhole && values.length <= maxItems ? listOf(values) : { ...mixed(values), kind: 'list' };
  }

  protected dictionary(kids: readonly Node[], scope: Scope): Value {
    const items = new Map<string, Value>();
    const others: Value[] = [];
    const parts = kids.filter((kid) => !/^[{},]$/.test(kid.type));
    for (let index = 0; index < parts.length; index += 1) {
      const [part, next, value] = [parts[index], parts[index + 1], parts[index + 2]];
      if (part?.type === '**' && next) {
        const more = this.evaluate(next, scope);
        if (more.items && more.kind === 'dict') for (const [key, item] of more.items) items.set(key, item);
        else others.push(more);
        index += 1;
      } else if (part && next?.type === ':' && value) {
        const key = this.evaluate(part, scope);
        const known = only(key);
        const item = this.evaluate(value, scope);
        if (known === undefined) others.push(key, item);
        else items.set(keyOf(known), item);
        index += 2;
      }
    }
    return others.length > 0 ? { ...mixed([...items.values(), ...others]), kind: 'dict' } : container('dict', items);
  }

  protected comprehension(kids: readonly Node[], scope: Scope): Value {
    const inner = new Scope(scope);
    const parts = kids.filter((kid) => !/^[()[\]{},]$/.test(kid.type));
    const start = parts.findIndex((kid) => kid.type === 'for');
    for (let index = start; index >= 0 && index < parts.length; index += 1) {
      const part = parts[index];
      if (part?.type === 'in') {
        const list = parts[index + 1];
        const targets = parts.slice(parts.findLastIndex((kid, at) => at < index && kid.type === 'for') + 1, index);
        const items = list ? this.evaluate(list, inner) : unknown;
        for (const target of targets) this.assign(target, each(items), inner);
      } else if (part?.type === 'if' && parts[index + 1]) {
        const condition = parts[index + 1];
        if (condition) learn(condition, true, inner, this);
      }
    }
    const made = parts.slice(0, Math.max(0, start)).filter((kid) => kid.type !== ':');
    return { ...mixed(made.map((part) => this.evaluate(part, inner))), kind: 'list' };
  }

  protected formatString(node: Node, scope: Scope): Value {
    const values: Value[] = [];
    const raw = this.text(node);
    const offset = /^[a-zA-Z]*("""|'''|"|')/.exec(raw)?.[0].length ?? 0;
    const quote = raw.slice(raw.startsWith('"""', offset - 3) || raw.startsWith("'''", offset - 3) ? -3 : -1).length;
    let at = node.from + offset;
    for (const part of node.kids) {
      if (part.type !== 'FormatReplacement') continue;
      if (part.from > at) values.push(constant(unescaped(this.source.slice(at, part.from))));
      const inner = part.kids[1];
      values.push(inner ? this.evaluate(inner, scope) : unknown);
      at = part.to;
    }
    if (at < node.to - quote) values.push(constant(unescaped(this.source.slice(at, node.to - quote))));
    return this.composed(values, node);
  }

  /** A text put together of these. */
  protected composed(values: readonly Value[], node: Node): Value {
    const texts = values.map(only);
    const isKnown = texts.every((text) => text !== undefined);
    const value = isKnown ? constant(texts.map(String).join('')) : beginning(values[0]?.prefix, mixed(values));
    this.sites.made(node, value);
    return passed(value, node, putTogether);
  }
}

/** What a loop over a value sees each time. */
export function each(value: Value): Value {
  const items = listItems(value);
  if (value.kind === 'dict') return mixed([clean]);
  return items && items.length > 0 ? items.reduce(joined) : mixed([value]);
}
