import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextBounded } from '../../base/boundedFile';
import { errorCode, errorMessage } from '../../base/errors';
import type { PolicyProblem } from '../../protocol';
import { checkPolicyFolder, policyFolder } from './policyFolder';

/** A file with a team's rules or models. Its content is never executed. */
export interface CustomFile {
  readonly kind: 'rule' | 'model';
  /** As shown to users: relative to the scanned folder, or prefixed by the rule pack's name. '/'-separated. */
  readonly file: string;
  readonly text: string;
  /** The text of the `_utils.yml` next to it: matchers that its rules can use. */
  readonly utils?: string;
}

export interface CustomFiles {
  readonly files: readonly CustomFile[];
  readonly problems: readonly PolicyProblem[];
}

/** A folder with rules and models that the user specified. */
export interface RulePackFolder {
  readonly path: string;
  /** As the user wrote it. */
  readonly name: string;
}

/** Limits for each folder: nobody writes that much by hand. */
const maxFiles = 1_000;
const maxDepth = 5;
const maxBytes = 256 * 1024;

export const sharedMatchers = '_utils.yml';

/** Whether a path in a scanned folder is that of a custom rule or model; `_utils.yml` is neither. */
export function customKindOf(path: string): CustomFile['kind'] | undefined {
  const [, kind, name] = /^\.codeagent\/(rules|models)\/(?:.*\/)?([^/]+\.ya?ml)$/.exec(path) ?? [];
  if (kind === undefined || name === sharedMatchers) return undefined;
  return kind === 'rules' ? 'rule' : 'model';
}

/** Reads the custom rules and models of a scanned folder, and those of rule packs. Never throws: unreadable files are problems. */
export async function readCustomFiles(root: string, packs: readonly RulePackFolder[]): Promise<CustomFiles> {
  const reader = new Reader();
  let isFolder = true;
  try {
    await checkPolicyFolder(root);
  } catch {
    isFolder = false; // The configuration's reader reports this.
  }
  if (isFolder)
    for (const [folder, kind] of [
      ['rules', 'rule'],
      ['models', 'model'],
    ] as const)
      await reader.read(join(root, policyFolder), folder, policyFolder, () => kind);
  for (const { path, name } of packs) await reader.readPack(path, name);
  return reader;
}

class Reader implements CustomFiles {
  readonly files: CustomFile[] = [];
  readonly problems: PolicyProblem[] = [];

  /** Reads a folder if it exists. */
  async read(parent: string, folder: string, name: string, kindOf: (path: string, text: string) => CustomFile['kind']) {
    const entries = await readdir(parent, { withFileTypes: true }).catch((error: unknown) => {
      if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) this.#addProblem(name, cannotBeRead(error));
      return [];
    });
    const entry = entries.find((one) => one.name === folder);
    if (entry?.isDirectory()) await this.#walk(join(parent, folder), `${name}/${folder}`, kindOf);
    else if (entry) this.#addProblem(`${name}/${folder}`, entry.isSymbolicLink() ? noLink : 'It is not a folder.');
  }

  async readPack(path: string, name: string): Promise<void> {
    const before = this.problems.length + this.files.length;
    await this.#walk(path, name, kindIn);
    if (this.problems.length + this.files.length === before)
      this.problems.push({
        file: name,
        line: 1,
        level: 'warning',
        message: 'This rule pack contains no rules or models.',
      });
  }

  async #walk(path: string, name: string, kindOf: (path: string, text: string) => CustomFile['kind'], depth = 0) {
    if (depth > maxDepth) {
      this.#addProblem(name, `It is nested too deeply: the limit is ${maxDepth} levels.`);
      return;
    }
    let entries;
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      this.#addProblem(name, cannotBeRead(error));
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const isYaml = (file: string) => /\.ya?ml$/i.test(file);
    const utils = entries.some((one) => one.name === sharedMatchers)
      ? await this.#text(join(path, sharedMatchers), `${name}/${sharedMatchers}`)
      : undefined;
    for (const entry of entries) {
      const file = `${name}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!['.git', 'node_modules'].includes(entry.name))
          await this.#walk(join(path, entry.name), file, kindOf, depth + 1);
      } else if (entry.name === sharedMatchers || !isYaml(entry.name)) continue;
      else if (!entry.isFile()) this.#addProblem(file, entry.isSymbolicLink() ? noLink : 'It is not a file.');
      else if (this.files.length >= maxFiles) {
        this.#addProblem(name, `There are too many files: only ${maxFiles} are read.`);
        return;
      } else {
        const text = await this.#text(join(path, entry.name), file);
        if (text !== undefined)
          this.files.push({ kind: kindOf(file, text), file, text, ...(utils !== undefined && { utils }) });
      }
    }
  }

  async #text(path: string, file: string): Promise<string | undefined> {
    try {
      return await readTextBounded(path, { maxBytes });
    } catch (error) {
      this.#addProblem(file, cannotBeRead(error));
      return undefined;
    }
  }

  #addProblem(file: string, message: string): void {
    this.problems.push({ file, line: 1, level: 'error', message });
  }
}

const noLink = 'It is a link, which is not followed.';

function cannotBeRead(error: unknown): string {
  return errorCode(error) === 'ENOENT' ? 'It does not exist.' : `It cannot be read: ${errorMessage(error)}.`;
}

/** A custom file that is still being written, with the shared file of its folder. @param file as {@link CustomFile.file} */
export function draftOf(file: string, text: string, others: readonly CustomFile[]): CustomFile {
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
  const utils = others.find((one) => folderOf(one.file) === folderOf(file) && one.utils !== undefined)?.utils;
  return { kind: customKindOf(file) ?? kindIn(file, text), file, text, ...(utils !== undefined && { utils }) };
}

/** In a pack that does not sort them into folders, a model is recognized by its keys. */
function kindIn(file: string, text: string): CustomFile['kind'] {
  const folders = file.split('/').slice(0, -1);
  if (folders.at(-1) === 'rules' || /^rule:/m.test(text)) return 'rule';
  if (folders.includes('models')) return 'model';
  return /^(?:library|sources|sinks|sanitizers|propagators|guards):/m.test(text) ? 'model' : 'rule';
}
