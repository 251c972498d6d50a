/** Finds the line of an offset in a text. */
export class LineStarts {
  readonly #starts = [0];

  constructor(text: string) {
    for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) this.#starts.push(index + end.length);
  }

  /** The line of an offset, from 1. */
  at(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** The offset at which a line starts; {@link count} is the number of lines. */
  start(line: number): number {
    return this.#starts[line - 1] ?? Infinity;
  }

  get count(): number {
    return this.#starts.length;
  }
}
