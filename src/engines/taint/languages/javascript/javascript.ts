import type { Module } from '../../ir/ir';
import type { Language, TaintLanguage } from '../../interpreter/language';
import type { Models } from '../../models/models';
import { mayPollute, pollutions } from '../../detectors/prototypePollution';
import type { SyntaxParser } from '../../syntax/parser';
import { SourceFile } from '../shared/sourceFile';
import { lower } from './lower';
import { libraryName, resolve } from './resolve';
import { leaves } from './syntax';

export const javascript: TaintLanguage = {
  id: 'javascript',
  names: ['JavaScript', 'TypeScript'],
  prefix: 'js',
  fence: 'js',
  example: 'example.tsx',
  handles: isJavaScript,
  grammars: { javascript: leaves, typescript: leaves, tsx: leaves },
  create,
};

function isJavaScript(path: string): boolean {
  return /\.(?:[mc]?[jt]s|[jt]sx)$/i.test(path) && !/\.d\.[mc]?ts$|\.min\.[mc]?js$/i.test(path);
}

function grammarOf(path: string): 'javascript' | 'typescript' | 'tsx' {
  if (/\.tsx$/i.test(path)) return 'tsx';
  return /\.[mc]?ts$/i.test(path) ? 'typescript' : 'javascript';
}

/** Names of the global object in browsers and Node. */
const globalObjects: ReadonlySet<string> = new Set(['window', 'globalThis', 'self', 'global', 'top', 'parent']);

/** Properties of a request, and of a page's URL. */
const hint =
  /\b(?:query|cookies|originalUrl|queryStringParameters|pathParameters|location|referrer|onmessage|argv)\b|['"]message['"]|URLSearchParams/;
/** Properties of a request that other things have as well, such as syntax trees: they only count if the function sends a response. */
const weakHint = /\b(?:body|params)\b/;
const answers = /\b(?:res|resp|response|reply|ctx|context|send|redirect|sendStatus|sendFile)\b/;

function create(parser: SyntaxParser): Language {
  return {
    handles: isJavaScript,
    lower(path: string, source: string): Module {
      const { root, hasErrors } = parser.parse(grammarOf(path), source);
      return lower(new SourceFile(path, source), root, hasErrors);
    },
    mayBegin(source: string, models: Models): boolean {
      return hint.test(source) || (weakHint.test(source) && answers.test(source)) || models.libraryPattern.test(source);
    },
    detectors: [
      {
        defect: 'prototype',
        mayFind: mayPollute,
        find: pollutions,
        title: 'A name that the caller of the function determines',
      },
    ],
    resolve,
    libraryName,
    importFunctions: new Set(['require', 'import']),
    exportNames: { exports: 'exports', module: 'module' },
    globalObjects,
    hasCheckedTypes: false,
    functionMethods: { call: 'call', apply: 'apply', bind: 'bind' },
    entryShape,
  };
}

const ofRequest =
  /^(?:query|body|params|headers|cookies|files|file|ip|originalUrl|protocol|hostname|get|header|param|session|user|method|url|path|baseUrl)$/;
const sure = /^(?:query|body|params|cookies|originalUrl|headers)$/;
const ofResponse =
  /^(?:send|json|render|redirect|status|sendFile|sendStatus|end|setHeader|set|write|writeHead|cookie|download|locals|type|header|attachment|jsonp)$/;

/**
 * A function `(request, response, next)` of Express or Node's http that some other file registers: recognized by how it uses its first two
 * parameters, not by their names; likewise Koa's `(context, next)`.
 */
function entryShape(uses: readonly ReadonlySet<string>[]): readonly (string | undefined)[] | undefined {
  for (const first of [0, 1]) {
    const [request, response] = [uses[first], uses[first + 1]];
    // With an error as the first parameter, it is an error handler.
    if (!request || !response || uses.length > first + 3) continue;
    const all = (names: ReadonlySet<string>, shape: RegExp) => [...names].filter((name) => shape.test(name)).length;
    const responds =
      all(response, ofResponse) > 0 && [...response].every((name) => ofResponse.test(name) || !ofRequest.test(name));
    const asks = all(request, ofRequest) > 0 && [...request].some((name) => sure.test(name) || name === 'url');
    if (!asks || !responds) continue;
    const isHttp =
      !all(request, sure) ||
      [...request].every((name) => name === 'url' || name === 'headers' || name === 'method' || name === 'on');
    const types = isHttp
      ? ['http.IncomingMessage()', 'http.ServerResponse()']
      : ['express.Request()', 'express.Response()'];
    return first === 0 ? types : [undefined, ...types];
  }
  return undefined;
}
