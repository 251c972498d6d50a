import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonAssetSync } from '../../base/asset';
import { errorCode, errorMessage } from '../../base/errors';
import { languageOf } from '../rulePack/languages';
import { Needs, needTables, type NeedTable } from '../rulePack/needs';
import type { RulePack } from '../rulePack/rulePack';
import { fileStamp } from '../../sources/fileStamp';
import { decodeSource, readBytes } from '../engine/readSource';
import { compareTask, matchTask, readTask, type MatchResult, type ReadResult } from './messages';

/** What makes ast-grep ignore a line: it searches a copy of the file in which it does not. */
const ignoreComment = 'ast-grep-ignore';

export { ready } from '../engine/workerScript';

/** What files must contain for rules to match: by version of the rules, as read, and by language. */
const sets = new Map<
  string,
  { readonly table: Readonly<Record<string, NeedTable>>; readonly needs: Map<string, readonly Needs[]> }
>();

/** Reads a batch of files. */
export function read(task: unknown): ReadResult {
  const { root, paths, folder, pack } = readTask.parse(task);
  const numbers = new Map<string, number>();
  const numberOf = (rule: string) => {
    const number = numbers.get(rule) ?? numbers.size;
    numbers.set(rule, number);
    return number;
  };
  const files = paths.map((path) => {
    try {
      const started = Date.now();
      const content = readBytes(join(root, path));
      const isPlain = isRead(content);
      const rules = pack && needsOf(path, `${folder}\0${pack.version}`, pack, () => readTables(folder));
      return {
        hash: hashOf(content),
        read: started,
        isPlain,
        ...(rules && { rules: rulesIn(content, isPlain, rules).map(numberOf) }),
      };
    } catch (error) {
      return errorCode(error) ?? errorMessage(error);
    }
  });
  return { rules: [...numbers.keys()], files };
}

/** Finds the rules of a team that can match in files. */
export function match(task: unknown): MatchResult {
  const { root, paths, version, pack, needs: own } = matchTask.parse(task);
  return paths.map((path) => {
    try {
      const content = readBytes(join(root, path));
      const isPlain = isRead(content);
      return { isPlain, rules: rulesIn(content, isPlain, needsOf(path, version, pack, () => own) ?? []) };
    } catch (error) {
      return errorCode(error) ?? errorMessage(error);
    }
  });
}

/** Whether ast-grep can read the file unchanged. */
function isRead(content: Buffer): boolean {
  return isUtf8(content) && !hasLoneReturn(content) && !content.includes(ignoreComment);
}

function rulesIn(content: Buffer, isPlain: boolean, rules: readonly Needs[]): string[] {
  const text = isPlain || rules.length === 0 ? content : Buffer.from(decodeSource(content));
  return rules.flatMap((one) => one.rulesFor(text));
}

/** Checks which files of a batch are unchanged. */
export function compare(task: unknown): boolean[] {
  const { root, files } = compareTask.parse(task);
  return files.map(({ path, stamp, hash }) => {
    try {
      if (fileStamp(lstatSync(join(root, path))).text !== stamp) return false;
      return hash === undefined || hashOf(readBytes(join(root, path))) === hash;
    } catch {
      return false; // Gone or no longer readable, so it has changed.
    }
  });
}

/** Whether a lone carriage return ends a line, as it does in an editor. */
function hasLoneReturn(content: Buffer): boolean {
  for (let at = content.indexOf(13); at >= 0; at = content.indexOf(13, at + 1)) if (content[at + 1] !== 10) return true;
  return false;
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Rule sets to remember: the built-in rules, and those of the scanned teams. */
const maxVersions = 8;

/**
 * What a file must contain for the rules of its language and of embedded languages.
 * @param version identifies the rules
 * @returns undefined if that cannot be read
 */
function needsOf(
  path: string,
  version: string,
  pack: RulePack,
  read: () => Readonly<Record<string, NeedTable>>,
): readonly Needs[] | undefined {
  const language = languageOf(path) ?? '';
  try {
    let known = sets.get(version);
    if (!known) {
      const [oldest] = sets.keys();
      if (sets.size >= maxVersions && oldest !== undefined) sets.delete(oldest);
      known = { table: read(), needs: new Map() };
      sets.set(version, known);
    }
    const { table, needs } = known;
    const made =
      needs.get(language) ??
      (pack.languages[language] ?? []).flatMap((part) => (table[part] ? new Needs(table[part]) : []));
    needs.set(language, made);
    return made;
  } catch {
    return undefined; // ast-grep reports that; the other analyzers do not need its rules.
  }
}

/** @throws if it cannot be read */
function readTables(folder: string): Readonly<Record<string, NeedTable>> {
  return needTables.parse(readJsonAssetSync(join(folder, 'needs.json')));
}
