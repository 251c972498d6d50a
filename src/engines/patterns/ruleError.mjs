/**
 * Extracts from an ast-grep error about a rule what is wrong, and the affected line of the rule's file.
 * @param {string} message written by the program or the WebAssembly
 * @param {string} text of the file
 * @param {number} [from] the line where the rule starts
 * @returns {{ line: number, reason: string }}
 */
export function ruleError(message, text, from = 1) {
  const causes = message
    .split('\n')
    .filter((line) => line.startsWith('╰▻'))
    .map((line) => line.slice(2).trim());
  // The WebAssembly writes all causes on one line.
  const reason =
    causes.at(-1) ??
    message
      .trim()
      .split(/: (?=[A-Z`])/)
      .at(-1) ??
    '';
  const [, expression, wrong] = /regex parse error:\n\s+(.+)\n[^]*?\nerror: (.+)/.exec(message) ?? [];
  const named = expression ?? /unknown \w+ `(.+?)`|`(.+?)`|invalid field (\w+)/.exec(reason)?.slice(1).find(Boolean);
  const lines = text.split('\n');
  const after = (/** @type {(line: string) => boolean} */ fits) =>
    lines.findIndex((line, at) => at >= from - 1 && fits(line));
  const at = named === undefined ? -1 : after((line) => line.includes(named));
  const line = at < 0 ? after((one) => one.startsWith('rule:')) : at;
  const what = expression === undefined ? reason : `regular expression ${expression}: ${wrong}`;
  return { line: line < 0 ? from : line + 1, reason: what };
}
