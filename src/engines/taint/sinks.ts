import { hasUnseenKeywords, keyword, positional, type Call } from './call';
import { isSession } from './models';
import type { Sites } from './sites';
import type { Node } from './tree';
import { clean, constant, listItems, combined, onlyConstant, unknown, type Defect, type Value } from './value';

/** What is known about the file that contains a call. */
export interface FileFacts {
  /** The top-level names of the modules that it imports. */
  readonly imports: ReadonlySet<string>;
  /** Names that a function declares global. */
  readonly globals: ReadonlySet<string>;
}

/** What is known about the code around a call. */
interface Place extends FileFacts {
  readonly answering: boolean;
}

interface Sink {
  readonly defect: Defect;
  /** The qualified name must match this; if undefined, a method of anything counts. */
  readonly name?: RegExp;
  /** A further condition. */
  readonly condition?: (call: Call, value: Value | undefined) => boolean;
  /** Modules, one of which must be imported. */
  readonly needs?: readonly string[];
  readonly args: readonly number[];
  readonly keywords?: readonly string[];
}

/** The argument may be a file's content instead of its path. */
function isContent(defect: Defect, { name }: Value): boolean {
  return defect === 'path' && name !== undefined && /(?:BytesIO|StringIO|open)\(\)$/.test(name);
}

/** Not everything with an `execute` method runs SQL. */
function runsSql({ text }: Call, value: Value | undefined): boolean {
  const isSql = /^\s*(?:select|insert|update|delete|replace|create|drop|alter|with|merge|call|exec|grant|pragma)\b/i;
  return isSql.test(value?.prefix ?? '') || /cur|con|db|sql|session|engine|database|query|transaction/i.test(text);
}

/** Sinks by the last part of the function's name. */
const sinks = new Map<string, Sink[]>();
const sink = (names: string, entry: Sink) => {
  for (const name of names.split(' ')) sinks.set(name, [...(sinks.get(name) ?? []), entry]);
};
sink('eval exec compile execfile', { defect: 'code', name: /^(?:builtins\.)?\w+$/, args: [0] });
sink('system popen popen2 popen3 popen4', { defect: 'command', name: /^(?:os|posix|commands)\./, args: [0] });
sink('getoutput getstatusoutput', { defect: 'command', name: /^(?:subprocess|commands)\./, args: [0] });
sink('create_subprocess_shell', { defect: 'command', name: /^asyncio\./, args: [0] });
sink('execl execle execlp execv execve execvp execvpe', { defect: 'command', name: /^os\./, args: [0, 1, 2, 3] });
sink('loads load', {
  defect: 'deserialization',
  name: /^(?:c?[pP]ickle|_pickle|dill|cloudpickle|marshal|joblib)\./,
  args: [0],
});
sink('unsafe_load unsafe_load_all', { defect: 'deserialization', name: /^yaml\./, args: [0] });
sink('decode', { defect: 'deserialization', name: /^jsonpickle\./, args: [0] });
sink('search search_s search_st search_ext search_ext_s paged_search', {
  defect: 'ldap',
  needs: ['ldap', 'ldap3'],
  args: [0, 1, 2],
  keywords: ['search_filter', 'search_base', 'filterstr', 'base'],
});
sink('open', {
  defect: 'path',
  name: /^(?:(?:io|codecs|os|builtins|gzip|bz2|lzma|aiofiles|tarfile|shelve)\.)?open$/,
  args: [0],
  keywords: ['file'],
});
sink('remove unlink rmdir removedirs listdir scandir mkdir makedirs rename replace chmod truncate', {
  defect: 'path',
  name: /^os\./,
  args: [0],
});
sink('rename replace', { defect: 'path', name: /^os\./, args: [1] });
sink('copy copyfile copy2 copytree move', { defect: 'path', name: /^shutil\./, args: [0, 1] });
sink('rmtree', { defect: 'path', name: /^shutil\./, args: [0] });
sink('static_file', { defect: 'path', args: [1], keywords: ['root'] });
sink('send_file FileResponse', {
  defect: 'path',
  name: /^[\w.]+$/,
  args: [0],
  keywords: ['path', 'path_or_file', 'filename_or_fp'],
});
sink('redirect HttpResponseRedirect HttpResponsePermanentRedirect RedirectResponse HTTPFound', {
  defect: 'redirect',
  args: [0],
  keywords: ['location', 'url'],
});
sink('execute executemany executescript exec_driver_sql', {
  defect: 'sql',
  condition: runsSql,
  args: [0],
  keywords: ['sql', 'query', 'statement', 'operation'],
});
sink('raw', { defect: 'sql', name: /\.objects\.raw$/, args: [0] });
sink('read_sql read_sql_query', { defect: 'sql', args: [0] });
const caller = /^(?:requests|httpx|aiohttp|urllib3|treq|grequests)\.(?:\w+\(\)\.)?\w+$/;
sink('get post put patch delete head options ws_connect', {
  defect: 'ssrf',
  name: caller,
  args: [0],
  keywords: ['url'],
});
sink('request stream', { defect: 'ssrf', name: caller, args: [1], keywords: ['url'] });
sink('urlopen urlretrieve', { defect: 'ssrf', name: /^urllib\.(?:request\.)?\w+$/, args: [0], keywords: ['url'] });
sink('xpath', { defect: 'xpath', args: [0] });
sink('XPath ETXPath', { defect: 'xpath', args: [0] });
sink('select iter_select', { defect: 'xpath', name: /^elementpath\./, args: [1], keywords: ['path'] });
sink('find findall findtext iterfind', { defect: 'xpath', needs: ['lxml', 'xml', 'defusedxml'], args: [0] });
sink('make_response Markup mark_safe HTMLResponse', { defect: 'xss', args: [0], keywords: ['content', 'response'] });

const hashes = /^(?:hashlib\.(md4|md5|sha|sha1)|Crypto(?:dome)?\.Hash\.(?:MD2|MD4|MD5|SHA|SHA1)\.new)$/;
const weakNames = /^(?:md2|md4|md5|sha|sha-?1)$/i;
const randomNames =
  /^random\.(?:random|randint|randrange|choice|choices|sample|shuffle|uniform|triangular|getrandbits|randbytes|\w+variate|gauss)$|^random\.Random\(\)\.\w+$/;

/** Records the values that reach a sink in a call. */
export function checkCall(call: Call, file: Place, sites: Sites): void {
  const { node, last, name, object } = call;
  for (const { defect, name: pattern, condition: isIt, needs, args, keywords = [] } of sinks.get(last) ?? []) {
    if (pattern && !pattern.test(name)) continue;
    if (needs && !needs.some((module) => file.imports.has(module))) continue;
    const given = [...args.map((index) => positional(call, index)), ...keywords.map((word) => keyword(call, word))];
    const values = given.filter((value) => value !== undefined).filter((value) => !isContent(defect, value));
    if (isIt && !isIt(call, values[0])) continue;
    // Spread arguments are checked as a whole.
    const spread = call.args.filter((arg) => arg.star === '*').map((arg) => arg.value);
    if (values.length + spread.length > 0)
      addSink(node, defect, [...values, ...(values.length === 0 ? spread : [])], sites);
  }
  if (/^subprocess\.(?:run|call|check_call|check_output|Popen)$/.test(name))
    addSink(node, 'command', [program(call)], sites);
  if (/^yaml\.load(?:_all)?$/.test(name)) yamlLoad(call, sites);
  if (last === 'set_cookie') cookie(call, sites);
  if (isSession(object?.name) && /^(?:update|setdefault|__setitem__)$/.test(last))
    sites.addValue(node, 'trust', combined(call.args.map((arg) => arg.value)));
  if (
    /^(?:read|write)_(?:text|bytes)$/.test(last) ||
    (last === 'open' && object && /Path\(\)$/.test(object.name ?? ''))
  )
    if (object) sites.addValue(node, 'path', object);
  if (/^(?:Response|HttpResponse)$/.test(last)) response(call, sites);
  hash(call, sites);
  // Random numbers are harmless in a game, but in the response to a request they are usually meant to be secret.
  if (randomNames.test(name)) sites.addState(node, 'random', file.answering ? 'bad' : 'unknown');
  else if (/^(?:random\.SystemRandom\(\)|secrets)\.|^os\.urandom$/.test(name)) sites.addState(node, 'random', 'good');
}

function addSink(node: Node, defect: Defect, values: readonly Value[], sites: Sites): void {
  // A shell expands `*` to file names, which can be options, so even a constant may be harmful.
  const hasWildcard = values.some((value) => value.constants?.some((text) => /\*/.test(String(text))));
  if (defect === 'command' && hasWildcard) sites.addState(node, defect, 'unknown');
  else sites.addValue(node, defect, combined(values));
}

const shells =
  /(?:^|[\\/])(?:sh|bash|zsh|ksh|dash|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh|env|sudo|ssh|python[\d.]*|perl|ruby|node)$/i;

/** The arguments of a subprocess call that choose the program or form a shell command line. */
function program(call: Call): Value {
  const command = positional(call, 0) ?? keyword(call, 'args') ?? unknown;
  const shell = onlyConstant(keyword(call, 'shell') ?? clean);
  const parts = listItems(command);
  if (!parts || shell === true) return command;
  const [first = clean] = parts;
  const isShell = first.constants === undefined || first.constants.some((word) => shells.test(String(word)));
  return isShell ? combined(parts) : first;
}

function yamlLoad(call: Call, sites: Sites): void {
  const loader = (keyword(call, 'Loader') ?? positional(call, 1))?.name ?? '';
  if (/\bC?(?:Safe|Base)Loader$/.test(loader)) sites.addState(call.node, 'deserialization', 'good');
  else sites.addValue(call.node, 'deserialization', positional(call, 0) ?? keyword(call, 'stream') ?? unknown);
}

function cookie(call: Call, sites: Sites): void {
  // With one argument, it adds a cookie to a cookie jar.
  if (call.args.length < 2) return;
  const secure = keyword(call, 'secure');
  const value = secure === undefined ? (hasUnseenKeywords(call) ? undefined : false) : onlyConstant(secure);
  sites.addState(call.node, 'cookie', value === undefined ? 'unknown' : value ? 'good' : 'bad');
}

function response(call: Call, sites: Sites): void {
  // REST framework's response renders JSON, or a page of its own.
  if (call.name.startsWith('rest_framework.')) return;
  const content =
    positional(call, 0) ??
    keyword(call, 'response') ??
    keyword(call, 'content') ??
    keyword(call, 'text') ??
    keyword(call, 'body');
  if (!content) return;
  const plain = call.name.startsWith('aiohttp.') || call.name.startsWith('sanic.');
  const type = onlyConstant(
    keyword(call, 'mimetype') ??
      keyword(call, 'content_type') ??
      keyword(call, 'media_type') ??
      (plain ? constant('text/plain') : clean),
  );
  if (typeof type === 'string' && !/html|xml|svg/i.test(type)) sites.addState(call.node, 'xss', 'good');
  else sites.addValue(call.node, 'xss', content);
}

function hash(call: Call, sites: Sites): void {
  if (!/^(?:hashlib|Crypto)/.test(call.name)) return;
  if (onlyConstant(keyword(call, 'usedforsecurity') ?? clean) === false) return;
  if (hashes.test(call.name)) sites.addState(call.node, 'hash', 'bad');
  else if (call.name === 'hashlib.new') {
    const names = (positional(call, 0) ?? keyword(call, 'name'))?.constants;
    const weak = names?.some((algorithm) => weakNames.test(String(algorithm)));
    sites.addState(call.node, 'hash', weak === undefined ? 'unknown' : weak ? 'bad' : 'good');
  } else if (/^hashlib\.(?:sha(?:224|256|384|512)|sha3_\d+|blake2[bs])$/.test(call.name))
    sites.addState(call.node, 'hash', 'good');
}
