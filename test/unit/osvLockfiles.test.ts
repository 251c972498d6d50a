import assert from 'node:assert/strict';
import { roleOf } from '../../src/engines/dependencies/lockfiles/kinds';
import type { Locked, LockfileContent } from '../../src/engines/dependencies/lockfiles/locked';
import { readers } from '../../src/engines/dependencies/lockfiles/readers';
import { lockfiles, manifests } from './support/lockfiles';

function content(path: string, text: string, files: Readonly<Record<string, string>> = {}): LockfileContent {
  const role = roleOf(path);
  assert.ok(role?.role === 'lockfile', path);
  return readers[role.kind.format](text, path, { paths: Object.keys(files), read: (file) => files[file] });
}

const locked = (path: string, text: string, files = {}): readonly Locked[] => content(path, text, files).packages;

const names = (found: readonly Locked[]) => found.map(({ name, version }) => `${name} ${version}`).sort();

describe('reading lockfiles', () => {
  for (const { title, path, text, packages, dev = [], line } of lockfiles) {
    it(`${title}: the packages of registries, with their lines`, () => {
      const { packages: found, problem } = content(path, text, manifests);
      assert.equal(problem, undefined);
      assert.ok(!found.some((one) => one.private));
      assert.deepEqual(names(found), [...packages].sort());
      assert.deepEqual(names(found.filter((one) => one.dev)), [...dev].sort());
      if (!line) return;
      const [name, at] = line;
      const one = found.find((candidate) => candidate.name === name);
      const source = (one?.file === undefined ? text : (manifests[one.file] ?? '')).split('\n')[(one?.line ?? 0) - 1];
      assert.ok(source?.includes(at), `line ${String(one?.line)}: ${String(source)}`);
    });
  }

  it('every format is there', () => {
    const formats = new Set(lockfiles.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
    for (const name of [
      'package-lock.json',
      'npm-shrinkwrap.json',
      'yarn.lock',
      'pnpm-lock.yaml',
      'bun.lock',
      'requirements.txt',
      'poetry.lock',
      'Pipfile.lock',
      'uv.lock',
      'pdm.lock',
      'go.sum',
      'go.mod',
      'Cargo.lock',
      'Gemfile.lock',
      'composer.lock',
      'pom.xml',
      'gradle.lockfile',
      'packages.lock.json',
    ])
      assert.ok(formats.has(name), name);
  });

  it('pom.xml: versions and properties of parents in the scan', () => {
    const named = (name: string, parts: string) =>
      `<project><groupId>x</groupId><artifactId>${name}</artifactId><version>9</version>${parts}</project>`;
    const parent = (name: string, path?: string) =>
      `<parent><groupId>x</groupId><artifactId>${name}</artifactId><version>9</version>${path ?? ''}</parent>`;
    const asked = (artifact: string, version = '') =>
      `<dependency><groupId>g</groupId><artifactId>${artifact}</artifactId>${version && `<version>${version}</version>`}</dependency>`;
    const managed = (dependencies: string) =>
      `<dependencyManagement><dependencies>${dependencies}</dependencies></dependencyManagement>`;
    const poms: Record<string, string> = {
      'pom.xml': named(
        'top',
        `<properties><a.version>1.0</a.version><b.version>2.0</b.version></properties>${managed(asked('a', '${a.version}'))}`,
      ),
      'mid/pom.xml': named('mid', `${parent('top')}<properties><b.version>2.1</b.version></properties>`),
      'mid/app/pom.xml': named(
        'app',
        `${parent('mid', '<relativePath>..</relativePath>')}<dependencies>${asked('a')}${asked('b', '${b.version}')}</dependencies>`,
      ),
      'loop/pom.xml': named('loop', parent('loop', '<relativePath>../loop</relativePath>')),
      // The file above is not the named parent.
      'mid/other/pom.xml': named('other', `${parent('elsewhere')}<dependencies>${asked('a')}</dependencies>`),
      'bom/pom.xml': named('bom', managed(asked('c', '3.0'))),
      'imports/pom.xml': named(
        'imports',
        managed(
          '<dependency><groupId>x</groupId><artifactId>bom</artifactId><version>9</version><type>pom</type><scope>import</scope></dependency>',
        ) +
          `<dependencies>${asked('c')}<dependency><groupId>x</groupId><artifactId>app</artifactId><version>9</version></dependency></dependencies>`,
      ),
    };
    const of = (path: string) => names(locked(path, poms[path] ?? '', poms));
    assert.deepEqual(of('mid/app/pom.xml'), ['g:a 1.0', 'g:b 2.1']);
    assert.deepEqual(of('loop/pom.xml'), []);
    assert.deepEqual(of('mid/other/pom.xml'), []);
    assert.deepEqual(of('imports/pom.xml'), ['g:c 3.0']);
  });

  it('hostile and broken ones are rejected or empty, and do no harm', () => {
    const bad = [
      '',
      '{}',
      '[]',
      'null',
      '{"packages":{"node_modules/x":null,"node_modules/y":7},"dependencies":[1,{"version":{}}]}',
      '{"__proto__":{"version":"1"},"packages":{"__proto__":{"version":"1.0.0"},"node_modules/__proto__":{"version":"1.0.0"}}}',
      '{"dependencies":{"constructor":{"version":"1.0.0"},"toString":1},"lockfileVersion":1}',
      '\u0000\u0001\ufffd garbage',
      `${'{"dependencies":{"a":'.repeat(5_000)}1${'}}'.repeat(5_000)}`,
      '['.repeat(200_000),
      '<a>'.repeat(50_000),
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><project><dependencies>&b;</dependencies></project>',
      `${' '.repeat(50)}a:\n`.repeat(2_000),
      'a = '.repeat(1_000),
      `a${'['.repeat(30_000)}`,
    ];
    for (const { path } of lockfiles)
      for (const text of bad) {
        try {
          for (const { name, version, line } of locked(path, text))
            assert.ok(typeof name === 'string' && typeof version === 'string' && line > 0, path);
        } catch (error) {
          assert.ok(error instanceof Error, path);
        }
      }
    assert.equal(({} as Record<string, unknown>)['version'], undefined);
  });
});
