import type { FileText } from '../../base/fileText';
import { FileSecrets } from '../../findings/secrets/maskIssue';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import { snippetOf } from '../../findings/secrets/snippet';
import type { Span } from '../../findings/secrets/spans';

/** Up to this length, all of a file is searched for secrets, which takes a few milliseconds; in a longer one, only what is near. In UTF-16 units. */
const maxSearched = 50_000;
/** Lines before and after that are searched in a longer file: a private key has about fifty. */
const near = 60;
/** Lines of a longer file that are searched together, besides those before and after. */
const together = 240;
/** How much of each of those is searched. */
const maxLine = 400;
/** How much of a long line is looked at around a column. */
const maxAround = 5_000;

/** Lines of a file, with its secrets masked. */
export class MaskedCode {
  static readonly #known = new WeakMap<FileText, MaskedCode>();
  #all: FileSecrets | undefined;
  /** Of a long file, by the first line of the part that was searched. */
  readonly #parts = new Map<number, FileSecrets>();

  private constructor(private readonly file: FileText) {}

  /** The same for the same text, so that it is searched for secrets once. */
  static of(file: FileText): MaskedCode {
    const known = MaskedCode.#known.get(file) ?? new MaskedCode(file);
    MaskedCode.#known.set(file, known);
    return known;
  }

  /** Searches the code around a line for secrets, which takes a few milliseconds. @returns false if that had been done */
  prepare(line: number): boolean {
    const isDone = this.#isShort ? this.#all !== undefined : this.#parts.has(firstNear(line));
    if (!isDone) this.#secretsNear(line);
    return !isDone;
  }

  /** A line (from 1), trimmed and cut around a column. */
  line(line: number, column = 1): string {
    const whole = this.file.lineOf(line);
    if (whole.length > 2 * maxAround) {
      const from = Math.max(0, column - 1 - maxAround);
      return this.#secretsNear(line).hide(snippetOf(whole.slice(from, column - 1 + maxAround), column - from));
    }
    return snippetOf(whole, column, this.#isShort ? this.#secretsNear(line).of(line) : this.#spansOf(line));
  }

  /** A text with the lines around this one. */
  hide(text: string, line: number): string {
    return maskSecrets(this.#secretsNear(line).hide(text));
  }

  get #isShort(): boolean {
    return this.file.text.length <= maxSearched;
  }

  #spansOf(line: number): Span[] {
    return this.#secretsNear(line).of(line - firstNear(line) + 1);
  }

  #secretsNear(line: number): FileSecrets {
    if (this.#isShort) return (this.#all ??= new FileSecrets(this.file.text));
    const first = firstNear(line);
    const known = this.#parts.get(first);
    if (known) return known;
    const lines: string[] = [];
    for (let at = first; at < first + together + 2 * near; at += 1) lines.push(this.file.lineOf(at).slice(0, maxLine));
    const made = new FileSecrets(lines.join('\n'));
    this.#parts.set(first, made);
    return made;
  }
}

/** The first line of the part of a long file that holds a line and at least {@link near} lines around it. */
function firstNear(line: number): number {
  return Math.max(1, Math.floor(line / together) * together - near);
}
