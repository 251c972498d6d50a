import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import { layers } from './layers.mjs';

const root = resolve(__dirname, '../../..');
const src = join(root, 'src');

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'));

function imports(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:\bfrom|\bimport|\brequire\()\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '');
}

function part(file: string): string {
  return file.split('/')[0] ?? file;
}

describe('architecture', () => {
  it('finds the source', () => {
    assert.ok(files.length > 20, `only ${files.length} files in ${src}`);
  });

  for (const file of files) {
    it(`src/${file} imports only what its layer may`, () => {
      const own = part(file);
      const may = layers[own];
      assert.ok(may, `src/${own} is no layer of the architecture`);
      for (const name of imports(file)) {
        if (!name.startsWith('.')) continue;
        const target = normalize(relative(src, resolve(src, dirname(file), name))).replaceAll('\\', '/');
        if (target.startsWith('..')) {
          assert.match(target, /^\.\.\/package\.json$/, `${file} imports ${name}, outside src/`);
          continue;
        }
        const other = part(target);
        assert.ok(other === own || may.includes(other), `src/${file} imports ${name}: ${own} may not use ${other}`);
      }
    });
  }

  it('only ui and extension.ts know VS Code', () => {
    const knowing = files.filter((file) => imports(file).includes('vscode')).map(part);
    assert.deepEqual(
      knowing.filter((p) => p !== 'ui' && p !== 'extension.ts'),
      [],
    );
  });

  it('protocol imports nothing but zod', () => {
    for (const file of files.filter((f) => part(f) === 'protocol')) {
      for (const name of imports(file)) assert.ok(name === 'zod' || name.startsWith('./'), `${file} imports ${name}`);
    }
  });

  it('extension.ts only composes', () => {
    const lines = readFileSync(join(src, 'extension.ts'), 'utf8').split('\n').length;
    assert.ok(lines <= 120, `${lines} lines`);
  });
});
