import type { FunctionValue, Module } from '../../ir/ir';
import type { Beginnings, Language, TaintLanguage } from '../../interpreter/language';
import type { Models } from '../../models/models';
import type { SyntaxParser } from '../../syntax/parser';
import { SourceFile } from '../shared/sourceFile';
import { lower } from './lower';
import { resolve, submodule } from './resolve';
import { leaves } from './syntax';

export const python: TaintLanguage = {
  id: 'python',
  names: ['Python'],
  prefix: 'py',
  fence: 'python',
  example: 'example.py',
  handles: isPython,
  grammars: { python: leaves },
  create,
};

function isPython(path: string): boolean {
  return /\.pyw?$/i.test(path);
}

function create(parser: SyntaxParser): Language {
  return {
    handles: isPython,
    lower(path: string, source: string): Module {
      const { root, hasErrors } = parser.parse('python', source);
      return lower(new SourceFile(path, source), root, hasErrors);
    },
    mayBegin: (source, models) => {
      if (!hint.test(source) || !beginning(models).test(source)) return false;
      return !testing.test(source) || hint.test(withoutTests(source));
    },
    beginnings,
    resolve,
    submodule,
    libraryName: (specifier) => specifier,
    importFunctions: new Set(),
    exportNames: {},
    globalObjects: new Set(),
    hasCheckedTypes: true,
    functionMethods: {},
    entryShape,
  };
}

const known = new WeakMap<Models, RegExp>();

/** Requests, handlers, and calls that return data: their libraries are imported for many other reasons. */
const hint =
  /\brequest\b|Request(?:\b|Handler)|(?:View|\bResource|\bLineReceiver|\bProtocol)\)|@[\w.]*(?:task|\b(?:route|get|post|put|delete|patch|websocket|api_route|command|option|argument|expose|view_config|on|event|actor|agent|job|message|http))\b|\b(?:argv|stdin|queryStringParameters|pathParameters|requestContext|Records|urlpatterns|basic_consume|matchdict|cleaned_data)\b|\b(?:parse_args|parse_known_args|recv\w*|getmembers|getnames|namelist|infolist|raw_input|FieldStorage|add_url_rule|add_(?:get|post|put|route|view)|urlopen|docopt|receive\w*|poll|input|web\.data|parse)\(|tarfile\.open\(|\(event, *_*(?:context|ctx)\b|\benviron, *start_response\b|\breq, *resp\b|hashlib\.new\(|getattr\(\s*hashlib\b|\b(?:requests|httpx)\.(?:get|post)\(/;

/** An import of a library that data comes from. */
function beginning(models: Models): RegExp {
  let pattern = known.get(models);
  if (!pattern) {
    const names = [...new Set([...models.libraries, ...models.decorators])].filter((name) => /^\w+$/.test(name));
    pattern = new RegExp(
      String.raw`^[ \t]*(?:from|import)[ \t]+(?:[\w., \t]*,[ \t]*)?(?:${names.join('|')})\b|\binput\(|['"](?:queryStringParameters|pathParameters|requestContext|Records)['"]|\(event, *_*(?:context|ctx)\b|\benviron, *start_response\b|^[ \t]*@(?:\w+\.)*expose\b|\.(?:GET|POST|COOKIES|FILES|META|query_params|match_info|matchdict)\b`,
      'm',
    );
    known.set(models, pattern);
  }
  return pattern;
}

/** A test file: tests call the tested code with data of their own. */
const testing = /^[ \t]*(?:from|import)[ \t]+(?:unittest|pytest|django\.test|nose|testtools|twisted\.trial)\b/m;
/** Test methods, by name. */
const testMethod =
  /^(?:test(?:_\w*|[A-Z]\w*)?|setUp\w*|tearDown\w*|async(?:SetUp|TearDown)|setup(?:_\w+)?|teardown(?:_\w+)?)$/;

function partsOf(source: string): string[] {
  return source.split(/^(?=[ \t]*(?:@|class\b|(?:async[ \t]+)?def\b))/m);
}

/** What a part of a file declares, and its first line. */
function declared(part: string): { readonly head: string; readonly name: string } {
  const [head = '', name = ''] = /^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)/.exec(part) ?? [];
  return { head, name };
}

/** A test file without its tests and imports, but with its functions, which may be the tested code. */
function withoutTests(source: string): string {
  return partsOf(source)
    .filter((part) => !testMethod.test(declared(part).name))
    .join('')
    .replace(imports, '');
}
const imports = /^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import\b(?:[ \t]*\([^)]*\)|.*)/gm;

/** Sources of data in a function, in addition to {@link hint}. */
const hintInside =
  /\benviron(?:\.get\(|\[)\s*['"](?:QUERY_STRING|PATH_INFO|REQUEST_URI|RAW_URI|HTTP_\w+|wsgi\.input)['"]|\.(?:GET|POST|COOKIES|FILES|META|query_params|match_info|set_cookie)\b|\bget_\w*(?:arg|param|quer|form|header|cookie|body|input|json|payload)\w*\(|\bself\.(?:get_|read|path|headers|rfile|recv|body)\w*/;
/** Classes whose methods a framework calls, by their base classes. */
const calledClass =
  /(?:View|ViewSet|Handler|Resource|Endpoint|Consumer|Protocol|Receiver|Controller|Command|Middleware|API|Api|Servicer|Task|Actor)\w*\s*(?:[,)[]|$)/;
/** Methods that a framework calls, by name. */
const calledMethod =
  /^(?:get|post|put|patch|delete|head|options|handle|dispatch|run|on_\w+|do_[A-Z]+|\w*[rR]eceived|render_[A-Z]+)$/;
const plainDecorator =
  /^(?:staticmethod|classmethod|property|cached_property|abstractmethod|overload|override|wraps|contextmanager|lru_cache|cache)$/;

/** Functions that use sources, or that a framework may call, and their callers in the file. */
function beginnings(source: string): Beginnings {
  const isTest = testing.test(source) ? (name: string) => testMethod.test(name) : () => false;
  const functions = partsOf(source)
    .map((text) => ({ ...declared(text), text }))
    .filter(({ name }) => !isTest(name))
    .map(({ name, head, text }) => ({ name, text, calls: new Set(text.slice(head.length).match(/\b\w+(?=\()/g)) }));
  const names = new Set<string>();
  const add = (name: string) => {
    if (name === '' || names.has(name)) return;
    names.add(name);
    for (const other of functions) if (other.calls.has(name)) add(other.name);
  };
  for (const { name, text } of functions) if (begins(text)) add(name);
  const called = new Set(functions.flatMap(({ name, calls }) => [...calls].filter((one) => one !== name)));
  const classes = calledClasses(source);
  return ({ name, from, to, decorators }: FunctionValue) => {
    if (isTest(name)) return undefined;
    const isBeginning =
      names.has(name) ||
      calledMethod.test(name) ||
      decorators.some((one) => !plainDecorator.test(lastName(one))) ||
      classes.some((one) => one.from <= from && to <= one.to) ||
      begins(source.slice(from, to));
    return isBeginning ? (name !== '' && called.has(name) ? 'callee' : 'root') : undefined;
  };
}

function begins(text: string): boolean {
  return hint.test(text) || hintInside.test(text);
}

/** The classes whose methods a framework calls. */
function calledClasses(source: string): { readonly from: number; readonly to: number }[] {
  return [...source.matchAll(/^([ \t]*)class[ \t]+\w+[ \t]*\(([^:]*)/gm)].flatMap(
    ({ index, 0: head, 1: indent = '', 2: bases = '' }) => {
      if (!calledClass.test(bases)) return [];
      const end = new RegExp(String.raw`^[ \t]{0,${indent.length}}[^\s#)\]}]`, 'gm');
      end.lastIndex = index + head.length;
      return [{ from: index, to: end.exec(source)?.index ?? source.length }];
    },
  );
}

function lastName(one: FunctionValue['decorators'][number]): string {
  const callee = one.kind === 'call' ? one.callee : one;
  return callee.kind === 'name' ? callee.name : callee.kind === 'member' ? callee.property : '';
}

const shapes: readonly (readonly [RegExp, string])[] = [
  [/^(?:GET|POST|COOKIES|FILES|META|get_full_path|build_absolute_uri)$/, 'django.http.HttpRequest()'],
  [/^(?:query_params|path_params)$/, 'starlette.requests.Request()'],
  [/^(?:match_info|rel_url)$/, 'aiohttp.web.Request()'],
  [/^(?:matchdict|swagger_data|json_body)$/, 'pyramid.request.Request()'],
  [/^(?:view_args|get_json|access_route)$/, 'flask.Request()'],
  [/^(?:queryStringParameters|pathParameters|requestContext|Records)$/, 'aws_lambda.Event()'],
];

/** Conventional names of entry points' parameters, for when their use says too little; the types of all of them. */
const conventions: readonly (readonly [RegExp, readonly (string | undefined)[]])[] = [
  [/^event,_*(?:context|ctx)$/, ['aws_lambda.Event()']],
  [/^environ(?:,|$)/, ['wsgi.Environ()']],
];
const falconCall = /^(?:get_param\w*|get_media|bounded_stream|get_header|media)$/;
const djangoCall = /^(?:body|method|user|session|read)$/;

/** A function that some other file registers: recognized by how it uses its parameters, and by their names if these are specific to a framework. */
function entryShape(
  uses: readonly ReadonlySet<string>[],
  names: readonly (string | undefined)[],
): readonly (string | undefined)[] | undefined {
  const [first] = uses;
  if (!first) return undefined;
  const found = shapes.find(([shape]) => [...first].some((name) => shape.test(name)));
  if (found) return [found[1]];
  const called = names.join(',');
  const convention = conventions.find(([shape]) => shape.test(called));
  if (convention) return convention[1];
  if (names[0] === 'request' && first.has('query')) return ['aiohttp.web.Request()'];
  if (names[0] === 'request' && [...first].some((name) => djangoCall.test(name))) return ['django.http.HttpRequest()'];
  return /^req,resp\b/.test(called) && [...first].some((name) => falconCall.test(name))
    ? ['falcon.Request()']
    : undefined;
}
