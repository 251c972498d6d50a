import type { Module } from '../../ir/ir';
import type { Language, TaintLanguage } from '../../interpreter/language';
import type { SyntaxParser } from '../../syntax/parser';
import { SourceFile } from '../shared/sourceFile';
import { lower } from './lower';
import { entryShape } from './names';
import { declaredIn, libraryName, resolve } from './resolve';
import { leaves } from './syntax';

export const php: TaintLanguage = {
  id: 'php',
  names: ['PHP'],
  prefix: 'php',
  fence: 'php',
  example: 'example.php',
  handles: isPhp,
  grammars: { php: leaves },
  create,
};

function isPhp(path: string): boolean {
  return /\.(?:php\d?|phtml|inc|module|install|theme|ctp)$/i.test(path);
}

/** Sources: superglobals, requests by their types and helpers, database rows, archives, the command line. */
const hint =
  /\$_(?:GET|POST|REQUEST|COOKIE|FILES|SERVER)\b|\$HTTP_\w+|php:\/\/(?:input|stdin)|\bgetallheaders\b|\bapache_request_headers\b|\bfilter_input|Request(?:Stack|Interface)?\b|\brequest\(|\b(?:old|input)\(\s*['"]|\$(?:this->)?_?req(?:uest)?->|\bcreateFromGlobals\b|\bInput::|->(?:input|request|getRequest\(\))->|->(?:getQueryParams|getParsedBody|getCookieParams|getVar|getPost|getParam)\(|\bfetch(?:_?(?:assoc|array|object|row|all|column|one|pair|associative|numeric))?\(|\bget_(?:results|row|var|col)\(|\bZipArchive\b|\bPharData\b|\$argv\b|\bget_query_var\b|\bshortcode|\bWP_REST|#\[(?:\w+\\)*(?:Route|Get|Post)|@Route|Controller\b|\$wpdb\b|\$_SESSION\b/;

function create(parser: SyntaxParser): Language {
  return {
    handles: isPhp,
    lower(path: string, source: string): Module {
      const { root, hasErrors } = parser.parse('php', source);
      return lower(new SourceFile(path, source), root, hasErrors);
    },
    mayBegin: (source) => hint.test(source),
    resolve,
    libraryName,
    importFunctions: new Set(),
    exportNames: {},
    globalObjects: new Set(),
    hasCheckedTypes: true,
    copiesCollections: true,
    functionMethods: { call: 'call', bindTo: 'bind', __invoke: 'invoke' },
    includeFunctions: new Set(['include']),
    declaredIn,
    entryShape,
  };
}
