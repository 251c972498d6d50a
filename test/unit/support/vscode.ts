/**
 * What the words of src/ui need of VS Code, for tests that run without it (esbuild puts it in the place of `vscode` there). It fills in and looks
 * up as `vscode.l10n.t` does.
 */
let bundle: Readonly<Record<string, string>> = {};

/** Answers in another language from here on. @param texts by their English text, as in l10n/bundle.l10n.<language>.json */
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
