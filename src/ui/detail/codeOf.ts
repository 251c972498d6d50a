import type { FileText } from '../../base/fileText';
import { FileSecrets } from '../../findings/secrets/maskIssue';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import { snippetOf } from '../../findings/secrets/snippet';

/** Up to this length, a whole file is searched for secrets; in a longer one, only the surroundings. In UTF-16 units. */
const maxSearched = 200_000;
/** Number of lines before and after to search in a longer file: a private key has about fifty. */
const near = 60;

/** Lines of a file, with its secrets masked. */
export class MaskedCode {
  #all: FileSecrets | undefined;

  constructor(private readonly file: FileText) {}

  /** A line (from 1), trimmed and cut around a column. */
  line(line: number, column?: number): string {
    const text = this.file.lineOf(line);
    return snippetOf(text, column, this.#secretsNear(line).of(this.#isShort ? line : Math.min(line, near + 1)));
  }

  /** A text with the lines around this one. */
  hide(text: string, line: number): string {
    return maskSecrets(this.#secretsNear(line).hide(text));
  }

  get #isShort(): boolean {
    return this.file.text.length <= maxSearched;
  }

  #secretsNear(line: number): FileSecrets {
    if (this.#isShort) return (this.#all ??= new FileSecrets(this.file.text));
    const lines: string[] = [];
    for (let at = Math.max(1, line - near); at <= line + near; at += 1)
      lines.push(this.file.lineOf(at).slice(0, 10_000));
    return new FileSecrets(lines.join('\n'));
  }
}
