import type { Module } from '../../ir/ir';
import type { Language, TaintLanguage } from '../../interpreter/language';
import type { Models } from '../../models/models';
import type { SyntaxParser } from '../../syntax/parser';
import { leaves, lower } from './lower';
import { CSharpIndex, libraryName } from './resolve';

export const csharp: TaintLanguage = {
  id: 'csharp',
  names: ['C#'],
  prefix: 'csharp',
  fence: 'csharp',
  handles: isCSharp,
  grammars: { 'c-sharp': leaves },
  create,
};

function isCSharp(path: string): boolean {
  // What a designer writes of a page are only its controls.
  return /\.cs$/i.test(path);
}

/** A file exports its types by their full names. */
function create(parser: SyntaxParser): Language {
  let declared = new CSharpIndex(new Set(), () => '');
  return {
    handles: isCSharp,
    lower(path: string, source: string): Module {
      const { root, hasErrors } = parser.parse('c-sharp', source);
      return lower(path, root, source, hasErrors, declared);
    },
    mayBegin: (source, models) => beginning(models).test(source),
    resolve: () => undefined,
    index: (paths, read) => (declared = new CSharpIndex(paths, read)),
    libraryName,
    importFunctions: new Set(),
    exportNames: {},
    globalObjects: new Set(),
    hasCheckedTypes: true,
    functionMethods: { Invoke: 'invoke', DynamicInvoke: 'invoke' },
  };
}

const known = new WeakMap<Models, RegExp>();

/** What a framework calls with data, by how it is registered or what its class extends. */
const words = [
  String.raw`\bConsole\.(?:Read|In\b|OpenStandardInput)`,
  String.raw`:\s*(?:\w+\.)*\w*(?:Controller(?:Base)?|PageModel|Hub|Page|UserControl|HttpApplication)\b`,
  String.raw`\[\s*(?:\w+\s*,\s*)*(?:ApiController|WebMethod|HttpTrigger|BindProperty|SupplyParameterFrom\w+)\b`,
  String.raw`\.Map(?:Get|Post|Put|Delete|Patch|Methods)?\(\s*@?"`,
  String.raw`\bstatic\s+[^(;{}=]*\bMain\s*\(\s*string`,
  String.raw`\bServerCallContext\b`,
].join('|');

/** Types that are in many files, and of which data comes in only where other types are, or harms only there. */
const common = new Set(['Console', 'File', 'SqlCommand', 'SqlDataReader', 'Environment', 'ValueProvider', 'Request']);

/** A type or another beginning, of which a file must have one for data to come in. */
function beginning(models: Models): RegExp {
  let pattern = known.get(models);
  if (!pattern) {
    const types = [...models.libraries].filter((name) => /^[A-Z]\w+$/.test(name) && !common.has(name)).join('|');
    pattern = new RegExp(String.raw`\b(?:${types})\b|${words}`);
    known.set(models, pattern);
  }
  return pattern;
}
