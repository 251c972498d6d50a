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
import { compareOrder, readOrder, type ReadResult } from './messages';

/** What makes ast-grep ignore a line: it searches a copy of the file in which it does not. */
const ignoreComment = 'ast-grep-ignore';

export { ready } from '../engine/workerScript';

const needs = new Map<string, readonly Needs[]>();
const tables = new Map<string, Readonly<Record<string, NeedTable>>>();

/** Reads a batch of files. */
export function read(order: unknown): ReadResult {
  const { root, paths, folder, pack } = readOrder.parse(order);
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
      const plain = isUtf8(content) && !hasLoneReturn(content) && !content.includes(ignoreComment);
      const rules = pack && needsOf(path, folder, pack);
      const text = plain || !rules || rules.length === 0 ? content : Buffer.from(decodeSource(content));
      return {
        hash: hashOf(content),
        read: started,
        isPlain: plain,
        ...(rules && { rules: rules.flatMap((one) => one.rulesFor(text)).map(numberOf) }),
      };
    } catch (error) {
      return errorCode(error) ?? errorMessage(error);
    }
  });
  return { rules: [...numbers.keys()], files };
}

/** Checks which files of a batch are unchanged. */
export function compare(order: unknown): boolean[] {
  const { root, files } = compareOrder.parse(order);
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

/**
 * What a file must contain for the rules of its language and of embedded languages.
 * @returns undefined if that cannot be read
 */
function needsOf(path: string, folder: string, pack: RulePack): readonly Needs[] | undefined {
  const language = languageOf(path) ?? '';
  const version = `${folder}\0${pack.version}`;
  const key = `${version}\0${language}`;
  const known = needs.get(key);
  if (known) return known;
  try {
    const parts = pack.languages[language] ?? [];
    const table = tables.get(version) ?? readTables(folder);
    tables.set(version, table);
    const made = parts.flatMap((part) => (table[part] ? new Needs(table[part]) : []));
    needs.set(key, made);
    return made;
  } catch {
    return undefined; // ast-grep reports that; the other analyzers do not need its rules.
  }
}

/** @throws if it cannot be read */
function readTables(folder: string): Readonly<Record<string, NeedTable>> {
  return needTables.parse(readJsonAssetSync(join(folder, 'needs.json')));
}
