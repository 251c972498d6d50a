import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as vscode from 'vscode';
import type { Logger } from '../../src/base/logger';
import { SavedState } from '../../src/ui/persistence/savedState';

const log: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** What an earlier version kept. */
function mementoOf(values: Record<string, unknown>): vscode.Memento {
  return {
    keys: () => Object.keys(values),
    get: (key: string) => values[key],
    update: (key: string, value: unknown) => {
      if (value === undefined) Reflect.deleteProperty(values, key);
      else values[key] = value;
      return Promise.resolve();
    },
  };
}

describe('a list that a window keeps', () => {
  let folder: string;
  let path: string;
  let content: unknown[];
  const errors: unknown[] = [];
  const stateOf = () =>
    new SavedState(
      path,
      () => content,
      (error) => errors.push(error),
    );
  const written = async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
  const until = async (expected: unknown) => {
    for (;;) {
      const text = await readFile(path, 'utf8').catch(() => '');
      if (text === JSON.stringify(expected)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-state-'));
    path = join(folder, 'storage', 'list.json');
    content = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read again by the next window', async () => {
    const state = stateOf();
    assert.deepEqual(await state.load(mementoOf({}), 'list', log), []);
    content = [1, 2];
    state.save();
    await until([1, 2]);
    assert.deepEqual(await stateOf().load(mementoOf({}), 'list', log), [1, 2]);
    assert.deepEqual(errors, []);
  });

  it('is not written before it was read, and then with the newest content', async () => {
    content = ['old'];
    const first = stateOf();
    await first.load(mementoOf({}), 'list', log);
    first.save();
    await until(['old']);
    const state = stateOf();
    content = ['new'];
    state.save();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await written(), ['old']);
    content = ['newest'];
    assert.deepEqual(await state.load(mementoOf({}), 'list', log), ['old']);
    await until(['newest']);
  });

  it('is taken over from the memento of an earlier version, once', async () => {
    const values = { list: ['a'], other: 1 };
    assert.deepEqual(await stateOf().load(mementoOf(values), 'list', log), ['a']);
    assert.deepEqual(values, { other: 1 });
  });

  it('starts anew if its file is damaged', async () => {
    path = join(folder, 'list.json');
    await writeFile(path, '{');
    assert.deepEqual(await stateOf().load(mementoOf({}), 'list', log), []);
    assert.equal(await readFile(`${path}.damaged`, 'utf8'), '{');
  });
});
