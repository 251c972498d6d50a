import { keyword, positional, type Call } from './call';
import type { Sites } from './sites';
import type { Node } from './tree';
import { bits, clean, constant, container, mixed, only, unknown, type Value } from './value';

/** Whether a parser reads what a document's entities name, as a part of its value; the other parts are the places where it was made and set up. */
const readsEntities = 'reads entities';
const isParser = (value: Value | undefined) => value?.items?.has(readsEntities) === true;

function parser(reads: boolean | undefined, node: Node, before?: Value): Value {
  const places = [...(before?.items ?? []), [`${node.from} ${node.to}`, clean] as const];
  const known = reads === undefined ? unknown : constant(reads);
  return container('object', new Map([...places, [readsEntities, known]]), 'parser()');
}

/** What becomes of an XML parser that a call makes or sets up; undefined when the call does nothing of that kind. */
export function parserCall(call: Call): { result: Value; object?: Value } | undefined {
  const { name, last, object, node } = call;
  // The parsers of the standard library read no outside entities since Python 3.7.1, unless they are told to.
  if (name === 'xml.sax.make_parser') return { result: parser(false, node) };
  if (/^lxml\.etree\.(?:XMLParser|XMLPullParser)$/.test(name)) {
    const [entities, dtd] = [keyword(call, 'resolve_entities'), keyword(call, 'load_dtd')];
    if (entities) return { result: parser(readsWhen(entities), node) };
    return { result: parser(dtd && only(dtd) === true ? true : undefined, node) };
  }
  if (object && isParser(object) && last === 'setFeature') {
    const feature = positional(call, 0);
    const title = `${feature?.name ?? ''} ${String(only(feature) ?? '')}`;
    const value = positional(call, 1);
    if (/external[-_](?:ges|general-entities|pes|parameter-entities)/.test(title) && value)
      return { result: clean, object: parser(readsWhen(value), node, object) };
    return { result: clean };
  }
  return undefined;
}

function readsWhen(value: Value): boolean | undefined {
  const known = only(value);
  return known === undefined ? undefined : known === 'internal' ? false : Boolean(known);
}

/** Notes documents that get to a parser that may read outside entities. */
export function checkParsing(call: Call, sites: Sites): void {
  const { last, node, object, args, name } = call;
  if (!/^(?:parse|parseString|fromstring|XML|HTML|feed|iterparse|fromstringlist)$/.test(last)) return;
  if (name.startsWith('defusedxml.')) {
    sites.settled(node, 'xxe', 'good');
    return;
  }
  const used = [object, ...args.map((arg) => arg.value)].find(isParser);
  if (!used) return;
  const reads = only(used.items?.get(readsEntities));
  const document = mixed(args.map((arg) => arg.value).filter((value) => !isParser(value)));
  const isHarmless = reads === false || ((document.tainted | document.unknown) & bits.xxe) === 0;
  if (isHarmless) sites.settled(node, 'xxe', 'good');
  else if (reads === true) sites.reached(node, 'xxe', document);
  else sites.settled(node, 'xxe', 'unknown');
  // Where it was made and set up is as harmless as what it is used for.
  for (const place of used.items?.keys() ?? []) {
    const [from, to] = place.split(' ').map(Number);
    if (place === readsEntities || from === undefined || to === undefined) continue;
    sites.settled({ ...node, from, to }, 'xxe', isHarmless ? 'good' : 'unknown');
  }
}
