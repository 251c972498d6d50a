import type { CheckAnswer, Issue } from '../protocol';
import { covers } from './scope';

/** A finding, and when its file was looked at, by this window's clock (`Date.now()`): it is about the file as it was then. */
export interface CheckedIssue {
  readonly issue: Issue;
  readonly at: number;
}

/** The findings in a file after it was saved. They are current until a scan that was started later covers the file. */
export interface CheckedFile {
  readonly path: string;
  readonly found: readonly CheckedIssue[];
  /** The analyzers whose findings in the file these are. What others found in it still stands. */
  readonly analyzers: readonly string[];
  /** Those of them that did not look at all files that may lead into it. Earlier findings of theirs that depend on other files stay. */
  readonly alone: readonly string[];
  /** When it was last checked. */
  readonly at: number;
}

/** By path. */
export type CheckedFiles = ReadonlyMap<string, CheckedFile>;
/** By folder. */
export type CheckedState = ReadonlyMap<string, CheckedFiles>;
export const nothingChecked: CheckedFiles = new Map();

/** The files of an answer, those that no scan would read included: nothing is found in them any more. */
export function checkedFiles(
  { files, left_out, analyzers }: Pick<CheckAnswer, 'files' | 'left_out' | 'analyzers'>,
  at: number,
): CheckedFile[] {
  const all = [...files, ...left_out.map((path) => ({ path, issues: [], alone: false }))];
  return all.map(({ path, issues, alone }) => ({
    ...{ path, analyzers, at },
    found: issues.map((issue) => ({ issue, at })),
    alone: alone ? analyzers : [],
  }));
}

/** The state after files of a folder were checked. */
export function withChecked(state: CheckedState, folder: string, checked: readonly CheckedFile[]): CheckedState {
  const files = new Map(state.get(folder));
  for (const file of checked) files.set(file.path, together(file, files.get(file.path)));
  return new Map(state).set(folder, files);
}

/** The state after a scan of a folder has completed. @param since when it was started, by this window's clock */
export function withoutScanned(
  state: CheckedState,
  folder: string,
  { since, include }: { since: number; include: readonly string[] | undefined },
): CheckedState {
  const files = state.get(folder);
  const left = [...(files ?? [])].filter(([path, { at }]) => at > since || !covers(include, path));
  return files === undefined || left.length === files.size ? state : new Map(state).set(folder, new Map(left));
}

/** The state with only these folders. */
export function inFolders(state: CheckedState, folders: ReadonlySet<string>): CheckedState {
  const left = [...state].filter(([folder]) => folders.has(folder));
  return left.length === state.size ? state : new Map(left);
}

/** A later check, with what an earlier one found that the later one does not speak for. */
function together(file: CheckedFile, before: CheckedFile | undefined): CheckedFile {
  if (!before) return file;
  const isOther = (id: string) => !file.analyzers.includes(id);
  return {
    ...file,
    found: [...file.found, ...before.found.filter(({ issue }) => standsIn(issue, file))],
    analyzers: [...file.analyzers, ...before.analyzers.filter(isOther)],
    alone: [...file.alone, ...before.alone.filter(isOther)],
  };
}

/** Whether a finding of an earlier scan is still valid, although its file has been checked since. */
export function isStillValid(issue: Issue, checked: CheckedFiles): boolean {
  const file = checked.get(issue.file);
  return !file || standsIn(issue, file);
}

/** Whether an earlier finding still stands after a check of its file. */
function standsIn(issue: Issue, file: CheckedFile): boolean {
  if (file.found.some((one) => isSame(one.issue, issue))) return false;
  if (!isOf(issue, file.analyzers)) return true;
  const isFromOthers = issue.flow?.some((step) => step.file !== issue.file) === true;
  return isFromOthers && isOf(issue, file.alone);
}

/** Whether a finding is an earlier one of its file, or a part of it. */
function isSame(found: Issue, earlier: Issue): boolean {
  if (found.fingerprint !== undefined && found.fingerprint === earlier.fingerprint) return true;
  return found.snippet !== undefined && found.snippet === earlier.snippet && isOf(earlier, [found.tool]);
}

function isOf({ tool, also_found_by = [] }: Issue, analyzers: readonly string[]): boolean {
  return [tool, ...also_found_by].some((id) => analyzers.includes(id));
}
