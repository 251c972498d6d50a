import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const src = resolve(__dirname, '../../../src');

/** Functions that start a process, whatever object they belong to. */
const starters = /^(spawn|spawnSync|exec|execSync|execFile|execFileSync|execa|execaSync|execaNode|runProcess|fork|\$)$/;

/** Ways for a source file to reach git other than src/sources/git. */
function waysToGit(name: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) {
      if (/^simple-git(\/|$)/.test(node.text)) found.push('simple-git');
      const { parent } = node;
      const isGit = /(^|[\\/])git(\.exe)?$|^git(\.exe)? /.test(node.text);
      const isArgument = ts.isCallExpression(parent) && parent.arguments[0] === node && starters.test(called(parent));
      const isCommand =
        ts.isPropertyAssignment(parent) && /^(command|file|program|binary)$/.test(parent.name.getText());
      if (isGit && (isArgument || isCommand)) found.push(`'${node.text}' started`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  return found;
}

function called(call: ts.CallExpression): string {
  const { expression } = call;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

describe('git', () => {
  it('is started only by src/sources/git', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => /\.(ts|mjs|js)$/.test(name) && !name.startsWith('rules/'));
    const ways = files.flatMap((file) =>
      waysToGit(file, readFileSync(join(src, file), 'utf8')).map((way) => `${file}: ${way}`),
    );
    assert.deepEqual([...new Set(ways)], ['sources/git/call.ts: simple-git']);
  });

  it('is detected however it is started', () => {
    for (const text of [
      "import { simpleGit } from 'simple-git';",
      "const g = await import('simple-git');",
      "cp.spawn('git', ['status']);",
      "execFileSync('/usr/bin/git', []);",
      "runProcess({ command: 'git', args: [] });",
      'exec(`git status`);',
    ])
      assert.equal(waysToGit('x.ts', text).length, 1, text);
    assert.deepEqual(waysToGit('x.ts', "const kinds = ['path', 'git']; parse('git'); const a = { kind: 'git' };"), []);
  });
});
