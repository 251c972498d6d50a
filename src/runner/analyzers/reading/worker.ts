// Runs in a worker thread that piscina starts.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage } from '../../../base/errors';
import { languageOf } from '../astGrep/languages';
import { Needs, needTable } from '../astGrep/needs';
import { fileStamp } from '../cached/fileStamp';
import { yieldThread } from '../priority';
import { decodeSource } from '../readSource';
import { compareOrder, readOrder, type ReadOrder, type ReadResult } from './messages';

yieldThread();

const needs = new Map<string, readonly Needs[]>();

/** Reads a batch of files. Piscina calls it by its name. */
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
      const content = readFileSync(join(root, path));
      const plain = isUtf8(content);
      const language = languageOf(path);
      const rules = language === undefined ? [] : needsOf(language, folder, pack);
      const text = plain || rules.length === 0 ? content : Buffer.from(decodeSource(content));
      return {
        hash: createHash('sha256').update(content).digest('hex'),
        read: started,
        isUtf8: plain,
        rules: rules.flatMap((one) => one.rulesFor(text)).map(numberOf),
      };
    } catch (error) {
      return errorCode(error) ?? errorMessage(error);
    }
  });
  return { rules: [...numbers.keys()], files };
}

/** Says of a batch of files whether they have stayed as they were. Piscina calls it by its name. */
export function compare(order: unknown): boolean[] {
  const { root, files } = compareOrder.parse(order);
  return files.map(({ path, stamp, hash }) => {
    try {
      if (fileStamp(lstatSync(join(root, path))).text !== stamp) return false;
      return (
        hash === undefined ||
        createHash('sha256')
          .update(readFileSync(join(root, path)))
          .digest('hex') === hash
      );
    } catch {
      return false; // Gone, or not ours to read any more: changed, in any case.
    }
  });
}

/** What files of a language must hold for its rules, and for those of what stands inside such files. */
function needsOf(language: string, folder: string, pack: ReadOrder['pack']): readonly Needs[] {
  const key = `${folder}\0${pack.version}\0${language}`;
  const known = needs.get(key);
  if (known) return known;
  const parts = pack.languages[language] ?? [];
  const made = parts.map(
    (part) => new Needs(needTable.parse(JSON.parse(readFileSync(join(folder, 'rules', part, 'needs.json'), 'utf8')))),
  );
  needs.set(key, made);
  return made;
}
