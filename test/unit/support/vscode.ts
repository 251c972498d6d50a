/**
 * The parts of VS Code that the texts in src/ui need, for tests that run without it (esbuild substitutes it for `vscode` there). It looks
 * up and formats texts like `vscode.l10n.t`.
 */
let bundle: Readonly<Record<string, string>> = {};

/** Switches to another language. @param texts by their English text, as in l10n/bundle.l10n.<language>.json */
export function speak(language: string, texts: Readonly<Record<string, string>>): void {
  env.language = language;
  bundle = texts;
}

export const env = { language: 'en' };

export const l10n = {
  t(message: string, ...args: (string | number)[]): string {
    const text = bundle[message] ?? message;
    return args.length === 0
      ? text
      : text.replace(/\{(\d+)\}/g, (whole, index: string) => args[Number(index)]?.toString() ?? whole);
  },
};
