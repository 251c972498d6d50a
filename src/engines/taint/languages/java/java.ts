import type { Module } from '../../ir/ir';
import type { Language, TaintLanguage } from '../../interpreter/language';
import type { Models } from '../../models/models';
import type { SyntaxParser } from '../../syntax/parser';
import { SourceFile } from '../shared/sourceFile';
import { lower } from './lower';
import { libraryName, resolve } from './resolve';
import { leaves } from './syntax';

export const java: TaintLanguage = {
  id: 'java',
  names: ['Java'],
  prefix: 'java',
  fence: 'java',
  example: 'Example.java',
  handles: isJava,
  grammars: { java: leaves },
  create,
};

function isJava(path: string): boolean {
  return /\.java$/i.test(path);
}

/** A file exports its types by name, its public one also as `default`, and that one's static members. */
function create(parser: SyntaxParser): Language {
  return {
    handles: isJava,
    lower(path: string, source: string): Module {
      const { root, hasErrors } = parser.parse('java', source);
      return lower(new SourceFile(path, source), root, hasErrors);
    },
    mayBegin: (source, models) => beginning(models).test(source),
    resolve,
    libraryName,
    importFunctions: new Set(),
    exportNames: {},
    globalObjects: new Set(),
    hasCheckedTypes: true,
    functionMethods: {
      apply: 'invoke',
      accept: 'invoke',
      get: 'invoke',
      run: 'invoke',
      call: 'invoke',
      test: 'invoke',
      execute: 'invoke',
      compare: 'invoke',
      applyAsInt: 'invoke',
      applyAsLong: 'invoke',
      handle: 'invoke',
    },
  };
}

const known = new WeakMap<Models, RegExp>();

/** Types, annotations and program entry points, one of which a file must contain for data to enter. */
function beginning(models: Models): RegExp {
  let pattern = known.get(models);
  if (!pattern) {
    const [types, annotations] = [models.libraries, models.decorators].map((names) => [...names].join('|'));
    const main = String.raw`\bvoid\s+main\s*\(`;
    pattern = new RegExp(String.raw`\b(?:${types ?? ''})\b|@(?:\w+\.)*(?:${annotations ?? ''})\b|${main}`);
    known.set(models, pattern);
  }
  return pattern;
}
