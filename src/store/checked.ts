import type { CheckAnswer, Issue } from '../protocol';
import { covers } from './scope';

/** The findings in a file after it was saved. They are valid until a scan that was started later covers the file. */
export interface CheckedFile {
  readonly path: string;
  readonly issues: readonly Issue[];
  /** The analyzers that reported these findings. Those of other analyzers in the file are still valid. */
  readonly analyzers: readonly string[];
  /** When it was checked, by this window's clock (`Date.now()`). */
  readonly at: number;
}

/** By path. */
export type CheckedFiles = ReadonlyMap<string, CheckedFile>;
/** By folder. */
export type CheckedState = ReadonlyMap<string, CheckedFiles>;
export const nothingChecked: CheckedFiles = new Map();

/** The files of a response, including those that a scan would skip, which no longer have findings. */
export function checkedFiles({ files, left_out, analyzers }: CheckAnswer, at: number): CheckedFile[] {
  const all = [...files, ...left_out.map((path) => ({ path, issues: [] }))];
  return all.map(({ path, issues }) => ({ path, issues, analyzers, at }));
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

/** A later check, merged with the findings of an earlier one by analyzers that the later one does not cover. */
function together(file: CheckedFile, before: CheckedFile | undefined): CheckedFile {
  const others = before?.analyzers.filter((id) => !file.analyzers.includes(id)) ?? [];
  if (!before || others.length === 0) return file;
  const kept = before.issues.filter((issue) => !isOf(issue, file.analyzers));
  return { ...file, issues: [...file.issues, ...kept], analyzers: [...file.analyzers, ...others] };
}

/** Whether a finding of an earlier scan is still valid, although its file has been checked since. */
export function standsBeside(issue: Issue, checked: CheckedFiles): boolean {
  const file = checked.get(issue.file);
  return !file || !isOf(issue, file.analyzers);
}

function isOf({ tool, also_found_by = [] }: Issue, analyzers: readonly string[]): boolean {
  return [tool, ...also_found_by].some((id) => analyzers.includes(id));
}
