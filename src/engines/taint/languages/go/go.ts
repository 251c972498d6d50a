import type { Module } from '../../ir/ir';
import type { Language, TaintLanguage } from '../../interpreter/language';
import type { Models } from '../../models/models';
import type { SyntaxParser } from '../../syntax/parser';
import { leaves, lower } from './lower';
import { GoIndex, libraryName } from './resolve';

export const go: TaintLanguage = {
  id: 'go',
  names: ['Go'],
  prefix: 'go',
  fence: 'go',
  handles: isGo,
  grammars: { go: leaves },
  create,
};

function isGo(path: string): boolean {
  return /\.go$/i.test(path);
}

function create(parser: SyntaxParser): Language {
  return {
    handles: isGo,
    lower(_path: string, source: string): Module {
      const { root, hasErrors } = parser.parse('go', source);
      return lower(root, source, hasErrors);
    },
    mayBegin,
    resolve: () => undefined,
    index: (paths, read) => new GoIndex(paths, read),
    libraryName,
    importFunctions: new Set(),
    exportNames: {},
    globalObjects: new Set(),
    hasCheckedTypes: true,
    functionMethods: {},
  };
}

/** Libraries that many files import that no data comes into: what such a file uses of them. */
const words: Readonly<Record<string, RegExp>> = {
  'net/http': /\bhttp\.Request\b/,
  os: /\bos\.Args\b/,
  'mime/multipart': /\bmultipart\.(?:FileHeader|Reader|Part|Form)\b/,
  'archive/zip': /\bzip\.(?:OpenReader|NewReader|Reader|ReadCloser|File)\b/,
  'archive/tar': /\btar\.(?:NewReader|Reader|Header)\b/,
};
const imported = /"([\w./~-]+)"/g;

/** Whether a file imports a library that data comes from, and uses what it comes by. */
function mayBegin(source: string, models: Models): boolean {
  const end = source.search(/^(?:func|type|var|const)\b/m);
  const head = end < 0 ? source : source.slice(0, end);
  for (const [, path = ''] of head.matchAll(imported)) {
    const library = /^[\w-]+(?:\/[\w-]+)?/.exec(libraryName(path))?.[0] ?? '';
    if (models.libraries.has(library) && (words[library]?.test(source) ?? true)) return true;
  }
  return false;
}
