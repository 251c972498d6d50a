import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../../base/tempFolder';
import { languageOf } from '../rulePack/languages';
import { astGrepMatch } from './match';
import { searchFiles } from './pass';
import { findProgram } from './program';
import { readRulePack } from '../rulePack/rulePack';

/** Excludes files that are mostly templates, and Dockerfiles, which are parsed as shell scripts. */
const left = new Set(['Bash', 'Html', 'Css']);
/** CPU time that one file may take ast-grep's own program, in ms. */
const fileBudget = 5_000;

/**
 * Counts the syntax errors in files. Grammars do not cover all of a language, so a count is only meaningful compared with another count of
 * the same file.
 * @param assets the folder of the built files (dist)
 * @param paths below the root; those in a language without a grammar are skipped
 * @returns by path; no entry for a file that took too long, or if ast-grep is not available
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
    // A YAML parser reads JSON, too.
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
      const task = { program, config, root, budgetMs: fileBudget, signal, onLine };
      // The limit of a command line.
      const some = open.slice(0, 200);
      const { done, culprit } = await searchFiles({ ...task, files: some });
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
