import { join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { FileText } from '../../base/fileText';
import { groupBy } from '../../base/groupBy';
import type { FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';
import type { AnalyzerRun } from '../engine/engine';
import { readBytes } from '../engine/readSource';
import type { RuleTable } from '../rulePack/rulePack';
import { toOriginal } from './languageRules';
import { Marks } from './markers';
import { astGrepMatch, fixOf, issueOf, type AstGrepMatch } from './match';
import { searchFiles, type PassEnd } from './pass';
import type { Program } from './program';

/** CPU time that one file may take ast-grep's own program, in ms. */
export const fileBudget = 2_000;
/** More findings of one rule in one file say nothing new. */
const maxPerRuleAndFile = 50;

/** A file that ast-grep did not finish, and why. */
export type Culprit = NonNullable<PassEnd['culprit']>;

/** One ast-grep search, with the rules of one configuration. */
export interface Search {
  readonly program: Program;
  /** Path of ast-grep's configuration. */
  readonly config: string;
  readonly table: RuleTable;
  /** Called with a line of output that is not a match; throws if there are too many. */
  readonly onGarbage: (line: string) => void;
  readonly onDone?: (file: SourceFile) => void;
  /** Whether to leave a finding out, by ast-grep's ID of its rule. */
  readonly leavesOut?: (match: AstGrepMatch) => boolean;
  /**
   * Called for a file that takes too long, writes too much or crashes the program.
   * @param again searches it with another configuration; it returns why it did not finish either, if so
   * @returns 'stop' to search no further files
   */
  readonly onCulprit: (
    culprit: Culprit,
    again: (config: string) => Promise<Culprit | undefined>,
  ) => Promise<'stop' | undefined>;
}

/**
 * Searches files and reports what is found.
 * @returns the paths that were not searched because it was stopped
 * @throws as {@link searchFiles}
 */
export async function search(run: AnalyzerRun, files: readonly SourceFile[], how: Search): Promise<string[]> {
  if (files.length === 0) return [];
  const { program, table, onGarbage } = how;
  const allowed = new Set(files.map((file) => file.path));
  const open = new Map(files.map((file) => [file.path, file]));
  let current = '';
  const onFile = (path: string) => {
    const before = open.get(current);
    // A file that is searched again counts once.
    open.delete(current);
    current = path;
    if (before) how.onDone?.(before);
  };
  const marks = new Marks();
  const counts = new Map<string, number>();
  const held: { match: AstGrepMatch; issue: FoundIssue }[] = [];
  const onLine = (line: string) => {
    if (line === '') return undefined;
    const match = parseMatch(toOriginal(line));
    if (match && marks.take(match)) return undefined;
    const issue = match && issueOf(match, table);
    if (!issue || !allowed.has(issue.file)) {
      onGarbage(line);
      return undefined;
    }
    if (how.leavesOut?.(match)) return issue.file;
    const key = `${issue.rule_id}\0${issue.file}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count === maxPerRuleAndFile + 1)
      run.gap(
        'findings_left_out',
        `Only the first ${maxPerRuleAndFile} findings of each rule in a file are reported.`,
        [issue.file],
      );
    if (count > maxPerRuleAndFile) return issue.file;
    const isPlain = match.replacement === undefined && table[match.ruleId]?.fix?.code === undefined;
    if (isPlain) run.issues([issue]);
    else held.push({ match, issue });
    return issue.file;
  };
  // A file that takes too long or crashes the program is skipped on its own: the files before it are done, and those after it get another run.
  let left = files.map(({ path }) => path);
  const pass = { program, root: run.root, budgetMs: fileBudget, signal: run.signal, onLine, onFile };
  try {
    while (left.length > 0) {
      const { done, culprit, warnings } = await searchFiles({ ...pass, config: how.config, files: left });
      for (const line of warnings.slice(0, 20)) run.log('warning', line.trim());
      const gone = new Set([...done, culprit?.path]);
      left = left.filter((path) => !gone.has(path));
      const again = async (other: string) =>
        culprit && (await searchFiles({ ...pass, config: other, files: [culprit.path] })).culprit;
      if (culprit && (await how.onCulprit(culprit, again)) === 'stop') break;
    }
  } finally {
    // Including those of a canceled run: what was found is kept.
    reportWithContent(run, held, table);
  }
  for (const file of files) for (const { kind, reason } of marks.gapsOf(file)) run.gap(kind, reason, [file.path]);
  return left;
}

/** Reports the findings that need the file's content, since a fix is given in lines and columns. */
function reportWithContent(
  run: AnalyzerRun,
  found: readonly { match: AstGrepMatch; issue: FoundIssue }[],
  table: RuleTable,
): void {
  for (const [file, list] of groupBy(found, ({ issue }) => issue.file)) {
    let content: FileText | undefined;
    try {
      content = new FileText(readBytes(join(run.root, file)));
    } catch (error) {
      run.log('warning', `The fixes for ${file} were left out: ${errorCode(error) ?? errorMessage(error)}`);
    }
    if (!content) {
      run.issues(list.map(({ issue }) => issue));
      continue;
    }
    for (const { match, issue } of list) run.issues([{ ...issue, ...fixOf(match, table, content) }]);
  }
}

function parseMatch(line: string): AstGrepMatch | undefined {
  try {
    return astGrepMatch.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
