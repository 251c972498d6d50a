import { compareVersions } from '../packages/versions';
import { type TextEdit, type Update, type WantedUpdate } from './edits';
import { raisedClauses } from './ranges';

/** Gemfile: the requirements after a gem's name, which are separate strings. https://bundler.io/man/gemfile.5.html */
export function updateGemfile({ dependency, to, files, manifests }: WantedUpdate): Update | undefined {
  const { name } = dependency;
  const escaped = name.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  const gem = new RegExp(
    String.raw`^[ \t]*gem[ \t]*\(?[ \t]*(["'])${escaped}\1((?:[ \t]*,\s*(?:(["'])[^"'\n#]*\3|\[[^\]\n]*\]))*)`,
    'gm',
  );
  const edits: TextEdit[] = [];
  const asking: string[] = [];
  for (const file of manifests) {
    const source = files.read(file) ?? '';
    for (const match of source.matchAll(gem)) {
      const [whole, quote = '"', requirements = ''] = match;
      const end = match.index + whole.length;
      const start = end - requirements.length;
      const strings = [...requirements.matchAll(/(["'])([^"']*)\1/g)];
      if (strings.some(([, , text = '']) => /[^\w\s.<>=~!-]/.test(text))) continue;
      asking.push(file);
      const lower = strings.filter(([, , text = '']) => !/^\s*(?:<|!=)/.test(text));
      const isDone = lower.some(
        ([, , text = '']) => compareVersions('RubyGems', text.replace(/^[\s~>=]+/, ''), to) >= 0,
      );
      if (isDone) continue;
      if (lower.length === 0) {
        edits.push({ file, start, end: start, text: `, ${quote}>= ${to}${quote}` });
        continue;
      }
      for (const string of strings) {
        const text = string[2] ?? '';
        const raised = /^\s*\d/.test(text) ? to : raisedClauses(text, to, 'RubyGems');
        // An upper bound that stays leaves nothing to raise.
        const made = /^\s*(?:<|!=)/.test(text) ? raised.replace(/^>=[^,]*,\s*/, '') : raised;
        const at = start + string.index + 1;
        if (made !== text) edits.push({ file, start: at, end: at + text.length, text: made });
      }
    }
  }
  return asking.length > 0 ? { edits, manifests: [...new Set(asking)] } : undefined;
}
