import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as vscode from 'vscode';
import * as z from 'zod';
import { readJsonOr, writeJson } from '../../base/jsonFile';
import type { Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { Soon } from '../../base/soon';

/** A list of the window that is kept in a file. */
export class SavedState implements Disposable {
  readonly #soon = new Soon(() => this.#queue());
  /** Settled once all writes are done. */
  #writing: Promise<void>;
  #isQueued = false;
  #loaded: () => void = () => undefined;

  constructor(
    private readonly path: string,
    private readonly contentOf: () => unknown,
    private readonly onError: (error: unknown) => void,
  ) {
    // Until it is known what is saved.
    this.#writing = new Promise((resolve) => (this.#loaded = resolve));
  }

  /**
   * Reads what is saved; nothing is written before. A list that an earlier version kept in the memento is taken over.
   * @returns entries of any shape, none if there is no list
   */
  async load(memento: vscode.Memento, key: string, log: Logger): Promise<readonly unknown[]> {
    const stored = await readJsonOr(this.path, z.array(z.unknown()), undefined, log);
    const earlier: unknown = memento.get(key);
    if (earlier !== undefined) await memento.update(key, undefined);
    this.#loaded();
    return stored ?? z.array(z.unknown()).safeParse(earlier).data ?? [];
  }

  save(): void {
    this.#soon.ask();
  }

  dispose(): void {
    this.#soon.dispose();
  }

  /** One write at a time; the next one includes what changes in the meantime. */
  #queue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#writing = this.#writing.then(() => this.#write());
  }

  async #write(): Promise<void> {
    this.#isQueued = false;
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      await writeJson(this.path, this.contentOf());
    } catch (error) {
      this.onError(error);
    }
  }
}
