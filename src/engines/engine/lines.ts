/** The lines of a text. Lines and columns count from 1, columns and offsets in UTF-16 units. */
export class Lines {
  readonly #starts: number[] = [0];
  readonly #end: number;

  constructor(source: string) {
    this.#end = source.length;
    for (const { index, 0: text } of source.matchAll(/\r\n|\n|\r/g)) this.#starts.push(index + text.length);
  }

  /** The offset at which a line begins, or the end of the text. */
  offset(line: number): number {
    return line < 1 ? 0 : (this.#starts[line - 1] ?? this.#end);
  }

  at(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
