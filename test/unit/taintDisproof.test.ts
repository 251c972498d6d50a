import assert from 'node:assert/strict';
import { isHarmless } from './support/taint';

/** Code that runs a command that includes `?`. */
const cases: Readonly<Record<string, readonly string[]>> = {
  'deep in an object, after many like it': [
    'function run(job) { exec(job.step.text); }',
    ...Array.from({ length: 20 }, (_, n) => `run({ step: { text: 'a${n}' } });`),
    'run({ step: { text: ? } });',
  ],
  'in an object, after many like it': [
    'function run(job) { exec(job.text); }',
    ...Array.from({ length: 20 }, (_, n) => `run({ text: 'a${n}' });`),
    'run({ text: ? });',
  ],
  'in the receiver, after many like it': [
    'class Command { constructor(text) { this.parts = [{ text }]; } run() { exec(this.parts[0].text); } }',
    ...Array.from({ length: 20 }, (_, n) => `new Command('a${n}').run();`),
    'new Command(?).run();',
  ],
  'in an object in an object that is changed between two calls': [
    'function run(job) { exec(job.step.text); }',
    "const job = { step: { text: 'a' } };",
    'run(job);',
    'job.step.text = ?;',
    'run(job);',
  ],
  'in a variable that is changed between two calls': [
    "let text = 'a';",
    'function run() { exec(text); }',
    'function twice() { run(); }',
    'twice();',
    'text = ?;',
    'twice();',
  ],
  'in a static field that is changed between two calls': [
    "class Settings { static text = 'a'; }",
    'function run() { exec(Settings.text); }',
    'run();',
    'Settings.text = ?;',
    'run();',
  ],
  'in a property that only one call checks': [
    'function run() { exec(`a ${settings.text}`); }',
    'const settings = { text: ? };',
    "if (settings.text === 'a') run();",
    'run();',
  ],
  'in what a function that was called before changes': [
    "let text = 'a';",
    'function fill() { text = ?; }',
    'fill();',
    "text = 'a';",
    'fill();',
    'exec(text);',
  ],
  'in what a method that was called before changes': [
    "const job = { text: 'a' };",
    'function fill(one) { one.text = ?; }',
    'function empty(one) { one.text = "a"; }',
    'fill(job);',
    'empty(job);',
    'fill(job);',
    'exec(job.text);',
  ],
  'in a variable that a function behind sets': [
    "let text = 'a';",
    'exports.run = () => exec(text);',
    'exports.fill = () => { text = ?; };',
    "exports.empty = () => { text = 'a'; };",
  ],
  'in a variable that a function sets, and another resets': [
    "let text = 'a';",
    'exports.fill = () => { text = ?; };',
    "exports.empty = () => { text = 'a'; };",
    'exports.run = () => exec(text);',
  ],
  'in a field that a method behind sets, and another resets': [
    'class Command {',
    "  text = 'a';",
    '  run() { exec(this.text); }',
    '  fill() { this.text = ?; }',
    "  empty() { this.text = 'a'; }",
    '}',
    'exports.Command = Command;',
  ],
  'in a field that is set through another': [
    'class Command {',
    "  text = 'a'; next = 'a';",
    '  run() { exec(this.text); }',
    '  go() { this.text = this.next; }',
    '  fill() { this.next = ?; }',
    '}',
    'exports.Command = Command;',
  ],
  'in an argument that recursion brings to its place': [
    'function run(a, b, c, n) { exec(a); if (n > 0) run(b, c, ?, n - 1); }',
    "run('a', 'b', 'c', count);",
  ],
};

describe('disproof by the taint engine', () => {
  for (const [name, lines] of Object.entries(cases)) {
    const source = (part: string) =>
      ["const { exec } = require('child_process');", ...lines].join('\n').replaceAll('?', part);
    const line = source('')
      .split('\n')
      .findIndex((one) => one.includes('exec('));
    it(`does not consider unknown values harmless ${name}`, async () => {
      assert.equal(await isHarmless({ 'a.js': source('load()') }, line + 1, 'command'), false);
    });
    it(`considers known values harmless ${name}`, async () => {
      assert.equal(await isHarmless({ 'a.js': source("'b'") }, line + 1, 'command'), true);
    });
  }

  it('does not consider harmless what an unseen function may change', async () => {
    const source = (call: string) => [
      "const { exec } = require('child_process');",
      "const job = { step: { text: 'a' } };",
      call,
      'exec(job.step.text);',
    ];
    assert.equal(await isHarmless({ 'a.js': source('fill(job);').join('\n') }, 4, 'command'), false);
    assert.equal(await isHarmless({ 'a.js': source('fill(1);').join('\n') }, 4, 'command'), true);
  });
});
