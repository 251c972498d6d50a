import type { Module } from '../../ir/ir';
import type { Language, TaintLanguage } from '../../interpreter/language';
import type { Models } from '../../models/models';
import type { SyntaxParser } from '../../syntax/parser';
import { leaves, lower } from './lower';
import { resolve, submodule } from './resolve';

export const python: TaintLanguage = {
  id: 'python',
  names: ['Python'],
  prefix: 'py',
  fence: 'python',
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
      return lower(root, source, hasErrors, path.endsWith('__init__.py'));
    },
    mayBegin: (source, models) => hint.test(source) && beginning(models).test(source),
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

/** A request, a handler, or a call that data comes from: libraries that have these are imported for much else. */
const hint =
  /\brequest\b|\w*Request\b|RequestHandler|\b(?:MethodView|Resource|\w*View|LineReceiver|Protocol)\)|@[\w.]*\b(?:route|get|post|put|delete|patch|websocket|api_route|\w*task|command|option|argument|expose|view_config|on|event|actor|agent|job|message|http)\b|\b(?:argv|stdin|urlpatterns|basic_consume|matchdict|cleaned_data)\b|\b(?:parse_args|parse_known_args|recv\w*|getmembers|getnames|namelist|infolist|raw_input|FieldStorage|add_url_rule|add_(?:get|post|put|route|view)|urlopen|docopt|receive\w*|poll|input|web\.data|parse)\(|\btarfile\.open\(|\bhashlib\.new\(|\bgetattr\(\s*hashlib\b|\b(?:requests|httpx)\.(?:get|post)\(/;

/** An import of a library that data comes from. */
function beginning(models: Models): RegExp {
  let pattern = known.get(models);
  if (!pattern) {
    const names = [...new Set([...models.libraries, ...models.decorators])].filter((name) => /^\w+$/.test(name));
    pattern = new RegExp(
      String.raw`^[ \t]*(?:from|import)[ \t]+(?:[\w., \t]*,[ \t]*)?(?:${names.join('|')})\b|\binput\(|\.(?:GET|POST|COOKIES|FILES|META|query_params|match_info|matchdict)\b`,
      'm',
    );
    known.set(models, pattern);
  }
  return pattern;
}

const shapes: readonly (readonly [RegExp, string])[] = [
  [/^(?:GET|POST|COOKIES|FILES|META|get_full_path|build_absolute_uri)$/, 'django.http.HttpRequest()'],
  [/^(?:query_params|path_params)$/, 'starlette.requests.Request()'],
  [/^(?:match_info|rel_url)$/, 'aiohttp.web.Request()'],
  [/^(?:matchdict|swagger_data|json_body)$/, 'pyramid.request.Request()'],
  [/^(?:view_args|get_json|access_route)$/, 'flask.Request()'],
];

/** A function that some other file registers: told from what it does with its first parameter, not by its name. */
function entryShape(uses: readonly ReadonlySet<string>[]): readonly (string | undefined)[] | undefined {
  const [first] = uses;
  if (!first) return undefined;
  const found = shapes.find(([shape]) => [...first].some((name) => shape.test(name)));
  return found && [found[1]];
}
