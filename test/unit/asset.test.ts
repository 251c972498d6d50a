import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { fileOfAsset, readAsset, readAssetSync, readJsonAsset, readJsonAssetSync } from '../../src/base/asset';

describe('a built file', () => {
  let dist = '';
  before(() => {
    dist = mkdtempSync(join(tmpdir(), 'codeagent-asset-'));
    mkdirSync(join(dist, 'ast-grep'));
    const parts = ['{"a":"ä"}', '[1]'].map((text) => Buffer.from(text));
    const places = { 'pages.json': [0, parts[0]?.length], 'ast-grep/rules.json': [parts[0]?.length, parts[1]?.length] };
    const content = Buffer.concat([Buffer.from(`${JSON.stringify(places)}\n`), ...parts]);
    writeFileSync(join(dist, 'texts.br'), brotliCompressSync(content));
    writeFileSync(join(dist, 'own.wasm.br'), brotliCompressSync(Buffer.from('a\nb')));
    writeFileSync(join(dist, 'plain.json'), '"plain"');
  });
  after(() => {
    rmSync(dist, { recursive: true });
  });

  it('is read uncompressed, compressed, or from an archive', async () => {
    for (const [name, expected] of [
      ['plain.json', 'plain'],
      ['pages.json', { a: 'ä' }],
      ['ast-grep/rules.json', [1]],
    ] as const) {
      assert.deepEqual(await readJsonAsset(join(dist, name)), expected);
      assert.deepEqual(readJsonAssetSync(join(dist, name)), expected);
    }
    assert.equal(Buffer.from(await readAsset(join(dist, 'own.wasm'))).toString(), 'a\nb');
    assert.equal(Buffer.from(readAssetSync(join(dist, 'own.wasm'))).toString(), 'a\nb');
  });

  it('is in one of the existing files', () => {
    for (const [name, file] of [
      ['plain.json', 'plain.json'],
      ['own.wasm', 'own.wasm.br'],
      ['ast-grep/rules.json', 'texts.br'],
    ] as const)
      assert.equal(fileOfAsset(join(dist, name)), join(dist, file));
  });

  it('is reported as missing', async () => {
    await assert.rejects(readAsset(join(dist, 'ast-grep', 'needs.json')), /texts\.br has no ast-grep\/needs\.json/);
    assert.throws(() => readAssetSync(join(tmpdir(), 'codeagent-nothing', 'a.json')), /ENOENT.*a\.json/);
  });
});
