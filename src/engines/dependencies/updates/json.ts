import { modify, parse, type ParseError } from 'jsonc-parser';
import { edited, isOnlyChange, type TextEdit } from './edits';

type Path = readonly (string | number)[];

/**
 * The edits that set a value in a JSON text, keeping its indentation.
 * @returns undefined if the text is damaged, or something else would change
 */
export function setJson(file: string, source: string, path: Path, value: string): TextEdit[] | undefined {
  const before = readObject(source);
  if (before === undefined) return undefined;
  const indent = /^([ \t]+)\S/m.exec(source)?.[1] ?? '  ';
  const edits = modify(source, [...path], value, {
    formattingOptions: {
      insertSpaces: !indent.startsWith('\t'),
      tabSize: indent.startsWith('\t') ? 1 : indent.length,
      eol: '\n',
    },
  }).map(({ offset, length, content }) => ({ file, start: offset, end: offset + length, text: content }));
  const after = readObject(edited(source, edits));
  return edits.length > 0 && isOnlyChange(before, after, path, value) ? edits : undefined;
}

/** The parsed JSON, which may contain comments; undefined if damaged. */
export function readObject(source: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parse(source, errors, { allowTrailingComma: true });
  return errors.length > 0 ? undefined : value;
}
