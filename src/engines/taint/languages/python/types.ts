/** Types whose values cannot contain harmful text. */
export const harmless =
  /^(?:int|float|bool|complex|(?:\w+\.)*(?:UUID[1-5]?|Decimal|date|datetime|time|timedelta|IPv[46]Address|(?:Positive|Negative|NonNegative|NonPositive|Strict)?(?:Int|Float|Bool)|con(?:int|float)))$/;

/** Types that say nothing. */
const plain =
  /^(?:str|bytes|bytearray|object|type|None|Any|AnyStr|Text|[Ll]ist|[Dd]ict|[Tt]uple|[Ss]et|[Ff]rozen[Ss]et|Sequence|Iterable|Iterator|Mapping|MutableMapping|Callable|Literal|Self|Collection|Generator|AsyncGenerator|AsyncIterator|Awaitable|Coroutine)$/;

/** The dotted name of a type; for a union, the first that is not None. */
export function typeName(text: string): string | undefined {
  const inner = /^\s*['"](.*)['"]\s*$/s.exec(text)?.[1] ?? text;
  const wrapped =
    /^\s*(?:\w+\.)*(?:Optional|Union|Annotated|Final|ClassVar|Required|NotRequired|Awaitable)\s*\[(.*)\]\s*$/s.exec(
      inner,
    )?.[1];
  if (wrapped !== undefined) return typeName(/^[^,[]*(?:\[[^\]]*\])?/.exec(wrapped)?.[0] ?? wrapped);
  for (const part of inner.split('|')) {
    const name = /^\s*([A-Za-z_][\w.]*)/.exec(part)?.[1];
    if (name === undefined || name === 'None') continue;
    if (harmless.test(name)) return 'number';
    return plain.test(name.replace(/^.*\./, '')) ? undefined : name;
  }
  return undefined;
}

/** The types that `isinstance` names, if none of their values can contain harmful text. */
export function typesOf(text: string): string {
  const names = text
    .replace(/[()\s]/g, '')
    .split(/[,|]/)
    .filter((one) => one !== '');
  return names.length > 0 && names.every((one) => harmless.test(one)) ? 'harmless' : 'other';
}
