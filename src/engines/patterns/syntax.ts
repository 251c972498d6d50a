import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../../base/tempFolder';
import { languageOf } from '../rulePack/languages';
import { astGrepMatch } from './match';
import { searchFiles } from './pass';
import { findProgram } from './program';
import { readRulePack } from '../rulePack/rulePack';

/** Not of files that are templates for the most part, nor of Dockerfiles, which are read as shell scripts. */
const left = new Set(['Bash', 'Html', 'Css']);
/** How long one file may take ast-grep's own program, in ms of CPU time. */
const fileBudget = 5_000;

/**
 * Counts the places at which files are not of their language. Grammars do not know every word of a language, so that a count says something beside another of
 * the same file only.
 * @param assets the folder of the built files (dist)
 * @param paths below the root; those in a language without a grammar are left out
 * @returns by path; nothing of a file that was too much work, or where there is no ast-grep
 * @throws the signal's reason; CodedError when ast-grep cannot be used
 */
export async function syntaxErrors(
  assets: string,
  root: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const files = paths.filter((path) => !left.has(languageOf(path) ?? 'Bash'));
  const folder = join(assets, 'ast-grep');
  const program = files.length > 0 ? await findProgram(folder, { folder: root, rulesets: [] }, signal) : undefined;
  if (!program) return counts;
  const scratch = makeTempFolder('syntax');
  try {
    const { languageGlobs } = await readRulePack(folder);
    const languages = [...new Set(files.flatMap((path) => languageOf(path) ?? []))];
    const rules = languages.map((language) =>
      JSON.stringify({
        id: `error-${language}`,
        language,
        severity: 'warning',
        message: 'error',
        rule: { kind: 'ERROR' },
      }),
    );
    const config = join(scratch, 'sgconfig.yml');
    await mkdir(join(scratch, 'rules'));
    // YAML reads JSON.
    await writeFile(join(scratch, 'rules', 'rules.yml'), rules.join('\n---\n'));
    await writeFile(config, JSON.stringify({ ruleDirs: ['rules'], languageGlobs }));
    const onLine = (line: string) => {
      const match = line === '' ? undefined : astGrepMatch.parse(JSON.parse(line));
      const file = match?.file.replaceAll('\\', '/').replace(/^\.\//, '');
      if (file !== undefined) counts.set(file, (counts.get(file) ?? 0) + 1);
      return file;
    };
    let open = files;
    while (open.length > 0) {
      const order = { program, config, root, budgetMs: fileBudget, signal, onLine };
      // A command line takes so much.
      const some = open.slice(0, 200);
      const { done, culprit } = await searchFiles({ ...order, files: some });
      for (const file of done) counts.set(file, counts.get(file) ?? 0);
      if (culprit) counts.delete(culprit.path);
      const gone = new Set([...done, culprit?.path]);
      open = open.filter((file) => !gone.has(file));
    }
    return counts;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
