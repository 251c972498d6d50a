import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FileText } from '../../src/base/fileText';
import { read, update } from '../../src/engines/dependencies/osvWorker';
import { raisedRange } from '../../src/engines/dependencies/updates/ranges';
import { safeVersion } from '../../src/engines/dependencies/safeVersion';
import { advisory, type Advisory } from '../../src/engines/dependencies/advisory';
import type { Ecosystem } from '../../src/engines/dependencies/packages/versions';
import { dependency } from './support/dependencies';

type Tree = Readonly<Record<string, string>>;

/** The result of an update in a tree; 'none' if it cannot be done, 'current' if nothing is left to change. */
function updated(tree: Tree, name: string, from: string, to: string): Tree | 'none' | 'current' {
  const root = mkdtempSync(join(tmpdir(), 'codeagent-updates-'));
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const files = Object.entries(tree).map(([path, text]) => ({ path, size: text.length }));
    const { dependencies } = read({ root, files, lockfiles: files.map(({ path }) => path) });
    const dependency = dependencies.find((one) => one.name === name && one.version === from);
    assert.ok(
      dependency,
      `${name} ${from} is not among ${dependencies.map((one) => `${one.name} ${one.version}`).join(', ')}`,
    );
    const [result] = update({ root, files, wanted: [{ dependency, to }] }).updates;
    if (!result) return 'none';
    if (result.edits.length === 0) return 'current';
    const changed: Record<string, string> = {};
    for (const file of new Set(result.edits.map((edit) => edit.file ?? dependency.file))) {
      const text = new FileText(tree[file] ?? '');
      const pieces = result.edits
        .filter((edit) => (edit.file ?? dependency.file) === file)
        .map((edit) => ({
          start: text.offsetOf(edit.start.line, edit.start.column) ?? NaN,
          end: text.offsetOf(edit.end.line, edit.end.column) ?? NaN,
          text: edit.text,
        }));
      changed[file] = text.withReplaced(pieces)?.toString() ?? '';
    }
    return changed;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The lines that an update changes, as `-old` and `+new`, file by file. */
function changes(tree: Tree, name: string, from: string, to: string): string[] | 'none' | 'current' {
  const after = updated(tree, name, from, to);
  if (typeof after === 'string') return after;
  return Object.entries(after).flatMap(([file, text]) => {
    const [old, now] = [(tree[file] ?? '').split('\n'), text.split('\n')];
    let same = 0;
    while (old[same] === now[same]) same += 1;
    let tail = 0;
    while (old.at(-1 - tail) === now.at(-1 - tail) && tail < Math.min(old.length, now.length) - same) tail += 1;
    const trimmed = (lines: string[], sign: string) =>
      lines.slice(same, lines.length - tail).map((line) => sign + line.trim());
    return [file, ...trimmed(old, '-'), ...trimmed(now, '+')];
  });
}

const packageLock = (root: object, packages: object) =>
  JSON.stringify({ lockfileVersion: 3, packages: { '': root, ...packages } }, null, 2);
const manifest = (range: string) =>
  `{\n    "name": "x", // mine\n    "dependencies": {\n        "lodash": ${JSON.stringify(range)},\n        "b": "^1.0.0"\n    }\n}\n`;
const npm = (range: string): Tree => ({
  'package.json': manifest(range),
  'package-lock.json': packageLock(
    { dependencies: { lodash: range } },
    { 'node_modules/lodash': { version: '4.17.20' } },
  ),
});
const nested: Tree = {
  'web/package.json': '{\n\t"dependencies": {\n\t\t"a": "^1.0.0"\n\t}\n}\n',
  'web/package-lock.json': packageLock(
    { dependencies: { a: '^1.0.0' } },
    { 'node_modules/a': { version: '1.0.0' }, 'node_modules/minimist': { version: '0.0.8' } },
  ),
};
const pom = (parts: string) =>
  `<?xml version="1.0"?>\n<project>\n  <groupId>x</groupId>\n  <artifactId>app</artifactId>\n  <version>2.9.8</version>\n${parts}\n</project>\n`;
const dep = (version: string, artifact = 'jackson-databind', group = 'com.fasterxml.jackson.core') =>
  `  <dependency>\n    <groupId>${group}</groupId>\n    <artifactId>${artifact}</artifactId>\n${version === '' ? '' : `    <version>${version}</version>\n`}  </dependency>`;
const jackson = 'com.fasterxml.jackson.core:jackson-databind';
const poetryLock = (name: string, version: string) =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\n\n[metadata]\nlock-version = "2.0"\n`;
const uvLock = (name: string, version: string) =>
  `version = 1\n\n[[package]]\nname = "${name}"\nversion = "${version}"\nsource = { registry = "https://pypi.org/simple" }\n`;
const cargoLock = (name: string, version: string) =>
  `version = 3\n\n[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n`;
const gemLock = (name: string, version: string) =>
  `GEM\n  remote: https://rubygems.org/\n  specs:\n    ${name} (${version})\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  ${name}\n`;
const gradleLock = 'org.yaml:snakeyaml:1.26=compileClasspath\nempty=\n';
const snake = 'org.yaml:snakeyaml';
const project = (parts: string) => `<Project Sdk="Microsoft.NET.Sdk">\n${parts}\n</Project>\n`;

const cases: [
  title: string,
  tree: Tree,
  name: string,
  from: string,
  to: string,
  expected: string[] | 'none' | 'current',
][] = [
  [
    'npm: ^, with a comment and four spaces',
    npm('^4.17.0'),
    'lodash',
    '4.17.20',
    '4.17.21',
    ['package.json', '-"lodash": "^4.17.0",', '+"lodash": "^4.17.21",'],
  ],
  [
    'npm: ~',
    npm('~4.17.20'),
    'lodash',
    '4.17.20',
    '4.17.21',
    ['package.json', '-"lodash": "~4.17.20",', '+"lodash": "~4.17.21",'],
  ],
  [
    'npm: exact',
    npm('4.17.20'),
    'lodash',
    '4.17.20',
    '4.17.21',
    ['package.json', '-"lodash": "4.17.20",', '+"lodash": "4.17.21",'],
  ],
  ['npm: a manifest that asks for it already', npm('^4.17.21'), 'lodash', '4.17.20', '4.17.21', 'current'],
  ['npm: an address', npm('github:lodash/lodash'), 'lodash', '4.17.20', '4.17.21', 'none'],
  [
    'npm: overrides, with tabs',
    nested,
    'minimist',
    '0.0.8',
    '0.2.4',
    ['web/package.json', '+},', '+"overrides": {', '+"minimist": "^0.2.4"'],
  ],
  [
    'npm: one of several versions',
    {
      ...nested,
      'web/package-lock.json': packageLock(
        { dependencies: { a: '^1.0.0' } },
        {
          'node_modules/a': { version: '1.0.0' },
          'node_modules/minimist': { version: '1.2.8' },
          'node_modules/a/node_modules/minimist': { version: '0.0.8' },
        },
      ),
    },
    'minimist',
    '0.0.8',
    '0.2.4',
    ['web/package.json', '+},', '+"overrides": {', '+"minimist@0.0.8": "^0.2.4"'],
  ],
  [
    'yarn: what is asked for, and in a workspace',
    {
      'package.json': '{"workspaces": ["a"]}\n',
      'a/package.json': '{\n  "devDependencies": {"lodash": "~4.17.1"}\n}\n',
      'yarn.lock':
        'lodash@~4.17.1:\n  version "4.17.20"\n  resolved "https://registry.yarnpkg.com/lodash/-/lodash-4.17.20.tgz#x"\n',
    },
    'lodash',
    '4.17.20',
    '4.17.21',
    ['a/package.json', '-"devDependencies": {"lodash": "~4.17.1"}', '+"devDependencies": {"lodash": "~4.17.21"}'],
  ],
  [
    'yarn: a manifest changed since the lockfile was written',
    {
      'package.json': '{"dependencies": {"lodash": "~4.17.21"}}\n',
      'yarn.lock':
        'lodash@~4.17.1:\n  version "4.17.20"\n  resolved "https://registry.yarnpkg.com/lodash/-/lodash-4.17.20.tgz#x"\n',
    },
    'lodash',
    '4.17.20',
    '4.17.21',
    'current',
  ],
  [
    'yarn: resolutions',
    {
      'package.json': '{\n  "dependencies": {\n    "a": "1"\n  }\n}\n',
      'yarn.lock': 'a@1:\n  version "1.0.0"\n\nminimist@^1.2.0:\n  version "1.2.0"\n',
    },
    'minimist',
    '1.2.0',
    '1.2.6',
    ['package.json', '+},', '+"resolutions": {', '+"minimist": "^1.2.6"'],
  ],
  [
    'pnpm: overrides',
    {
      'package.json': '{\n  "dependencies": {\n    "a": "1.0.0"\n  }\n}\n',
      'pnpm-lock.yaml':
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: 1.0.0\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\n  minimist@1.2.0:\n    resolution: {integrity: y}\n",
    },
    'minimist',
    '1.2.0',
    '1.2.6',
    ['package.json', '+},', '+"pnpm": {', '+"overrides": {', '+"minimist": "^1.2.6"', '+}'],
  ],
  [
    'composer',
    {
      'composer.json': '{\n    "require": {\n        "php": ">=8",\n        "twig/twig": "^2.0 || ^3.0"\n    }\n}\n',
      'composer.lock':
        '{"packages": [{"name": "twig/twig", "version": "v3.3.0", "notification-url": "https://packagist.org/downloads/"}], "packages-dev": []}',
    },
    'twig/twig',
    'v3.3.0',
    'v3.3.8',
    ['composer.json', '-"twig/twig": "^2.0 || ^3.0"', '+"twig/twig": "^3.3.8"'],
  ],
  [
    'requirements: a pin with extras, a marker and a comment',
    {
      'requirements.txt': '# web\nrequests[socks] == 2.19.0 ; python_version > "3" # 2.19.0 is old\nurllib3==2.19.0\n',
    },
    'requests',
    '2.19.0',
    '2.32.0',
    [
      'requirements.txt',
      '-requests[socks] == 2.19.0 ; python_version > "3" # 2.19.0 is old',
      '+requests[socks] == 2.32.0 ; python_version > "3" # 2.19.0 is old',
    ],
  ],
  [
    'requirements: Windows line ends',
    { 'requirements.txt': 'a==1\r\nb==2\r\n' },
    'b',
    '2',
    '3',
    ['requirements.txt', '-b==2', '+b==3'],
  ],
  ['requirements: hashes', { 'requirements.txt': 'a==1 \\\n    --hash=sha256:00\n' }, 'a', '1', '2', 'none'],
  [
    'requirements: in a constraints file',
    { 'requirements.txt': '-c constraints.txt\na\n', 'constraints.txt': 'b==1\na==1\n' },
    'a',
    '1',
    '2',
    ['constraints.txt', '-a==1', '+a==2'],
  ],
  [
    'pyproject: PEP 621',
    {
      'pyproject.toml': '[project]\nname = "x"\ndependencies = [\n  "Flask>=1.0,<2", # web\n  "a",\n]\n',
      'uv.lock': uvLock('flask', '1.0'),
    },
    'flask',
    '1.0',
    '2.2.5',
    ['pyproject.toml', '-"Flask>=1.0,<2", # web', '+"Flask>=2.2.5,<3", # web'],
  ],
  [
    'pyproject: without a version, with a marker',
    {
      'pyproject.toml': '[dependency-groups]\ndev = [\'flask; python_version > "3"\']\n',
      'uv.lock': uvLock('flask', '1.0'),
    },
    'flask',
    '1.0',
    '1.1',
    ['pyproject.toml', '-dev = [\'flask; python_version > "3"\']', '+dev = [\'flask>=1.1; python_version > "3"\']'],
  ],
  [
    'pyproject: Poetry',
    {
      'pyproject.toml':
        '[tool.poetry.dependencies]\npython = "^3.9"\njinja2 = {version = "^3.0", extras = ["i18n"]}\na = "^3.0"\n',
      'poetry.lock': poetryLock('jinja2', '3.0.0'),
    },
    'jinja2',
    '3.0.0',
    '3.1.4',
    [
      'pyproject.toml',
      '-jinja2 = {version = "^3.0", extras = ["i18n"]}',
      '+jinja2 = {version = "^3.1.4", extras = ["i18n"]}',
    ],
  ],
  [
    'pyproject: what others ask for',
    { 'pyproject.toml': '[project]\ndependencies = ["a"]\n', 'uv.lock': uvLock('flask', '1.0') },
    'flask',
    '1.0',
    '1.1',
    'none',
  ],
  [
    'Pipfile',
    {
      Pipfile: '[packages]\na = "==1.0"\nflask = "==1.0"\n',
      'Pipfile.lock': '{"_meta": {}, "default": {"flask": {"version": "==1.0"}}}',
    },
    'flask',
    '1.0',
    '1.1',
    ['Pipfile', '-flask = "==1.0"', '+flask = "==1.1"'],
  ],
  [
    'pom: of its own, where the project has the same version',
    { 'pom.xml': pom(`<dependencies>\n${dep('2.9.8')}\n</dependencies>`) },
    jackson,
    '2.9.8',
    '2.9.10.8',
    ['pom.xml', '-<version>2.9.8</version>', '+<version>2.9.10.8</version>'],
  ],
  [
    'pom: a property',
    {
      'pom.xml': pom(
        `<properties><jackson.version>2.9.8</jackson.version></properties><dependencies>\n${dep('${jackson.version}')}\n${dep('${jackson.version}', 'jackson-core')}\n</dependencies>`,
      ),
    },
    jackson,
    '2.9.8',
    '2.9.10.8',
    [
      'pom.xml',
      '-<properties><jackson.version>2.9.8</jackson.version></properties><dependencies>',
      '+<properties><jackson.version>2.9.10.8</jackson.version></properties><dependencies>',
    ],
  ],
  [
    'pom: a property that others go by',
    {
      'pom.xml': pom(
        `<properties><v>2.9.8</v></properties><dependencies>\n${dep('${v}')}\n${dep('${v}', 'other', 'org.other')}\n</dependencies>`,
      ),
    },
    jackson,
    '2.9.8',
    '2.9.10.8',
    'none',
  ],
  [
    "pom: the parent's management",
    {
      'pom.xml': `<project>\n<groupId>x</groupId><artifactId>parent</artifactId><version>1</version>\n<dependencyManagement><dependencies>\n${dep('2.9.8')}\n</dependencies></dependencyManagement>\n</project>\n`,
      'app/pom.xml': `<project>\n<parent><groupId>x</groupId><artifactId>parent</artifactId><version>1</version></parent>\n<artifactId>app</artifactId>\n<dependencies>\n${dep('')}\n</dependencies>\n</project>\n`,
    },
    jackson,
    '2.9.8',
    '2.9.10.8',
    ['pom.xml', '-<version>2.9.8</version>', '+<version>2.9.10.8</version>'],
  ],
  [
    'gradle: a text',
    {
      'build.gradle': "dependencies {\n  implementation 'org.yaml:snakeyaml:1.26'\n  implementation 'a:b:1.26'\n}\n",
      'gradle.lockfile': gradleLock,
    },
    snake,
    '1.26',
    '1.31',
    ['build.gradle', "-implementation 'org.yaml:snakeyaml:1.26'", "+implementation 'org.yaml:snakeyaml:1.31'"],
  ],
  [
    'gradle: parts by name',
    {
      'build.gradle': "dependencies {\n  api group: 'org.yaml', name: 'snakeyaml', version: '1.26'\n}\n",
      'gradle.lockfile': gradleLock,
    },
    snake,
    '1.26',
    '1.31',
    [
      'build.gradle',
      "-api group: 'org.yaml', name: 'snakeyaml', version: '1.26'",
      "+api group: 'org.yaml', name: 'snakeyaml', version: '1.31'",
    ],
  ],
  [
    'gradle: a variable of Kotlin',
    {
      'build.gradle.kts':
        'val snakeVersion = "1.26"\ndependencies {\n  implementation("org.yaml:snakeyaml:$snakeVersion")\n}\n',
      'gradle.lockfile': gradleLock,
    },
    snake,
    '1.26',
    '1.31',
    ['build.gradle.kts', '-val snakeVersion = "1.26"', '+val snakeVersion = "1.31"'],
  ],
  [
    'gradle: gradle.properties',
    {
      'gradle.properties': 'a=1.26\nsnakeVersion=1.26\n',
      'build.gradle': 'dependencies {\n  implementation "org.yaml:snakeyaml:${snakeVersion}"\n}\n',
      'gradle.lockfile': gradleLock,
    },
    snake,
    '1.26',
    '1.31',
    ['gradle.properties', '-snakeVersion=1.26', '+snakeVersion=1.31'],
  ],
  [
    'gradle: a version catalog',
    {
      'gradle/libs.versions.toml':
        '[versions]\na = "1.26"\nsnake = "1.26"\n\n[libraries]\nsnake = { module = "org.yaml:snakeyaml", version.ref = "snake" }\n',
      'gradle.lockfile': gradleLock,
    },
    snake,
    '1.26',
    '1.31',
    ['gradle/libs.versions.toml', '-snake = "1.26"', '+snake = "1.31"'],
  ],
  [
    'go.mod',
    {
      'go.mod':
        'module x\n\ngo 1.20\n\nrequire (\n\tgolang.org/x/text v0.3.5 // indirect\n\tgolang.org/x/text/v2 v2.3.5\n)\n',
    },
    'golang.org/x/text',
    '0.3.5',
    '0.3.8',
    ['go.mod', '-golang.org/x/text v0.3.5 // indirect', '+golang.org/x/text v0.3.8 // indirect'],
  ],
  [
    'go.mod: a replacement',
    { 'go.mod': 'module x\n\nrequire a.io/b v1.0.0\n\nreplace a.io/b => c.io/b v1.1.0\n' },
    'c.io/b',
    '1.1.0',
    '1.1.2',
    ['go.mod', '-replace a.io/b => c.io/b v1.1.0', '+replace a.io/b => c.io/b v1.1.2'],
  ],
  [
    'Cargo.toml',
    {
      'Cargo.toml':
        '[package]\nname = "x"\nversion = "0.1.0"\n\n[dependencies]\ntime = { version = "0.1", features = ["a"] }\n',
      'Cargo.lock': cargoLock('time', '0.1.44'),
    },
    'time',
    '0.1.44',
    '0.2.23',
    ['Cargo.toml', '-time = { version = "0.1", features = ["a"] }', '+time = { version = "0.2.23", features = ["a"] }'],
  ],
  [
    'Cargo.toml: a renamed one, of a target',
    {
      'Cargo.toml': '[target.\'cfg(unix)\'.dependencies.clock]\npackage = "time"\nversion = "=0.1.44"\n',
      'Cargo.lock': cargoLock('time', '0.1.44'),
    },
    'time',
    '0.1.44',
    '0.2.23',
    'none',
  ],
  [
    'Gemfile',
    {
      Gemfile: "source 'https://rubygems.org'\n# gem 'rack', '1'\ngem 'rack', '~> 2.0.1', require: false\n",
      'Gemfile.lock': gemLock('rack', '2.0.1'),
    },
    'rack',
    '2.0.1',
    '2.0.9.1',
    ['Gemfile', "-gem 'rack', '~> 2.0.1', require: false", "+gem 'rack', '~> 2.0.9.1', require: false"],
  ],
  [
    'Gemfile: without a version, and with bounds',
    { Gemfile: 'gem "rack"\ngem "b", ">= 1", "< 2"\n', 'Gemfile.lock': gemLock('rack', '2.0.1') },
    'rack',
    '2.0.1',
    '2.0.9',
    ['Gemfile', '-gem "rack"', '+gem "rack", ">= 2.0.9"'],
  ],
  [
    'Gemfile: bounds',
    { Gemfile: 'gem "b", ">= 1", "< 2"\n', 'Gemfile.lock': gemLock('b', '1.0') },
    'b',
    '1.0',
    '2.1',
    ['Gemfile', '-gem "b", ">= 1", "< 2"', '+gem "b", ">= 2.1", "< 3"'],
  ],
  [
    'csproj: an attribute',
    {
      'app.csproj': project(
        '  <ItemGroup>\n    <PackageReference Include="A" Version="12.0.1" />\n    <PackageReference Include="Newtonsoft.Json" Version="12.0.1" />\n  </ItemGroup>',
      ),
    },
    'Newtonsoft.Json',
    '12.0.1',
    '13.0.1',
    [
      'app.csproj',
      '-<PackageReference Include="Newtonsoft.Json" Version="12.0.1" />',
      '+<PackageReference Include="Newtonsoft.Json" Version="13.0.1" />',
    ],
  ],
  [
    'csproj: an element',
    {
      'app.csproj': project(
        '  <ItemGroup>\n    <PackageReference Include="Newtonsoft.Json">\n      <Version>12.0.1</Version>\n    </PackageReference>\n  </ItemGroup>',
      ),
    },
    'Newtonsoft.Json',
    '12.0.1',
    '13.0.1',
    ['app.csproj', '-<Version>12.0.1</Version>', '+<Version>13.0.1</Version>'],
  ],
  [
    'csproj: a property',
    {
      'app.csproj': project(
        '  <PropertyGroup>\n    <Json>12.0.1</Json>\n  </PropertyGroup>\n  <ItemGroup>\n    <PackageReference Include="Newtonsoft.Json" Version="$(Json)" />\n  </ItemGroup>',
      ),
    },
    'Newtonsoft.Json',
    '12.0.1',
    '13.0.1',
    ['app.csproj', '-<Json>12.0.1</Json>', '+<Json>13.0.1</Json>'],
  ],
  [
    'Directory.Packages.props',
    {
      'Directory.Packages.props':
        '<Project>\n  <ItemGroup>\n    <PackageVersion Include="Newtonsoft.Json" Version="12.0.1" />\n  </ItemGroup>\n</Project>\n',
      'src/app.csproj': project('  <ItemGroup>\n    <PackageReference Include="Newtonsoft.Json" />\n  </ItemGroup>'),
    },
    'Newtonsoft.Json',
    '12.0.1',
    '13.0.1',
    [
      'Directory.Packages.props',
      '-<PackageVersion Include="Newtonsoft.Json" Version="12.0.1" />',
      '+<PackageVersion Include="Newtonsoft.Json" Version="13.0.1" />',
    ],
  ],
  [
    'packages.config',
    { 'packages.config': '<packages>\n  <package id="Newtonsoft.Json" version="12.0.1" />\n</packages>\n' },
    'Newtonsoft.Json',
    '12.0.1',
    '13.0.1',
    [
      'packages.config',
      '-<package id="Newtonsoft.Json" version="12.0.1" />',
      '+<package id="Newtonsoft.Json" version="13.0.1" />',
    ],
  ],
  [
    'packages.lock.json',
    {
      'app.csproj': project(
        '  <ItemGroup>\n    <PackageReference Include="Newtonsoft.Json" Version="12.0.1" />\n  </ItemGroup>',
      ),
      'packages.lock.json':
        '{"version": 1, "dependencies": {"net8.0": {"Newtonsoft.Json": {"type": "Direct", "resolved": "12.0.1"}}}}',
    },
    'Newtonsoft.Json',
    '12.0.1',
    '13.0.1',
    [
      'app.csproj',
      '-<PackageReference Include="Newtonsoft.Json" Version="12.0.1" />',
      '+<PackageReference Include="Newtonsoft.Json" Version="13.0.1" />',
    ],
  ],
];

describe('updates of manifests', () => {
  for (const [title, tree, name, from, to, expected] of cases)
    it(title, () => {
      assert.deepEqual(changes(tree, name, from, to), expected);
    });
});

describe('ranges', () => {
  const styles = { npm: '^', 'crates.io': '', Packagist: '^' } as const;
  for (const [ecosystem, range, to, expected] of [
    ['npm', '*', '1.2.3', '^1.2.3'],
    ['npm', '1.x', '1.2.3', '^1.2.3'],
    ['npm', '1.2.x', '1.2.3', '~1.2.3'],
    ['npm', '1', '1.2.3', '^1.2.3'],
    ['npm', '>=1.0.0', '1.2.3', '>=1.2.3'],
    ['npm', '>=1.0.0 <2.0.0', '1.2.3', '>=1.2.3 <2.0.0'],
    ['npm', '>=1.0.0 <2.0.0', '2.2.3', '>=2.2.3 <3'],
    ['npm', '1.0.0 - 2.0.0', '1.2.3', '^1.2.3'],
    ['npm', '^1.0.0 || ^2.0.0', '1.2.3', '^1.2.3 || ^2.0.0'],
    ['npm', 'file:../x', '1.2.3', undefined],
    ['npm', 'next', '1.2.3', undefined],
    ['npm', '^1.0.0-beta.1', '1.2.3', '^1.2.3'],
    ['crates.io', '1.2', '1.4.0', '1.4.0'],
    ['crates.io', '>=1, <2', '1.4.0', '>=1.4.0, <2'],
    ['Packagist', '1.2.*', '1.2.9', '~1.2.9'],
    ['Packagist', '^1.0|^2.0', '2.1.0', '^2.1.0'],
  ] as const)
    it(`${ecosystem}: ${range} becomes ${String(expected)} for ${to}`, () => {
      assert.equal(raisedRange(range, to, { ecosystem, usual: styles[ecosystem] }), expected);
    });
});

describe('versions without known vulnerabilities', () => {
  const record = (ecosystem: Ecosystem, ...ranges: [introduced: string, fixed?: string][]): Advisory =>
    advisory.parse({
      id: `R-${JSON.stringify(ranges)}`,
      affected: [
        {
          package: { ecosystem, name: 'x' },
          ranges: ranges.map(([introduced, fixed]) => ({
            type: 'ECOSYSTEM',
            events: [{ introduced }, ...(fixed === undefined ? [] : [{ fixed }])],
          })),
        },
      ],
    });
  const safe = (ecosystem: Ecosystem, version: string, records: Advisory[], name = 'x') =>
    safeVersion(dependency(ecosystem, name, version), records);
  it('are the nearest of which all records are free', () => {
    assert.equal(
      safe('npm', '1.0.0', [
        record('npm', ['0', '1.0.1']),
        record('npm', ['0', '1.0.3']),
        record('npm', ['1.0.3', '1.0.5']),
      ]),
      '1.0.5',
    );
  });
  it('are of the same major version where there is one', () => {
    assert.equal(
      safe('npm', '2.0.0', [record('npm', ['0', '1.9.9'], ['2.0.0', '2.0.4'], ['3.0.0', '3.0.1'])]),
      '2.0.4',
    );
    assert.equal(safe('npm', '2.0.0', [record('npm', ['0', '3.0.1'])]), '3.0.1');
  });
  it('are none where nothing is fixed, or what is fixed has other vulnerabilities', () => {
    assert.equal(safe('npm', '2.0.0', [record('npm', ['0'])]), undefined);
    assert.equal(safe('npm', '2.0.0', [record('npm', ['0', '2.0.1']), record('npm', ['0'])]), undefined);
  });
  it('are not prereleases, unless the installed version is', () => {
    assert.equal(safe('npm', '1.0.0', [record('npm', ['0', '1.1.0-rc.1'])]), undefined);
    assert.equal(safe('npm', '1.1.0-beta.1', [record('npm', ['0', '1.1.0-rc.1'])]), '1.1.0-rc.1');
    assert.equal(safe('PyPI', '1.0', [record('PyPI', ['0', '1.1rc1'], ['1.1', '1.2'])]), '1.2');
    assert.equal(safe('Maven', '1.0', [record('Maven', ['0', '1.1-M1'])]), undefined);
    assert.equal(safe('Maven', '9.0.1.Final', [record('Maven', ['0', '9.0.2.Final'])]), '9.0.2.Final');
  });
  it('of Go are of the same module', () => {
    assert.equal(safe('Go', '1.0.0', [record('Go', ['0', '2.0.0'])]), undefined);
    assert.equal(
      safe('Go', '0.0.0-20190101000000-abcdefabcdef', [record('Go', ['0', '0.0.0-20220314234659-1baeb1ce4c0b'])]),
      '0.0.0-20220314234659-1baeb1ce4c0b',
    );
  });
});
