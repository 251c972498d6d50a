import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes compiled rules as ast-grep reads them: `rules/<Language>/rules.yml`, the matchers that they share in `utils/<Language>/` and, for a narrow search,
 * `narrow/<Language>/`, and `sgconfig.yml` for all languages; `rules.json` as it is.
 * @param {string} compiled the output of compileRules.mjs
 * @param {string} folder
 */
export async function writeLooseRules(compiled, folder) {
  const json = async (name) => JSON.parse(await readFile(join(compiled, `${name}.json`), 'utf8'));
  const { languageGlobs } = await json('languages');
  for (const [language, { rules, utils, narrow }] of Object.entries(await json('patterns'))) {
    const write = async (kind, files) => {
      await mkdir(join(folder, kind, language), { recursive: true });
      for (const [name, text] of Object.entries(files))
        await writeFile(join(folder, kind, language, `${name}.yml`), text);
    };
    await write('rules', { rules: Object.values(rules).join('---\n') });
    await write('utils', utils);
    await write('narrow', { ...utils, ...narrow });
  }
  const config = { ruleDirs: ['rules'], utilDirs: ['utils'], languageGlobs };
  await writeFile(join(folder, 'sgconfig.yml'), JSON.stringify(config));
  if (compiled !== folder) await cp(join(compiled, 'rules.json'), join(folder, 'rules.json'));
}
