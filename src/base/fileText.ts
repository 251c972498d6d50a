/** The text of a file, with all of SARIF's ways of counting. Lines and columns count from 1, offsets from 0, in UTF-16 units. */
export class FileText {
  readonly text: string;
  readonly #encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';
  #starts: number[] | undefined;
  #lines: readonly string[] | undefined;
  #wide: boolean | undefined;

  /** @param content as it is on disk, or as an editor shows it */
  constructor(private readonly content: Uint8Array | string) {
    [this.text, this.#encoding] = typeof content === 'string' ? [content, 'utf-8'] : decode(content);
  }

  /** Its lines without their line breaks. */
  get lines(): readonly string[] {
    if (this.#lines) return this.#lines;
    const starts = this.#lineStarts();
    return (this.#lines = starts.map((_, at) => this.lineOf(at + 1)));
  }

  /** The position of an offset; undefined beyond the end. */
  placeOf(offset: number): { line: number; column: number } | undefined {
    if (offset > this.text.length) return undefined;
    const starts = this.#lineStarts();
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** The offset of a position, or of the line's end without a column. Undefined if there is no such line. */
  offsetOf(line: number, column: number | undefined): number | undefined {
    const start = this.#lineStarts()[line - 1];
    if (start === undefined) return undefined;
    const end = start + this.lineOf(line).length;
    return column === undefined ? end : Math.min(start + column - 1, end + 1, this.text.length);
  }

  /** The text of a line without its line break. */
  lineOf(line: number): string {
    const starts = this.#lineStarts();
    const start = starts[line - 1];
    if (start === undefined) return '';
    let end = starts[line] ?? this.text.length;
    if (starts[line] !== undefined) {
      end -= 1;
      if (this.text.charCodeAt(end) === 10 && end > start && this.text.charCodeAt(end - 1) === 13) end -= 1;
    }
    return this.text.slice(start, end);
  }

  /** Converts a column in code points to UTF-16 units. */
  columnOf(line: number, codePoints: number): number {
    return this.#hasWide() ? unitsOf(this.lineOf(line), codePoints - 1) + 1 : codePoints;
  }

  /** Converts an offset in code points to UTF-16 units. */
  offsetOfCodePoints(codePoints: number): number {
    return this.#hasWide() ? unitsOf(this.text, codePoints) : codePoints;
  }

  /** Converts an offset in bytes to UTF-16 units. A byte order mark counts as bytes but not as text. */
  offsetOfBytes(offset: number): number {
    const bytes = typeof this.content === 'string' ? Buffer.from(this.content) : this.content;
    if (this.text.length === bytes.length || offset > bytes.length) return offset;
    return decodedAs(bytes.subarray(0, offset), this.#encoding).length;
  }

  /**
   * Replaces pieces of the text in the file's bytes; everything else stays the same byte for byte, including a byte order mark and the encoding.
   * @param pieces offsets in the text, which do not overlap
   * @returns undefined if a text cannot be written in the file's encoding
   */
  withReplaced(
    pieces: readonly { readonly start: number; readonly end: number; readonly text: string }[],
  ): Buffer | undefined {
    const bytes = typeof this.content === 'string' ? Buffer.from(this.content) : Buffer.from(this.content);
    // A truncated character at the end cannot be written back.
    if (this.#encoding.startsWith('utf-16') && bytes.length % 2 === 1) return undefined;
    const mark = bytes.length - this.#encoded(this.text).length;
    const parts: Uint8Array[] = [bytes.subarray(0, mark)];
    let [at, byteAt] = [0, mark];
    for (const { start, end, text } of [...pieces].sort((a, b) => a.start - b.start || a.end - b.end)) {
      // A character that Latin-1 lacks would be truncated to a different one.
      if (this.#encoding === 'latin1' && /[^\x00-\xff]/.test(text)) return undefined;
      const from = byteAt + this.#encoded(this.text.slice(at, start)).length;
      parts.push(bytes.subarray(byteAt, from), this.#encoded(text));
      [at, byteAt] = [end, from + this.#encoded(this.text.slice(start, end)).length];
    }
    return Buffer.concat([...parts, bytes.subarray(byteAt)]);
  }

  #encoded(text: string): Buffer {
    if (this.#encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
    return Buffer.from(text, this.#encoding === 'utf-16le' ? 'utf16le' : this.#encoding);
  }

  #hasWide(): boolean {
    return (this.#wide ??= /[\ud800-\udbff]/.test(this.text));
  }

  #lineStarts(): number[] {
    if (this.#starts) return this.#starts;
    const starts = [0];
    const { text } = this;
    // Faster than a regular expression, which a long file would keep an editor waiting for.
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
    }
    return (this.#starts = starts);
  }
}

/** The number of UTF-16 units of `codePoints` code points of a text; beyond its end each counts as one. */
function unitsOf(text: string, codePoints: number): number {
  let units = 0;
  let left = codePoints;
  for (; left > 0 && units < text.length; left -= 1) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return units + Math.max(0, left);
}

function decode(bytes: Uint8Array): [string, 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1'] {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return [decodedAs(bytes, 'utf-16le'), 'utf-16le'];
  if (first === 0xfe && second === 0xff) return [decodedAs(bytes, 'utf-16be'), 'utf-16be'];
  // JSON in UTF-16 without a byte order mark begins with an ASCII character.
  if (first === 0x7b && second === 0) return [decodedAs(bytes, 'utf-16le'), 'utf-16le'];
  if (first === 0 && second === 0x7b) return [decodedAs(bytes, 'utf-16be'), 'utf-16be'];
  try {
    return [new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'utf-8'];
  } catch {
    return [decodedAs(bytes, 'latin1'), 'latin1'];
  }
}

function decodedAs(bytes: Uint8Array, encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1'): string {
  return encoding === 'latin1' ? Buffer.from(bytes).toString('latin1') : new TextDecoder(encoding).decode(bytes);
}
