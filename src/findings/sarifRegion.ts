import type { FilePosition } from '../protocol';
import type { FileText } from '../base/fileText';
import type { Region } from './sarifLog';

/** The place of a region, as in a report. */
export interface Place {
  readonly line: number;
  readonly column?: number;
  readonly end_line?: number;
  readonly end_column?: number;
}

/** How a run counts, and the text of the region's file, if known. */
export interface Counting {
  readonly text: FileText | undefined;
  /** Columns and offsets are in code points rather than UTF-16 units. */
  readonly codePoints: boolean;
}

/**
 * Converts any form of a SARIF region (3.30) to lines and columns.
 * @returns undefined if that needs the text of a file that is not there, or the region lies beyond its end
 */
export function placeOf(region: Region | undefined, counting: Counting): Place | undefined {
  const line = positive(region?.startLine);
  if (region === undefined) return { line: 1 };
  if (line !== undefined) return linesOf(region, line, counting);
  const range = offsetsOf(region, counting);
  if (range) return placeOfRange(range, counting);
  if (hasOffset(region)) return undefined;
  const snippet = region.snippet?.text;
  const at = snippet ? counting.text?.text.indexOf(snippet) : undefined;
  if (snippet && at !== undefined && at >= 0) return placeOfRange({ start: at, end: at + snippet.length }, counting);
  return { line: positive(region.endLine) ?? 1 };
}

function linesOf(region: Region, line: number, { text, codePoints }: Counting): Place {
  const given = positive(region.endLine);
  const last = Math.max(line, given ?? line);
  const columnIn = (where: number, column: number | undefined) =>
    column !== undefined && codePoints && text ? text.columnOf(where, column) : column;
  const column = columnIn(line, positive(region.startColumn));
  const end = columnIn(last, positive(region.endColumn));
  return {
    line,
    ...(column !== undefined && { column }),
    ...(given !== undefined && { end_line: last }),
    // Ignore an end before the start.
    ...(end !== undefined && (last > line || end >= (column ?? 1)) && { end_column: end }),
  };
}

function placeOfRange({ start, end }: { start: number; end: number }, { text }: Counting): Place | undefined {
  const from = text?.placeOf(start);
  const to = text?.placeOf(end) ?? from;
  return from && to && { ...from, end_line: to.line, end_column: to.column };
}

/** The part of a file that a region covers; undefined if that needs an unknown text, or exceeds it. */
export function editRange(region: Region, counting: Counting): { start: FilePosition; end: FilePosition } | undefined {
  const { text, codePoints } = counting;
  const line = positive(region.startLine);
  const range = line === undefined ? offsetsOf(region, counting) : text && offsetsOfLines(region, line, text, counting);
  if (range) {
    const [start, end] = [text?.placeOf(range.start), text?.placeOf(range.end)];
    return start && end && range.end >= range.start ? { start, end } : undefined;
  }
  // Without the text, only a complete region can be converted.
  const column = positive(region.startColumn) ?? 1;
  const endColumn = positive(region.endColumn);
  if (text || line === undefined || endColumn === undefined || codePoints) return undefined;
  return { start: { line, column }, end: { line: positive(region.endLine) ?? line, column: endColumn } };
}

function offsetsOfLines(region: Region, line: number, text: FileText, counting: Counting) {
  const place = linesOf(region, line, counting);
  const start = text.offsetOf(line, place.column ?? 1);
  const end = text.offsetOf(place.end_line ?? line, place.end_column);
  return start === undefined || end === undefined ? undefined : { start, end };
}

function hasOffset(region: Region): boolean {
  return notNegative(region.charOffset) !== undefined || notNegative(region.byteOffset) !== undefined;
}

function offsetsOf(region: Region, { text, codePoints }: Counting): { start: number; end: number } | undefined {
  const chars = notNegative(region.charOffset);
  if (chars !== undefined) {
    const stop = chars + (notNegative(region.charLength) ?? 0);
    if (!codePoints) return { start: chars, end: stop };
    return text && { start: text.offsetOfCodePoints(chars), end: text.offsetOfCodePoints(stop) };
  }
  const bytes = notNegative(region.byteOffset);
  if (bytes === undefined || text === undefined) return undefined;
  const stop = bytes + (notNegative(region.byteLength) ?? 0);
  return { start: text.offsetOfBytes(bytes), end: text.offsetOfBytes(stop) };
}

/** Many logs use 0 and negative numbers for "unknown". */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function notNegative(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined;
}
