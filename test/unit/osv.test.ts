import assert from 'node:assert/strict';
import { advisory, baseScore, fixedVersion, isAffected, severityOf } from '../../src/engines/dependencies/advisory';
import { roleOf, type LockfileKind } from '../../src/engines/dependencies/lockfiles/kinds';
import { ManifestLines } from '../../src/engines/dependencies/lockfiles/manifests';
import { compareVersions, type Ecosystem } from '../../src/engines/dependencies/packages/versions';
import { dependency } from './support/dependencies';

/** Versions in ascending order, according to each ecosystem's documentation. */
const ordered: Readonly<Record<Ecosystem, readonly (readonly string[])[]>> = {
  npm: [
    [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
    ],
    ['0.0.0-0', '0.0.1', '0.9.0', '0.10.0', '1.0.0', '99999999999999999999.0.0'],
  ],
  'crates.io': [['0.6.9', '0.6.10', '1.0.0-rc1', '1.0.0']],
  Go: [
    ['0.0.0-20190101000000-abcdef', '0.0.0-20200101000000-abcdef', '0.3.5', '0.3.10', '3.2.0+incompatible', '3.2.1'],
  ],
  NuGet: [['1.0.0-Alpha', '1.0.0-beta', '1.0.0', '1.0.0.1', '1.0.1']],
  PyPI: [
    [
      '1.0.dev1',
      '1.0a1',
      '1.0a2.dev1',
      '1.0a2',
      '1.0b1',
      '1.0rc1',
      '1.0',
      '1.0.post1',
      '1.0.1',
      '1.1',
      '1.10',
      '1!0.1',
    ],
  ],
  Maven: [
    ['1-alpha-1', '1-beta-1', '1-milestone-1', '1-rc-1', '1-SNAPSHOT', '1', '1-sp', '1-abc', '1.1', '1.2', '1.10'],
    ['2.13.4', '2.13.4.1', '2.13.4.2', '2.14.0-rc1', '2.14.0'],
  ],
  RubyGems: [['1.0.a', '1.0.b1', '1.0.b2', '1.0.rc1', '1.0', '1.0.1', '1.1.0', '1.10.0']],
  Hex: [['1.0.0-dev', '1.0.0', '1.10.0']],
  Pub: [['1.0.0-dev.1', '1.0.0', '1.10.0']],
  Packagist: [['1.0.0-dev', '1.0.0-alpha1', 'v1.0.0-beta1', '1.0.0-RC1', 'v1.0.0', '1.0.0-p1', '1.0.1', '1.10']],
};
const same: readonly (readonly [Ecosystem, string, string])[] = [
  ['PyPI', '1.0', '1.0.0'],
  ['PyPI', '1.0-1', '1.0.post1'],
  ['PyPI', 'v1.0RC1', '1.0c1'],
  ['Maven', '1', '1.0.0'],
  ['Maven', '1.0.Final', '1.0'],
  ['Maven', '1-ga', '1'],
  ['Maven', '1.0.0.RELEASE', '1'],
  ['RubyGems', '1.0', '1.0.0'],
  ['Packagist', 'v1.0', '1.0.0'],
  ['Go', 'v1.2.3', '1.2.3'],
  ['npm', '1.2.3+build', '1.2.3'],
];

function kindOf(path: string): LockfileKind {
  const role = roleOf(path);
  assert.ok(role?.role === 'lockfile', path);
  return role.kind;
}

describe('advisories of OSV', () => {
  it('order versions as each ecosystem does', () => {
    for (const [ecosystem, lists] of Object.entries(ordered) as [Ecosystem, string[][]][])
      for (const list of lists)
        for (const [i, a] of list.entries())
          for (const [j, b] of list.entries())
            assert.equal(Math.sign(compareVersions(ecosystem, a, b)), Math.sign(i - j), `${ecosystem}: ${a} and ${b}`);
    for (const [ecosystem, a, b] of same)
      assert.equal(compareVersions(ecosystem, a, b), 0, `${ecosystem}: ${a} and ${b}`);
  });

  it('order invalid versions consistently', () => {
    for (const ecosystem of Object.keys(ordered) as Ecosystem[])
      for (const a of ['', '...', 'latest', '\u0000', '1'.repeat(10_000), 'x'.repeat(10_000)])
        for (const b of ['', '1.0.0', '-', '9e99'])
          assert.ok(Number.isFinite(compareVersions(ecosystem, a, b)), `${ecosystem}: ${a} and ${b}`);
  });

  it('score CVSS of every version', () => {
    assert.equal(baseScore('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'), 9.8);
    assert.equal(baseScore('CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N'), 6.1);
    assert.equal(baseScore('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'), 9.3);
    assert.equal(baseScore('AV:N/AC:L/Au:N/C:P/I:P/A:P'), 7.5);
    for (const bad of ['', 'high', 'CVSS:3.1/AV:X', 'CVSS:9.9/AV:N', '7.5'])
      assert.equal(baseScore(bad), undefined, bad);
  });

  it('have the severity of the score, else of the word, else medium', () => {
    const of = (fields: Record<string, unknown>) =>
      severityOf(advisory.parse({ id: 'X-1', ...fields }), { ecosystem: 'npm', name: 'a' });
    const critical = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' };
    assert.equal(of({ severity: [critical], database_specific: { severity: 'LOW' } }), 'critical');
    assert.equal(
      of({ severity: [{ type: 'CVSS_V3', score: '?' }], database_specific: { severity: 'MODERATE' } }),
      'medium',
    );
    assert.equal(of({ database_specific: { severity: 'HIGH' } }), 'high');
    assert.equal(of({ database_specific: { severity: 7 } }), 'medium');
    assert.equal(of({ affected: [{ package: { ecosystem: 'npm', name: 'a' }, severity: [critical] }] }), 'critical');
    assert.equal(of({ database_specific: { severity: 'constructor' } }), 'medium');
    assert.equal(of({ database_specific: 'HIGH' }), 'medium');
  });

  it('affect the versions in their ranges and lists, and name the fixed version', () => {
    const record = (events: Record<string, string>[], versions: string[] = [], type = 'ECOSYSTEM') =>
      advisory.parse({
        id: 'X-1',
        affected: [{ package: { ecosystem: 'PyPI', name: 'Some.Thing' }, ranges: [{ type, events }], versions }],
      });
    const two = record([{ introduced: '0' }, { fixed: '1.2.5' }, { introduced: '2.0' }, { fixed: '2.1' }]);
    const some = (version: string) => dependency('PyPI', 'some-thing', version);
    for (const [version, fixed] of [
      ['1.0', '1.2.5'],
      ['2.0', '2.1'],
      ['2.1rc1', '2.1'],
    ] as const) {
      assert.ok(isAffected(two, some(version)), version);
      assert.equal(fixedVersion(two, some(version)), fixed);
    }
    for (const version of ['1.2.5', '1.9', '2.1', '3.0']) assert.ok(!isAffected(two, some(version)), version);
    const last = record([{ introduced: '1.0' }, { last_affected: '1.5' }]);
    assert.deepEqual(
      ['0.9', '1.0', '1.5', '1.6'].map((version) => isAffected(last, some(version))),
      [false, true, true, false],
    );
    assert.equal(fixedVersion(last, some('1.2')), undefined);
    assert.ok(isAffected(record([], ['7.7']), some('7.7')));
    assert.ok(!isAffected(record([{ introduced: '0' }], [], 'GIT'), some('1.0')));
    assert.ok(!isAffected(two, dependency('npm', 'some-thing', '1.0')));
  });
});

describe('the line of a manifest', () => {
  const cases: readonly (readonly [string, string, string, string, Partial<{ dev: boolean }>])[] = [
    [
      'package-lock.json',
      'package.json',
      '{\n  "name": "left-pad",\n  "devDependencies": { "left-pad": "^1" }\n}',
      'left-pad',
      { dev: true },
    ],
    ['composer.lock', 'composer.json', '{\n  "require": {\n    "php": ">=7",\n    "a/b": "^1"\n  }\n}', 'a/b', {}],
    [
      'poetry.lock',
      'pyproject.toml',
      '[tool.poetry]\nname = "app"\n\n[tool.poetry.dependencies]\npython = "^3"\nDjango = "^3.2"\n',
      'django',
      {},
    ],
    [
      'poetry.lock',
      'pyproject.toml',
      '[tool.poetry.group.dev.dependencies]\npytest = { version = "5" }\n',
      'pytest',
      { dev: true },
    ],
    [
      'uv.lock',
      'pyproject.toml',
      '[project]\nname = "django"\ndependencies = [\n  "uvicorn[standard]>=0.2",\n  "django>=3",\n]\n',
      'django',
      {},
    ],
    [
      'uv.lock',
      'pyproject.toml',
      '[build-system]\nrequires = ["django"]\n[dependency-groups]\ndev = ["black", "django==3"]\n',
      'django',
      { dev: true },
    ],
    ['pdm.lock', 'pyproject.toml', "[project]\ndependencies = ['a', 'django~=3.2']\n", 'django', {}],
    [
      'Pipfile.lock',
      'Pipfile',
      '[[source]]\nname = "pypi"\n\n[dev-packages]\npytest = "*"\n\n[packages]\ndjango = "*"\n',
      'django',
      {},
    ],
    [
      'Cargo.lock',
      'Cargo.toml',
      '[package]\nname = "app"\n\n[dependencies]\nsmallvec = { version = "0.6" }\n',
      'smallvec',
      {},
    ],
    ['Cargo.lock', 'Cargo.toml', '[dev-dependencies.smallvec]\nversion = "0.6"\n', 'smallvec', { dev: true }],
    ['Cargo.lock', 'Cargo.toml', '[dependencies]\nsv = { package = "smallvec", version = "0.6" }\n', 'smallvec', {}],
    ['Gemfile.lock', 'Gemfile', 'source "https://gems.example"\n\ngem "rails", "~> 5.2"\n', 'rails', {}],
    ['gradle.lockfile', 'build.gradle.kts', 'dependencies {\n  implementation("g:a:1.0")\n}\n', 'g:a', {}],
    [
      'packages.lock.json',
      'App.csproj',
      '<Project>\n  <PackageReference Include="Newtonsoft.Json" Version="12" />\n</Project>',
      'Newtonsoft.Json',
      {},
    ],
  ];
  for (const [lockfile, manifest, text, name, { dev = false }] of cases) {
    it(`${manifest} for ${lockfile}: ${name}${dev ? ', for development' : ''}`, () => {
      const kind = kindOf(lockfile);
      const locked = { name, version: '1.0', line: 99 };
      const files: Record<string, string> = { [`p/${manifest}`]: text };
      const lines = new ManifestLines(kind, `p/${lockfile}`, [locked], {
        paths: [`p/${lockfile}`, ...Object.keys(files)],
        read: (path) => files[path],
      });
      const placed = lines.place(locked);
      assert.equal(placed.file, `p/${manifest}`);
      const line = text.split('\n')[placed.line - 1] ?? '';
      assert.ok(line.toLowerCase().includes(name.toLowerCase()) && !/^name|^requires/.test(line.trim()), line);
      assert.deepEqual([placed.dev, placed.direct], [dev, true]);
    });
  }

  const npm = kindOf('yarn.lock');
  const manifest = (name: string, range: string) => JSON.stringify({ dependencies: { [name]: range } }, null, 2);

  it('is that of the version that the manifest requires', () => {
    const packages = [
      { name: 'lodash', version: '3.0.0', line: 5, ranges: ['^3.0.0'] },
      { name: 'lodash', version: '4.17.20', line: 9, ranges: ['^4.17.0', '^4.0.0'] },
    ];
    const lines = new ManifestLines(npm, 'yarn.lock', packages, {
      paths: ['yarn.lock', 'package.json'],
      read: () => manifest('lodash', '^4.0.0'),
    });
    assert.deepEqual(
      packages.map((one) => lines.place(one).file),
      ['yarn.lock', 'package.json'],
    );
  });

  it('is not that of another project below', () => {
    const one = { name: 'lodash', version: '4.17.20', line: 9 };
    const place = (paths: string[]) =>
      new ManifestLines(npm, 'yarn.lock', [one], { paths, read: () => manifest('lodash', '^4.0.0') }).place(one).file;
    assert.equal(place(['yarn.lock', 'part/package.json']), 'part/package.json');
    assert.equal(place(['yarn.lock', 'part/package.json', 'part/yarn.lock']), 'yarn.lock');
  });
});
