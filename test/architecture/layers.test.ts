import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import * as ts from 'typescript';
import { layers, serviceFiles, serviceParts, sharedByEngines } from './layers.mjs';

const root = resolve(__dirname, '../../..');
const src = join(root, 'src');

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.m?ts$|\.mjs$/.test(name))
  .map((name) => name.replaceAll('\\', '/'));

/** What each file imports, type imports included. */
const imports = new Map(
  files.map((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(src, file), 'utf8'), true, true);
    return [file, importedFiles.map(({ fileName }) => fileName)] as const;
  }),
);

/** The file below src/ that a relative import refers to, or one outside it, starting with `..`. */
function targetOf(file: string, name: string): string {
  const path = posix.join(posix.dirname(file), name);
  const found = [path, `${path}.ts`, `${path}/index.ts`].find(
    (one) => /\.\w+$/.test(one) && existsSync(join(src, one)),
  );
  assert.ok(found, `src/${file} imports ${name}, which is not a file`);
  return found;
}

/** The files of src/ that a file imports. */
function targetsOf(file: string): string[] {
  const relative = (imports.get(file) ?? []).filter((name) => name.startsWith('.'));
  return relative.map((name) => targetOf(file, name)).filter((target) => !target.startsWith('..'));
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const fileGraph: Graph = new Map(files.map((file) => [file, new Set(targetsOf(file))]));

const folderGraph: Graph = new Map(
  [...new Set(files.map((file) => posix.dirname(file)))].map((folder) => {
    const targets = files.filter((file) => posix.dirname(file) === folder).flatMap(targetsOf);
    return [folder, new Set(targets.map((target) => posix.dirname(target)).filter((other) => other !== folder))];
  }),
);

/** Everything that can be reached from a node through one or more imports. */
function reachable(graph: Graph, from: string): Set<string> {
  const seen = new Set<string>();
  const open = [...(graph.get(from) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(graph.get(node) ?? []));
  }
  return seen;
}

/** The nodes on a circle, each with the imports that lead back to it. */
function circles(graph: Graph): string[] {
  const reach = new Map([...graph.keys()].map((node) => [node, reachable(graph, node)]));
  return [...graph].flatMap(([node, targets]) => {
    const back = [...targets].filter((target) => target === node || reach.get(target)?.has(node));
    return back.length > 0 ? [`${node} → ${back.join(', ')}`] : [];
  });
}

function part(file: string): string {
  return file.split('/')[0] ?? file;
}

describe('architecture', () => {
  it('finds the source and its imports', () => {
    assert.ok(files.length > 200, `only ${files.length} files in ${src}`);
    assert.ok(fileGraph.get('extension.ts')?.has('ui/window/windowContext.ts'));
    // A type import.
    assert.ok(fileGraph.get('engines/engine/batches.ts')?.has('engines/engine/engine.ts'));
  });

  it('finds a circle', () => {
    const graph = new Map([
      ['a', new Set(['b', 'd'])],
      ['b', new Set(['c'])],
      ['c', new Set(['a'])],
      ['d', new Set<string>()],
      ['e', new Set(['e'])],
    ]);
    assert.deepEqual(circles(graph), ['a → b', 'b → c', 'c → a', 'e → e']);
  });

  it('no files import each other in a circle', () => assert.deepEqual(circles(fileGraph), []));

  it('no folders import each other in a circle', () => assert.deepEqual(circles(folderGraph), []));

  for (const file of files) {
    it(`src/${file} imports only what its layer may`, () => {
      const own = part(file);
      const may = layers[own];
      assert.ok(may, `src/${own} is not a layer of the architecture`);
      for (const name of (imports.get(file) ?? []).filter((one) => one.startsWith('.'))) {
        const target = targetOf(file, name);
        if (target.startsWith('..')) {
          assert.equal(target, '../package.json', `${file} imports ${name}, outside src/`);
          continue;
        }
        const other = part(target);
        assert.ok(other === own || may.includes(other), `src/${file} imports ${name}: ${own} may not use ${other}`);
      }
    });
  }

  it('every layer of the table is there', () => {
    for (const layer of Object.keys(layers)) assert.ok(existsSync(join(src, layer)), `there is no src/${layer}`);
  });

  it('no engine imports another', () => {
    const engineOf = (file: string) => /^engines\/(\w+)\//.exec(file)?.[1];
    for (const file of files) {
      const own = engineOf(file);
      if (own === undefined) continue;
      for (const target of targetsOf(file).filter((one) => one.startsWith('engines/'))) {
        const other = engineOf(target);
        assert.ok(other === own || (other !== undefined && sharedByEngines.includes(other)), `${file} uses ${target}`);
      }
    }
  });

  describe('in the scan service', () => {
    const inService = (file: string) => /^service\/(.+)$/.exec(file)?.[1];
    const own = files.flatMap((file) => inService(file) ?? []);

    it('each part imports only what it may, and nothing above the ports imports their implementation', () => {
      for (const file of own) {
        const may = serviceParts[part(file)];
        assert.ok(may, `${part(file)} is not a part of the service`);
        for (const target of targetsOf(`service/${file}`).flatMap((one) => inService(one) ?? [])) {
          const other = part(target);
          assert.ok(other === part(file) || may.includes(other), `service/${file} may not import service/${target}`);
        }
      }
      const above = Object.entries(serviceParts).filter(([, may]) => may.includes('local'));
      assert.deepEqual(
        above.map(([name]) => name),
        ['runner.ts'],
      );
    });

    it('only the listed files touch files or paths above the ports', () => {
      const touches = /^(node:)?(fs|path)(\/|$)|\/base\/(files|jsonFile|boundedFile|tempFolder)$/;
      const touching = own.filter(
        (file) =>
          !['local', 'cluster'].includes(part(file)) &&
          (imports.get(`service/${file}`) ?? []).some((name) => touches.test(name)),
      );
      assert.deepEqual(touching.toSorted(), Object.keys(serviceFiles).toSorted());
    });

    it('the ports consist of types and constants', () => {
      for (const file of own.filter((one) => part(one) === 'ports')) {
        const text = readFileSync(join(src, 'service', file), 'utf8');
        assert.doesNotMatch(text, /^import (?!type )/m, file);
        assert.doesNotMatch(text, /^(export )?(async )?(function|class|let)\b/m, file);
      }
    });
  });

  it('only ui and extension.ts know VS Code', () => {
    const knowing = files.filter((file) => imports.get(file)?.includes('vscode')).map(part);
    assert.ok(knowing.includes('ui'));
    assert.deepEqual(
      knowing.filter((p) => p !== 'ui' && p !== 'extension.ts'),
      [],
    );
  });

  it('protocol imports nothing but zod', () => {
    for (const file of files.filter((f) => part(f) === 'protocol')) {
      for (const name of imports.get(file) ?? [])
        assert.ok(name === 'zod' || name.startsWith('./'), `${file} imports ${name}`);
    }
  });

  it('extension.ts only composes', () => {
    const lines = readFileSync(join(src, 'extension.ts'), 'utf8').split('\n').length;
    assert.ok(lines < 60, `${lines} lines`);
  });
});
