import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const src = resolve(__dirname, '../../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'));

/** Things that may only be done in one place: where, and a pattern for doing them elsewhere. */
const doors: readonly { what: string; where: RegExp; looks: RegExp }[] = [
  {
    what: 'processes are started and ended in base/process',
    // simple-git starts git through its own launcher.
    where: /^base\/(process|guardian|guardianProcess)\.ts$|^sources\/git\//,
    looks: /(from|import\(|require\() *['"](node:)?(child_process|cluster|execa)['"]/,
  },
  {
    what: 'signals are sent in base/process',
    where: /^base\/(process|guardianProcess|liveness)\.ts$|^sources\/git\//,
    looks: /\bprocess\.kill\(/,
  },
  {
    what: 'other machines are reached through base/http',
    // The team page sends requests like any browser.
    where: /^(base\/(http|undici)|webview\/team\/api)\.ts$/,
    looks:
      /(from|import\(|require\() *['"]((\.[\w./]*\/)?undici|(node:)?(https|http2))['"]|(?<![.\w#'])fetch\(|\b(globalThis|global|window)\.fetch\b/,
  },
  {
    what: 'temporary folders are made in base/tempFolder',
    where: /^base\/tempFolder\.ts$/,
    looks: /\bmkdtemp(Sync)?\b/,
  },
  {
    what: 'commands are registered by window/command, which shows their errors',
    where: /^ui\/window\/command\.ts$/,
    looks: /\bcommands\.register(TextEditor)?Command\(/,
  },
  {
    what: 'errors are shown by window/command',
    // A failed scan is not an error of ours.
    where: /^ui\/(window\/command|notifications\/endedScans)\.ts$/,
    looks: /\bshowErrorMessage\b/,
  },
  {
    what: 'JSON files are read in base/jsonFile, and those of the build in base/asset',
    where: /^base\/(jsonFile|asset)\.ts$/,
    looks: /JSON\.parse\([^;]*(readFile|readAsset|TextDecoder)/,
  },
];

const code = (file: string) => readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

describe('one door each', () => {
  for (const { what, where, looks } of doors) {
    it(what, () => {
      const through = files.filter((file) => where.test(file) && looks.test(code(file)));
      assert.ok(through.length > 0, 'the door itself is not seen');
      assert.deepEqual(
        files.filter((file) => !where.test(file) && looks.test(code(file))),
        [],
      );
    });
  }
});
