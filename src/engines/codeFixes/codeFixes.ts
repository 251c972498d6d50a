import type { FileText } from '../../base/fileText';
import type { FixEdit } from '../../protocol';
import { escapedPatternInPython, safeLoadInPython } from './callsPython';
import type { CodeFix } from './codeFix';
import { argumentListInPython } from './commandPython';
import { argumentListInScript } from './commandScript';
import { cryptoRandInGo, sha256InGo } from './goHash';
import { linesBehind, withoutDoctypes } from './javaStatement';
import { escapedInLogOfPython } from './logPython';
import { escapedMarkupInScript } from './markupScript';
import { parametersInPython } from './sqlPython';
import { parametersInScript } from './sqlScript';
import { escapedOutput } from './templateOutput';
import { escapedInAttribute, escapedInScript, tokenInForm } from './templateValue';

/** By the name in a rule's `metadata.fix.code`. */
export const codeFixes: Readonly<Partial<Record<string, CodeFix>>> = {
  'go-crypto-rand': cryptoRandInGo,
  'go-sha256': sha256InGo,
  'java-no-doctype': withoutDoctypes,
  'java-no-dtd-stax': (text, from, to) =>
    linesBehind(text, from, to, ['$.setProperty(XMLInputFactory.SUPPORT_DTD, false);']),
  'java-no-doctype-builder': (text, from, to) =>
    /\bSAXBuilder\b/.test(text.slice(from, to))
      ? linesBehind(text, from, to, ['$.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);'])
      : undefined,
  'java-no-external-transformer': (text, from, to) =>
    /^TransformerFactory\.newInstance\(\)$/.test(text.slice(from, to))
      ? linesBehind(text, from, to, [
          '$.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");',
          '$.setAttribute(XMLConstants.ACCESS_EXTERNAL_STYLESHEET, "");',
        ])
      : undefined,
  'python-argument-list': argumentListInPython,
  'python-safe-load': safeLoadInPython,
  'python-escaped-pattern': escapedPatternInPython,
  'python-log-repr': escapedInLogOfPython,
  'script-escaped-markup': escapedMarkupInScript,
  'script-argument-list': argumentListInScript,
  'template-attribute': escapedInAttribute,
  'template-output': escapedOutput,
  'template-form-token': tokenInForm,
  'template-script': escapedInScript,
  'python-sql-parameters': parametersInPython,
  'script-sql-parameters': parametersInScript,
};

/**
 * The edits of a fix for a range of offsets; the end is exclusive.
 * @param name in the table above
 * @param file the path of the content
 * @returns undefined if it has no fix for this code
 */
export function codeFixEdits(
  name: string,
  content: FileText,
  from: number,
  to: number,
  file: string,
): FixEdit[] | undefined {
  const made = codeFixes[name]?.(content.text, from, to, file);
  const edits = made?.flatMap(({ start, end, text }): FixEdit[] => {
    const [first, last] = [content.placeOf(start), content.placeOf(end)];
    return first && last ? [{ start: first, end: last, text }] : [];
  });
  return edits && edits.length > 0 && edits.length === made?.length ? edits : undefined;
}
