const number = String.raw`(?:[iu](?:8|16|32|64|128|size)|f32|f64|bool|(?:uuid::)?Uuid|(?:std::num::)?NonZero\w*(?:<\w+>)?)`;
const isNumber = new RegExp(String.raw`^(?:Option<)?&?(?:'\w+ )?(?:mut )?${number}>?$`);
const isNumbers = new RegExp(
  String.raw`^&?(?:'\w+ )?(?:mut )?(?:\[${number}(?:; ?\w+)?\]|(?:Vec|VecDeque|HashSet|BTreeSet|Option)<(?:Vec<)?${number}>?>|impl (?:Iterator|IntoIterator)<Item ?= ?&?${number}>)$`,
);
const makesNumber = new RegExp(
  String.raw`\bparse::<(?:${number})>|\bas (?:${number})(?:\s*[;)?]|$)|\.(?:len|count)\(\)\s*$|^-?\d[\d_.]*(?:${number})?$|^Uuid::new_v\d\(`,
);
/** A macro with a format string, and its arguments. */
const formats = /\bformat!\s*\(\s*(r?#*)"((?:[^"\\]|\\[\s\S])*)"\1\s*,?([^;]*)/g;

/**
 * Whether only numbers, which cannot contain SQL, are formatted into the strings of a match, by the types that the function declares. Names within a
 * format string (`{limit}`) are not nodes of the tree, so rules cannot look them up.
 * @param match the text of the match
 * @param body the text of the function that it is in
 */
export function formatsNumbersOnly(match: string, body: string): boolean {
  const own = [...match.matchAll(formats)];
  const named = own.length > 0 ? own : [...body.matchAll(formats)].filter((one) => isAssignedIn(one, match, body));
  // Format strings contain what looks like types: `{limit:>3}`.
  const code = body.replace(/"(?:[^"\\]|\\[\s\S])*"/g, '""');
  return named.length > 0 && named.every((one) => holdsNumbersOnly(one, code));
}

/** Whether a variable of the match holds this text. */
function isAssignedIn({ index }: RegExpMatchArray, match: string, body: string): boolean {
  const name = /(?:\blet\s+(?:mut\s+)?|[;{}]\s*)(\w+)\s*(?::[^=;{}]+)?\+?=\s*&?$/.exec(body.slice(0, index))?.[1];
  return name !== undefined && new RegExp(String.raw`[(,&\s]${name}\b`).test(match);
}

function holdsNumbersOnly([, , text = '', rest = '']: RegExpMatchArray, body: string): boolean {
  const given = argumentsOf(rest);
  const named = new Map(given.flatMap((one) => (one.name === undefined ? [] : [[one.name, one.value] as const])));
  const unnamed = given.filter(({ name }) => name === undefined);
  let next = 0;
  const values: string[] = [];
  for (const [, inside = ''] of text.replaceAll('{{', '').matchAll(/\{([^{}:]*)(?::[^{}]*)?\}/g)) {
    const key = inside.trim();
    if (key === '') values.push(unnamed[next++]?.value ?? '');
    else if (/^\d+$/.test(key)) values.push(unnamed[Number(key)]?.value ?? '');
    else values.push(named.get(key) ?? key);
  }
  return values.length > 0 && values.every((value) => isNumberIn(value, body));
}

/** The arguments of a macro, from after its format string to its closing bracket. */
function argumentsOf(rest: string): { name?: string; value: string }[] {
  const list: { name?: string; value: string }[] = [];
  let depth = 0;
  let from = 0;
  const take = (to: number) => {
    const [, name, value] = /^\s*(?:(\w+)\s*=(?!=))?\s*([\s\S]*?)\s*$/.exec(rest.slice(from, to)) ?? [];
    if (value) list.push({ ...(name !== undefined && { name }), value });
    from = to + 1;
  };
  for (let at = 0; at < rest.length; at += 1) {
    const sign = rest.charAt(at);
    if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign) && depth === 0) {
      take(at);
      return list;
    } else if (')]}'.includes(sign)) depth -= 1;
    else if (sign === ',' && depth === 0) take(at);
  }
  take(rest.length);
  return list;
}

function isNumberIn(value: string, body: string): boolean {
  const text = value.replace(/^[&*]+/, '').replace(/\.(?:to_string|clone|unwrap_or_default)\(\)$/, '');
  if (/^[A-Z_][A-Z0-9_]*$/.test(text) || makesNumber.test(text)) return true;
  if (!/^\w+$/.test(text)) return false;
  const types = declared(text, body);
  if (types.length > 0 && types.every((type) => isNumber.test(type))) return true;
  const set = assigned(text, body);
  if (types.length > 0) return false;
  if (set.length > 0) return set.every((one) => makesNumber.test(one) || isJoinedNumbers(one, body));
  const list = new RegExp(String.raw`\bfor\s+&?${text}\s+in\s+&?(?:mut )?(\w+)`).exec(body)?.[1];
  return list !== undefined && areNumbersIn(list, body);
}

/** The types with which a name is declared. */
function declared(name: string, body: string): string[] {
  const found = body.matchAll(new RegExp(String.raw`\b${name}\s*:\s*([^,=;(){}]+(?:<[^=;(){}]*>)?)`, 'g'));
  return [...found].map(([, type = '']) => type.trim());
}

function assigned(name: string, body: string): string[] {
  const found = body.matchAll(new RegExp(String.raw`\blet\s+(?:mut\s+)?${name}\s*=\s*([^;]*);`, 'g'));
  return [...found].map(([, value = '']) => value.trim().replace(/\?$/, ''));
}

function areNumbersIn(name: string, body: string): boolean {
  const types = declared(name, body);
  return types.length > 0 && types.every((type) => isNumbers.test(type));
}

/** `ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",")` of a list of numbers. */
function isJoinedNumbers(value: string, body: string): boolean {
  const list = /^(\w+)\s*\.(?:iter|into_iter)\(\)/.exec(value)?.[1];
  return list !== undefined && !/format!/.test(value) && /\.join\(/.test(value) && areNumbersIn(list, body);
}
