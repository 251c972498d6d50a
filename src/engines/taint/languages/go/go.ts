import type { Module } from '../../ir/ir';
import type { Beginnings, Language, TaintLanguage } from '../../interpreter/language';
import type { Models } from '../../models/models';
import type { SyntaxParser } from '../../syntax/parser';
import { SourceFile } from '../shared/sourceFile';
import { lower } from './lower';
import { GoIndex, libraryName, packageNames } from './resolve';
import { leaves } from './syntax';

export const go: TaintLanguage = {
  id: 'go',
  names: ['Go'],
  prefix: 'go',
  fence: 'go',
  example: 'example.go',
  handles: isGo,
  grammars: { go: leaves },
  create,
};

function isGo(path: string): boolean {
  // Tests call the tested code with data of their own.
  return /\.go$/i.test(path) && !path.endsWith('_test.go');
}

function create(parser: SyntaxParser): Language {
  return {
    handles: isGo,
    lower(path: string, source: string): Module {
      const { root, hasErrors } = parser.parse('go', source);
      return lower(new SourceFile(path, source), root, hasErrors);
    },
    mayBegin,
    beginnings,
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

/** Widely imported libraries that no data comes from: the names from them that a file uses. */
const words: Readonly<Record<string, string>> = {
  'net/http': String.raw`http\.Request`,
  os: String.raw`os\.(?:Args|Stdin)`,
  'mime/multipart': String.raw`multipart\.(?:FileHeader|Reader|Part|Form)`,
  'archive/zip': String.raw`zip\.(?:OpenReader|NewReader|Reader|ReadCloser|File)`,
  'archive/tar': String.raw`tar\.(?:NewReader|Reader|Header)`,
  net: String.raw`net\.(?:Conn|TCPConn|UDPConn|PacketConn|Listener|Listen)`,
};
const imported = /(?:(\w+)[ \t]+)?"([\w./~-]+)"/g;

/** Matches the sources that a file uses from the libraries that it imports. */
function sourcesOf(source: string, models: Models): RegExp | undefined {
  const end = source.search(/^(?:func|type|var|const)\b/m);
  const head = end < 0 ? source : source.slice(0, end);
  const parts: string[] = [];
  for (const [, local, path = ''] of head.matchAll(imported)) {
    const library = /^[\w-]+(?:\/[\w-]+)?/.exec(libraryName(path))?.[0] ?? '';
    if (!models.libraries.has(library)) continue;
    const isNamed = local !== undefined && local !== 'import';
    const own = words[library];
    const names = isNamed ? [local] : packageNames(path);
    parts.push(
      own === undefined ? String.raw`(?:${names.join('|')})\.[A-Z]` : isNamed ? own.replace(/^\w+/, local) : own,
    );
  }
  return parts.length > 0 ? new RegExp(String.raw`\b(?:${parts.join('|')})`) : undefined;
}

/** Whether a file imports a library with sources, and uses them. */
function mayBegin(source: string, models: Models): boolean {
  return sourcesOf(source, models)?.test(source) ?? false;
}

/** Functions that use sources, and their callers. */
function beginnings(source: string, models: Models): Beginnings {
  const sources = sourcesOf(source, models);
  const begins = (text: string) => sources?.test(text) ?? false;
  const functions = source.split(/^(?=func\b)/m).map((text) => {
    const [head = '', receiver, name = ''] = /^func\s+(\([^)]*\)\s*)?(\w+)/.exec(text) ?? [];
    return {
      name,
      // Methods are called with a dot.
      callee: receiver === undefined ? name : `.${name}`,
      calls: new Set(text.slice(head.length).match(/\.?\b\w+(?=\()/g)),
      begins: begins(text),
    };
  });
  const names = new Set<string>();
  const callees = new Set<string>();
  const add = ({ name, callee }: (typeof functions)[number]) => {
    names.add(name);
    if (callees.has(callee)) return;
    callees.add(callee);
    for (const other of functions) if (!names.has(other.name) && other.calls.has(callee)) add(other);
  };
  for (const one of functions) if (one.begins) add(one);
  const called = new Set(
    functions.flatMap(({ name, callee, calls }) => [...calls].filter((one) => one !== callee && one !== name)),
  );
  const later = new Set(functions.flatMap(({ name, callee }) => (called.has(callee) ? [name] : [])));
  return ({ name, from, to }) =>
    names.has(name) || begins(source.slice(from, to))
      ? name !== '' && later.has(name)
        ? 'callee'
        : 'root'
      : undefined;
}
