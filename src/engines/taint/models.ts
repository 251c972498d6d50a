import type { Call } from './call';
import { foldMethod } from './fold';
import {
  allBits,
  bits,
  clean,
  constant,
  harmless,
  listItems,
  combined,
  onlyConstant,
  tainted,
  unknown,
  type Value,
} from './value';

/** Attributes of a request that its sender does not control. */
const uncontrolledAttribute =
  /^(method|endpoint|app|user|scheme|is_json|is_secure|is_xhr|is_ajax|blueprint|url_rule|content_length|remote_addr|site|resolver_match|accepts|max_content_length|csrf_processing_done)$/;
/** Methods of an object made from a request that return a part of the request. */
const partOfRequest =
  /param|arg|quer|form|header|cookie|body|input|value|json|post|field|data|upload|file(?!s?_?path)|path|url/i;

/** Functions that take the request and return text from it. */
const textOfRequest = /param|args\b|argument|header|cookie|query_?string|body|input/i;
/** URLs of the application itself, of which only a part can point elsewhere. */
const ownUrl =
  /^(?:path|full_path|path_info|url|base_url|url_root|host_url|script_root|get_full_path|build_absolute_uri)$/;

/** Whether a name refers to the current request. */
export function isRequest(name: string | undefined): boolean {
  return name !== undefined && name !== 'urllib.request' && /(?:^|\.)req(?:uest)?$/.test(name);
}

export function isSession(name: string | undefined): boolean {
  return name !== undefined && /^(?:flask\.|bottle\.|(?:.*\.)?req(?:uest)?\.)session$/.test(name);
}

/** Whether a value is a complete response, made by a function that sets its content type. */
export function isResponse({ name }: Value): boolean {
  return /(?:response|redirect|jsonify|send_file|template|Response)\(\)$/i.test(name ?? '');
}

/** The value of an attribute of the request. */
export function requestAttribute(name: string, attribute: string): Value {
  const full = `${name}.${attribute}`;
  if (attribute === 'session' || uncontrolledAttribute.test(attribute)) return { ...clean, name: full };
  if (ownUrl.test(attribute))
    return { tainted: allBits & ~(bits.redirect | bits.ssrf), unknown: bits.redirect | bits.ssrf, name: full };
  return { ...tainted, name: full };
}

/** Functions whose result is harmless, by the last part of their name. */
const sanitizers = new Map<string, number>();
const sanitizes = (mask: number, names: string) => {
  for (const name of names.split(' ')) sanitizers.set(name, mask);
};
sanitizes(
  allBits,
  'int float bool len ord hash isinstance issubclass hasattr callable abs round id UUID digest hexdigest isdigit isalnum isalpha isnumeric ' +
    'isdecimal startswith endswith url_for reverse resolve_url md5 sha1 sha256 sha384 sha512 pbkdf2_hmac generate_password_hash ' +
    'check_password_hash literal_column bindparam parameter',
);
sanitizes(bits.path, 'secure_filename basename safe_join get_valid_filename');
sanitizes(
  bits.xss,
  'escape conditional_escape jsonify format_html strip_tags render_template render_to_string JsonResponse send_file send_from_directory FileResponse escape_html html_escape urlencode',
);
sanitizes(bits.ldap, 'escape_filter_chars filter_format escape_rdn escape_dn_chars');
sanitizes(bits.sql, 'quote_name quote_ident mogrify Identifier Literal escape_string');
sanitizes(
  bits.xss | bits.path | bits.redirect | bits.ssrf | bits.command | bits.ldap | bits.sql | bits.xpath,
  'quote quote_plus',
);

/** Propagators: functions and methods that return their input in another form. */
const propagator =
  /^(?:base64|urllib|urlparse|html|json|codecs|binascii|io|copy|itertools|textwrap|string|unicodedata|collections|bytes|bytearray|posixpath|ntpath|markupsafe|pathlib|yaml)\.|^(?:os\.path\.(?!exists|is|get)|os\.fs(?:en|de)code)|^(?:str|repr|list|tuple|set|frozenset|dict|sorted|reversed|enumerate|zip|iter|next|min|max|range|bytes|bytearray|map|filter|format|ascii|chr|print|sum|any|all|slice|unquote|unquote_plus|b64decode|b64encode|urlsafe_b64decode|urlparse|urlsplit|parse_qs|parse_qsl|Path|PurePath|deque|StringIO|BytesIO|compile)$|\.text$/;
const propagatorMethod =
  /^(?:upper|lower|title|capitalize|casefold|swapcase|strip|lstrip|rstrip|split|rsplit|splitlines|partition|rpartition|join|format|format_map|encode|decode|replace|translate|expandtabs|center|ljust|rjust|zfill|removeprefix|removesuffix|hex|get|getlist|getall|items|keys|values|copy|getvalue|read|readline|readlines|pop|popleft|popitem|setdefault|joinpath|resolve|absolute|expanduser|with_name|with_suffix|relative_to|to_bytes|tobytes|group|groups|groupdict|geturl|__getitem__)$/;
/** Functions that look something up: their result does not contain their arguments. */
const lookup =
  /^(?:get_object|get_or|find|query|fetch|load_|select|filter|lookup|search|exists|create|save|insert|update|delete|all$|first$|one|scalar|execute|commit|cursor|connect|check_output|communicate|open$|read_file|import|log|info|debug|warning|error|flash|abort)/;

/** Functions that parse a string into a list or dictionary, which does not become an HTML page when converted back to a string. */
const parsed = /(?:^|\.)(?:loads?|(?:safe|full|unsafe)_load|literal_eval|unpackb?|decode|parse|model_dump|asdict)\(\)$/;
/** Path methods that access the file: their result does not contain its name. */
const fileMethod = /^(?:stat|exists|is_(?:file|dir)|iterdir|glob|rglob|open|touch|mkdir|unlink)$/;

/** The defects that a string cannot cause if it does not contain this text. */
export function withoutText(part: string): number {
  let mask = 0;
  if (part.includes("'") || part.includes('"')) mask |= bits.sql | bits.xpath;
  if (part.includes('/') || part.includes('..') || part.includes('\\')) mask |= bits.path;
  if (part.includes('<')) mask |= bits.xss;
  if (/[()*]/.test(part)) mask |= bits.ldap;
  if (/[;|&`$]/.test(part)) mask |= bits.command;
  if (part === '//' || part === '://' || part === 'http') mask |= bits.redirect;
  return mask;
}

/** The result of a call of a function that is not in the file. */
export function resultOf(call: Call): Value {
  const { name, last, object, args } = call;
  const values = args.map((arg) => arg.value);
  const plain = args.filter((arg) => arg.keyword === undefined && arg.star === undefined).map((arg) => arg.value);
  if (object) {
    const folded = foldMethod(object, last, values);
    if (folded) return folded;
  }
  const all = combined([...(object ? [object] : []), ...values]);
  const type = args.find((arg) => arg.keyword === 'type')?.value.name;
  if (type !== undefined && /^(?:int|float|bool|(?:uuid\.)?UUID)$/.test(type)) return clean;
  // Markup escapes its arguments.
  if (object?.name?.endsWith('Markup()')) return harmless(all, bits.xss);
  if (name === 'len' && plain[0]) {
    const size = listItems(plain[0])?.length ?? textLength(onlyConstant(plain[0]));
    return size === undefined ? clean : constant(size);
  }
  if (name === 'str' && plain[0]?.name === 'normal()') return plain[0];
  if (/^(?:str|repr)$/.test(name) && parsed.test(plain[0]?.name ?? '')) return harmless(all, bits.xss);
  if (name === 'str' && plain[0]?.constants) return constant(String(onlyConstant(plain[0]) ?? ''));
  if (name === 'getattr' && plain[0]?.name !== undefined) return attributeByName(plain[0].name, onlyConstant(plain[1]));
  if (/^(?:os\.path\.)?(?:realpath|abspath|normpath)$|\.resolve$/.test(name) || (last === 'resolve' && object))
    return { ...all, name: 'normal()' };
  if (last === 'replace' && object) {
    const part = onlyConstant(plain[0]);
    return typeof part === 'string' ? harmless(all, withoutText(part)) : all;
  }
  if (/^(?:django\.shortcuts\.)?render$/.test(name)) return harmless(all, bits.xss);
  if (name === 're.escape') return all;
  if (last === 'literal_eval') return { ...harmless(all, bits.code), name: `${name}()` };
  if (name === 'json.dumps') return { ...harmless(all, bits.xss), name: 'json.dumps()' };
  // A psycopg statement, which quotes its arguments.
  if (/\bsql\.SQL$/.test(name)) return { ...all, name: 'sql.SQL()' };
  if (/^(?:format|join)$/.test(last) && object?.name === 'sql.SQL()')
    return {
      ...object,
      name: 'sql.SQL()',
      tainted: all.tainted & ~bits.sql,
      unknown: object.unknown | (all.unknown & ~bits.sql),
    };
  if (object && (/^read_(?:text|bytes)$/.test(last) || (fileMethod.test(last) && /Path\(\)$/.test(object.name ?? ''))))
    return unknown;
  const mask = name.startsWith('shlex.') || name.startsWith('pipes.') ? bits.command : sanitizers.get(last);
  if (mask === allBits) return clean;
  if (mask !== undefined) return harmless(all, mask);
  return requestPart(call, all) ?? byName(call, all);
}

/** The result of a function that works on requests. */
function requestPart({ name, last, object, args }: Call, all: Value): Value | undefined {
  const given = args.some((arg) => isRequest(arg.value.name)) || args.some((arg) => arg.value.name === 'request()');
  if (object && (isRequest(object.name) || object.name === 'request()')) {
    if (/safe|sanit|valid|escape|clean/i.test(last)) return clean;
    // Pyramid: a URL of the application itself.
    if (/^(?:current_)?(?:route|static|resource)_(?:url|path)$/.test(last))
      return harmless(all, bits.redirect | bits.ssrf);
    if (isRequest(object.name)) return ownUrl.test(last) ? requestAttribute('', last) : combined([tainted, all]);
    return partOfRequest.test(last) ? combined([tainted, all]) : all;
  }
  if (!given) return undefined;
  if (/wrap|request|reader|params/i.test(last)) return { ...unknown, name: 'request()' };
  if (/safe|sanit|valid|escape|clean/i.test(last)) return clean;
  return textOfRequest.test(last) && !/^render|redirect|url_for/.test(name) ? tainted : unknown;
}

function byName({ name, last, object }: Call, all: Value): Value {
  if (object?.name !== undefined && object.name.endsWith('()') && last === 'system') return unknown;
  if (propagator.test(name)) return { ...all, name: `${name}()` };
  if (object && name === '' && propagatorMethod.test(last)) return all;
  if (name.startsWith('subprocess.')) return unknown;
  if (object && propagatorMethod.test(last) && (object.tainted !== 0 || object.unknown === 0)) return all;
  if (name === 'platform.system' || name === 'os.getcwd' || name.startsWith('time.') || name.startsWith('uuid.'))
    return clean;
  const own = { unknown: allBits, name: `${name}()` };
  const passes = /unescape|unsafe|unquote|unvalid|invalid/i.test(last);
  if (passes) return { ...all, ...own };
  if (/html/i.test(last) && /escape|sanit|clean/i.test(last)) return { ...harmless(all, bits.xss), name: `${name}()` };
  // The response of another server does not contain the request.
  if (lookup.test(last) || (object && last === 'json')) return { ...own, tainted: 0 };
  // It is unknown what the function does with its arguments, so the findings of other analyzers stay.
  return { ...all, ...own, tainted: object?.tainted ?? 0 };
}

function attributeByName(name: string, attribute: unknown): Value {
  return typeof attribute === 'string' ? { ...clean, name: `${name}.${attribute}` } : unknown;
}

function textLength(text: unknown): number | undefined {
  return typeof text === 'string' ? text.length : undefined;
}

/** A string composed from values, whose prefix may be known. */
export function withPrefix(prefix: string | undefined, value: Value): Value {
  if (prefix === undefined || prefix === '') return value;
  // A value after the host or the first path segment can no longer change the host.
  const fixed = /^(?:https?:)?\/\/[^/?#]+[/?#]|^\/[^/\\]|^[\w-]+[/?#]|^[?#]/.test(prefix);
  const host = /^https?:\/\/[^/?#]+[/?#]/.test(prefix);
  return { ...harmless(value, (fixed ? bits.redirect : 0) | (host ? bits.ssrf : 0)), prefix };
}
