import type { Language, TaintLanguage } from '../../interpreter/language';
import type { Module } from '../../ir/ir';
import type { SyntaxParser } from '../../syntax/parser';
import { SourceFile } from '../shared/sourceFile';
import { entryShape } from './entryShape';
import { lower } from './lower';
import { declaredIn, libraryName, resolve } from './resolve';
import { codeOf, escapes } from './template';
import { leaves } from './syntax';
import { renderFunction } from './views';

export const ruby: TaintLanguage = {
  id: 'ruby',
  names: ['Ruby'],
  prefix: 'ruby',
  fence: 'ruby',
  example: 'example.rb',
  handles: isRuby,
  grammars: { ruby: leaves },
  create,
};

function isRuby(path: string): boolean {
  return /\.(?:rb|rake|ru|erb|gemspec|jbuilder|thor)$|(?:^|\/)(?:Rakefile|Gemfile|Guardfile|Capfile)$/i.test(path);
}

/** Sources: requests of Rails, Sinatra, Rack and others, their cookies and headers, channels, archives, responses, the command line. */
const hint =
  /\bparams\b\s*(?:[[.)&]|$)|\bparams\(|\b(?:cookies|request)\s*(?:\[|\.|&\.)|\bRack::(?:Request|Utils)|\benv\[\s*['"](?:HTTP_|QUERY_STRING|PATH_INFO|REQUEST_|rack\.)|\bARGV\b|\bARGF\b|\b(?:STDIN|\$stdin)\b|\bgets\b|\bZip::|\bGem::Package\b|\bTarReader\b|\bNet::HTTP\.get|\bURI\.open\b|\bHTTParty\b|\bFaraday\b|\bRestClient\b|\bGraphQL::|\bActionCable\b|Channel\b|\bRoda\b|\bHanami\b|\bWEBrick\b|\bGrape::|\bMutations?::|\bTCPServer\b|<%==|\braw[ (]|\bevent:,\s*context:|@cgi\.params\b|\.html_safe\b/m;

function create(parser: SyntaxParser): Language {
  return {
    handles: isRuby,
    lower(path: string, source: string): Module {
      const isTemplate = /\.erb$/i.test(path);
      const code = isTemplate ? codeOf(source) : source;
      const { root, hasErrors } = parser.parse('ruby', code);
      const template = isTemplate ? (escapes(path) ? 'escaping' : 'plain') : undefined;
      return lower(new SourceFile(path, code), root, hasErrors, template);
    },
    mayBegin: (source) => hint.test(source),
    resolve,
    libraryName,
    importFunctions: new Set(),
    exportNames: {},
    globalObjects: new Set(),
    hasCheckedTypes: true,
    functionMethods: { call: 'invoke', '()': 'invoke', yield: 'invoke', '===': 'invoke' },
    includeFunctions: new Set([renderFunction]),
    declaredIn,
    entryShape,
  };
}
