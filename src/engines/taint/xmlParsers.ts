import { keyword, positional, type Call } from './call';
import type { Sites } from './sites';
import type { Node } from './tree';
import { bits, clean, constant, container, combined, onlyConstant, unknown, type Value } from './value';

/** The item of a parser value that says whether it reads external entities; the other items are the places where it was created and configured. */
const readsEntities = 'reads entities';
const isParser = (value: Value | undefined) => value?.items?.has(readsEntities) === true;

function parser(reads: boolean | undefined, node: Node, before?: Value): Value {
  const places = [...(before?.items ?? []), [`${node.from} ${node.to}`, clean] as const];
  const known = reads === undefined ? unknown : constant(reads);
  return container('object', new Map([...places, [readsEntities, known]]), 'parser()');
}

/** The XML parser that a call creates or configures; undefined for other calls. */
export function parserCall(call: Call): { result: Value; object?: Value } | undefined {
  const { name, last, object, node } = call;
  // Since Python 3.7.1, the parsers of the standard library do not read external entities by default.
  if (name === 'xml.sax.make_parser') return { result: parser(false, node) };
  if (/^lxml\.etree\.(?:XMLParser|XMLPullParser)$/.test(name)) {
    const [entities, dtd] = [keyword(call, 'resolve_entities'), keyword(call, 'load_dtd')];
    if (entities) return { result: parser(readsWhen(entities), node) };
    return { result: parser(dtd && onlyConstant(dtd) === true ? true : undefined, node) };
  }
  if (object && isParser(object) && last === 'setFeature') {
    const feature = positional(call, 0);
    const title = `${feature?.name ?? ''} ${String(onlyConstant(feature) ?? '')}`;
    const value = positional(call, 1);
    if (/external[-_](?:ges|general-entities|pes|parameter-entities)/.test(title) && value)
      return { result: clean, object: parser(readsWhen(value), node, object) };
    return { result: clean };
  }
  return undefined;
}

function readsWhen(value: Value): boolean | undefined {
  const known = onlyConstant(value);
  return known === undefined ? undefined : known === 'internal' ? false : Boolean(known);
}

/** Records documents that reach a parser which may read external entities. */
export function checkParsing(call: Call, sites: Sites): void {
  const { last, node, object, args, name } = call;
  if (!/^(?:parse|parseString|fromstring|XML|HTML|feed|iterparse|fromstringlist)$/.test(last)) return;
  if (name.startsWith('defusedxml.')) {
    sites.addState(node, 'xxe', 'good');
    return;
  }
  const used = [object, ...args.map((arg) => arg.value)].find(isParser);
  if (!used) return;
  const reads = onlyConstant(used.items?.get(readsEntities));
  const document = combined(args.map((arg) => arg.value).filter((value) => !isParser(value)));
  const isHarmless = reads === false || ((document.tainted | document.unknown) & bits.xxe) === 0;
  if (isHarmless) sites.addState(node, 'xxe', 'good');
  else if (reads === true) sites.addValue(node, 'xxe', document);
  else sites.addState(node, 'xxe', 'unknown');
  // The places where it was created and configured are as harmless as its use.
  for (const place of used.items?.keys() ?? []) {
    const [from, to] = place.split(' ').map(Number);
    if (place === readsEntities || from === undefined || to === undefined) continue;
    sites.addState({ ...node, from, to }, 'xxe', isHarmless ? 'good' : 'unknown');
  }
}
