import assert from 'node:assert/strict';
import { roleOf } from '../../src/engines/dependencies/lockfiles/kinds';
import type { LockfileContent } from '../../src/engines/dependencies/lockfiles/locked';
import { readers } from '../../src/engines/dependencies/lockfiles/readers';
import { unlockedManifests } from '../../src/engines/dependencies/unlocked';

/** Lockfile shapes that have misled parsers. The first file is read, the others are next to it. */
interface Shape {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** `name version line`, followed by the file if it is another one. */
  readonly found: readonly string[];
  /** Names that must not be sent. */
  readonly private?: readonly string[];
  readonly problem?: RegExp;
}

const json = (value: unknown) => JSON.stringify(value, null, 2);
const gem = (remote: string) => `GEM\n  remote: ${remote}\n  specs:\n    rack (2.0.1)\n\nDEPENDENCIES\n  rack\n`;
const requirements = (text: string, more: Record<string, string> = {}) => ({ 'requirements.txt': text, ...more });
const dependency = (artifact: string, rest = '') =>
  `<dependency>\n<groupId>g</groupId>\n<artifactId>${artifact}</artifactId>${rest}</dependency>`;
const pom = (body: string) =>
  `<project><groupId>g</groupId><artifactId>app</artifactId><version>1</version>${body}</project>`;

const shapes: readonly Shape[] = [
  {
    title: 'package-lock.json 1: each version on its own line',
    files: {
      'package-lock.json': json({
        lockfileVersion: 1,
        dependencies: { a: { version: '2.0.0' }, b: { version: '1.0.0', dependencies: { a: { version: '1.0.0' } } } },
      }),
    },
    found: ['a 2.0.0 4', 'a 1.0.0 10', 'b 1.0.0 7'],
  },
  {
    title: 'package-lock.json 3: registries, addresses, workspaces, and names that every object has',
    files: {
      'package-lock.json': `{
  "lockfileVersion": 3,
  "packages": {
    "": { "dependencies": { "a": "^1" } },
    "node_modules/a": { "version": "1.0.0", "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz" },
    "node_modules/b": { "version": "1.0.0", "resolved": "https://npm.acme.example/b/-/b-1.0.0.tgz" },
    "node_modules/c": { "version": "1.0.0", "resolved": "https://files.example/c.tar.gz" },
    "node_modules/d": { "version": "1.0.0", "resolved": "https://npm.pkg.github.com/download/@acme/d/1.0.0/abc" },
    "node_modules/e": { "version": "1.0.0", "resolved": "git+ssh://git@github.com/acme/e.git#abc" },
    "node_modules/f": { "resolved": "packages/f", "link": true },
    "packages/f": { "version": "1.0.0" },
    "node_modules/a/node_modules/b": { "version": "2.0.0", "inBundle": true },
    "node_modules/__proto__": { "version": "1.0.0" },
    "node_modules/constructor": { "version": "1.0.0" }
  }
}`,
    },
    found: ['a 1.0.0 5', 'b 1.0.0 6', 'd 1.0.0 8', 'b 2.0.0 12', '__proto__ 1.0.0 13', 'constructor 1.0.0 14'],
    private: ['b', 'd'],
  },
  {
    title: 'package-lock.json with a scope that .npmrc fetches from elsewhere',
    files: {
      'package-lock.json': json({
        lockfileVersion: 2,
        packages: { 'node_modules/@acme/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } },
      }),
      '.npmrc': 'always-auth=true\n@acme:registry=https://npm.acme.example/\n',
    },
    found: ['@acme/a 1.0.0 4', 'b 1.0.0 7'],
    private: ['@acme/a'],
  },
  {
    title: 'package-lock.json that is cut off: what is before',
    files: {
      'package-lock.json': '{"lockfileVersion": 3, "packages": {\n"node_modules/a": {"version": "1.0.0"},\n"node_mod',
    },
    found: ['a 1.0.0 2'],
    problem: /damaged at line 3/,
  },
  {
    title: 'package-lock.json of a version to come',
    files: { 'package-lock.json': json({ lockfileVersion: 7, packages: { 'node_modules/a': { version: '1.0.0' } } }) },
    found: ['a 1.0.0 4'],
    problem: /version 7 is not supported/,
  },
  {
    title: 'yarn.lock 1: quoted and bare fields, two versions, aliases, git, registries',
    files: {
      'yarn.lock': `# yarn lockfile v1


"@a/b@^1.0.0", "@a/b@^1.1.0":
  "version" "1.1.0"
  dependencies:
    version "^9.0.0"

a@1, "a@>= 1.0 < 2":
  version "1.0.0"
a@^2:
  version "2.0.0"
  resolved "https://npm.acme.example/a/-/a-2.0.0.tgz#abc"
old@npm:real@^3:
  version "3.0.0"
fork@acme/fork:
  version "1.0.0"
git@https://git.acme.example/x.git:
  version "1.0.0"
mirror@^1:
  version "1.0.0"
  resolved "mirror-1.0.0.tgz#abc"
tarball@^1:
  version "1.0.0"
  resolved "https://codeload.github.com/acme/tarball/tar.gz/abc"
`,
    },
    found: ['@a/b 1.1.0 4', 'a 1.0.0 9', 'a 2.0.0 11', 'real 3.0.0 14', 'mirror 1.0.0 20'],
    private: ['a'],
  },
  {
    title: 'yarn.lock 1 in which a merge left its marks',
    files: { 'yarn.lock': 'a@1:\n  version "1.0.0"\n<<<<<<< HEAD\nb@1:\n  version "1.0.0"\n=======\n' },
    found: ['a 1.0.0 1', 'b 1.0.0 4'],
    problem: /damaged at line 3/,
  },
  {
    title: 'yarn.lock of berry: patches, workspaces, archives of a registry',
    files: {
      'yarn.lock': `__metadata:
  version: 8

"a@npm:^1.0.0":
  version: 1.10
  resolution: "a@npm:1.10"
"a@patch:a@npm%3A^2.0.0#./a.patch::locator=app%40workspace%3A.":
  version: 2.0.0
  resolution: "a@patch:a@npm%3A2.0.0#./a.patch::version=2.0.0&hash=abc"
"b@npm:^1.0.0":
  version: 1.0.0
  resolution: "b@npm:1.0.0::__archiveUrl=https%3A%2F%2Fnpm.acme.example%2Fb%2F-%2Fb-1.0.0.tgz"
"c@https://git.acme.example/c.git":
  version: 1.0.0
  resolution: "c@https://git.acme.example/c.git#commit=abc"
"d@workspace:packages/d":
  version: 0.0.0-use.local
  resolution: "d@workspace:packages/d"
"e@npm:real@1.0.0":
  version: 1.0.0
  resolution: "real@npm:1.0.0"
`,
    },
    found: ['a 1.10 4', 'a 2.0.0 7', 'b 1.0.0 10', 'real 1.0.0 19'],
    private: ['b'],
  },
  {
    title: 'pnpm-lock.yaml 5: hosts, git, folders',
    files: {
      'pnpm-lock.yaml': `lockfileVersion: 5.3
packages:
  /@a/b/1.0.0_c@1.0.0:
    resolution: {integrity: sha512-x}
  registry.npmmirror.com/d/1.0.0:
    resolution: {integrity: sha512-x}
  npm.acme.example/e/1.0.0:
    resolution: {integrity: sha512-x}
  git@bitbucket.org+acme/f/6104ae42:
    resolution: {commit: 6104ae42, repo: git@bitbucket.org:acme/f.git, type: git}
    name: f
    version: 1.0.0
  github.com/acme/g/6104ae42:
    resolution: {tarball: https://codeload.github.com/acme/g/tar.gz/6104ae42}
    name: g
    version: 1.0.0
  '@github.com/acme/h/archive/1.0.0.tar.gz':
    resolution: {tarball: https://github.com/acme/h/archive/1.0.0.tar.gz}
    name: h
    version: 1.0.0
  file:i:
    resolution: {directory: i, type: directory}
    name: i
`,
    },
    found: ['@a/b 1.0.0 3', 'd 1.0.0 5', 'e 1.0.0 7'],
    private: ['e'],
  },
  {
    title: 'pnpm-lock.yaml 9: two documents, YAML aliases, and sources other than a registry',
    files: {
      'pnpm-lock.yaml': `---
lockfileVersion: '9.0'
packages:
  pnpm@11.0.0:
    resolution: {integrity: sha512-x}
---
lockfileVersion: '9.0'
packages:
  '@a/b@1.0.0':
    resolution: &one {integrity: sha512-x}
  c@1.0.0-rc.1:
    resolution: *one
  d@https://codeload.github.com/acme/d/tar.gz/abc:
    resolution: {tarball: https://codeload.github.com/acme/d/tar.gz/abc}
    version: 1.0.0
  e@file:../e:
    resolution: {directory: ../e, type: directory}
  f@git+ssh://git@git.acme.example/f.git#abc:
    resolution: {commit: abc, repo: git@git.acme.example:f.git, type: git}
  g@1.0.0:
    resolution: {integrity: sha512-x, tarball: https://npm.acme.example/g/-/g-1.0.0.tgz}
`,
    },
    found: ['pnpm 11.0.0 4', '@a/b 1.0.0 9', 'c 1.0.0-rc.1 11', 'g 1.0.0 20'],
    private: ['g'],
  },
  {
    title: 'bun.lock: registries, workspaces, git',
    files: {
      'bun.lock': `{
  // made by bun
  "lockfileVersion": 1,
  "packages": {
    "a": ["a@1.0.0", "", {}, "sha512-x"],
    "b": ["b@1.0.0", "https://npm.acme.example/b/-/b-1.0.0.tgz", {}, "sha512-x"],
    "c": ["c@workspace:packages/c"],
    "d": ["d@git+ssh://git@github.com/acme/d.git#abc", {}, "abc"],
    "e": ["e@https://files.example/e.tgz", {}],
    "f": ["real@1.0.0", "", {}, "sha512-x"],
  },
}
`,
    },
    found: ['a 1.0.0 5', 'b 1.0.0 6', 'real 1.0.0 10'],
    private: ['b'],
  },
  {
    title: 'deno.lock',
    files: {
      'deno.lock': json({
        version: '4',
        specifiers: { 'npm:a@1': '1.0.0' },
        jsr: { '@std/path@1.0.0': {} },
        npm: { 'a@1.0.0': { integrity: 'x' }, '@b/c@2.0.0_a@1.0.0': { integrity: 'x' } },
      }),
    },
    found: ['a 1.0.0 10', '@b/c 2.0.0 13'],
  },
  {
    title: 'requirements.txt: extras, markers, hashes, continuations, ===, stars, addresses, comments',
    files: requirements(`# comment \\
a[x,y] == 1.0 ; python_version < "3.8"
b===2.0  # why
c==1.*
d>=1,==1.2
e==1.0 \\
    --hash=sha256:abc \\
    --hash=sha256:def
-e git+https://git.acme.example/f.git@v1.0#egg=f==1.0
g @ https://files.example/g-1.0-py3-none-any.whl
./h-1.0.tar.gz
https://files.example/i==1.0.zip
J.k_l (==3.0)
--no-binary :all:
`),
    found: ['a 1.0 2', 'b 2.0 3', 'd 1.2 5', 'e 1.0 6', 'J.k_l 3.0 13'],
  },
  {
    title: 'requirements.txt: constraints install nothing, includes do',
    files: requirements('-c sub/constraints.txt\n-r sub/more.txt\nFlask\na==1.0\n', {
      'sub/constraints.txt': 'flask==0.12\nDjango==2.2.0\nB.c==3.0\na==2.0\n',
      'sub/more.txt': '--constraint=constraints.txt\nb-c>=1\n-r ../requirements.txt\n',
    }),
    found: ['flask 0.12 1 sub/constraints.txt', 'a 1.0 4', 'B.c 3.0 3 sub/constraints.txt'],
  },
  {
    title: 'requirements.txt with an index of its own',
    files: requirements('--index-url https://pypi.acme.example/simple\nbilling==1.0\n'),
    found: ['billing 1.0 2'],
    private: ['billing'],
  },
  {
    title: 'requirements.txt that includes what is not there',
    files: requirements('-r gone.txt\na==1.0\n'),
    found: ['a 1.0 2'],
    problem: /includes a file that is not in the scan/,
  },
  {
    title: 'poetry.lock: sources, and two versions',
    files: {
      'poetry.lock': `[[package]]
name = "a"
version = "1.0"

[[package]]
version = "2.0"
name = "a"

[[package]]
name = "b"
version = "1.0"
[package.source]
type = "legacy"
url = "https://pypi.acme.example/simple"
reference = "acme"

[[package]]
name = "c"
version = "1.0"
[package.source]
type = "directory"
url = "../c"

[[package]]
name = "d"
version = "1.0"
[package.source]
type = "legacy"
url = "https://download.pytorch.org/whl/cpu"
`,
    },
    found: ['a 1.0 2', 'a 2.0 7', 'b 1.0 10', 'd 1.0 25'],
    private: ['b'],
  },
  {
    title: 'uv.lock that is cut off: the packages before',
    files: {
      'uv.lock':
        'version = 1\n[[package]]\nname = "a"\nversion = "1.0"\nsource = { registry = "https://pypi.org/simple" }\n[[package]]\nname = "b"\nversion = "1.',
    },
    found: ['a 1.0 3'],
    problem: /damaged at line 8/,
  },
  {
    title: 'poetry.lock that is cut off between two packages',
    files: { 'poetry.lock': '[[package]]\nname = "a"\nversion = "1.0"\n\n[[pack' },
    found: ['a 1.0 2'],
    problem: /damaged at line 5/,
  },
  {
    title: 'poetry.lock that is cut off in a list',
    files: {
      'poetry.lock':
        '[[package]]\nname = "a"\nversion = "1.0"\n[[package]]\nname = "b"\nversion = "1.0"\nfiles = [\n  {file = "b.whl"},\n  {fi',
    },
    found: ['a 1.0 2'],
    problem: /damaged at line \d/,
  },
  {
    title: 'uv.lock: folders, addresses, other indexes',
    files: {
      'uv.lock': `version = 1
[[package]]
name = "a"
version = "1.0"
source = { editable = "." }
[[package]]
name = "b"
version = "1.0"
source = { registry = "https://pypi.acme.example/simple" }
[[package]]
name = "c"
version = "1.0"
source = { url = "https://files.example/c.whl" }
`,
    },
    found: ['b 1.0 7'],
    private: ['b'],
  },
  {
    title: 'Pipfile.lock: indexes, files, git',
    files: {
      'Pipfile.lock': json({
        _meta: {
          'pipfile-spec': 6,
          sources: [
            { name: 'pypi', url: 'https://pypi.org/simple' },
            { name: 'acme', url: 'https://pypi.acme.example/simple' },
          ],
        },
        default: {
          a: { index: 'pypi', version: '==1.0' },
          b: { index: 'acme', version: '==1.0' },
          c: { file: 'https://files.example/c.whl', version: '==1.0' },
          d: { version: '==2.0' },
        },
      }),
    },
    found: ['a 1.0 16', 'b 1.0 20', 'd 2.0 28'],
    private: ['b'],
  },
  {
    title: 'Cargo.lock: two versions, git, a registry of its own',
    files: {
      'Cargo.lock': `version = 4
[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "a"
version = "2.0.0"
source = "sparse+https://index.crates.io/"
[[package]]
name = "b"
version = "1.0.0"
source = "registry+https://cargo.acme.example/index"
[[package]]
name = "c"
version = "1.0.0"
source = "git+https://git.acme.example/c#abc"
[[package]]
name = "app"
version = "0.1.0"
`,
    },
    found: ['a 1.0.0 3', 'a 2.0.0 7', 'b 1.0.0 11'],
    private: ['b'],
  },
  {
    title: 'Gemfile.lock of rubygems.org',
    files: { 'Gemfile.lock': gem('https://rubygems.org/') },
    found: ['rack 2.0.1 4'],
  },
  {
    title: 'Gemfile.lock of a server of its own',
    files: { 'Gemfile.lock': gem('https://gems.acme.example/') },
    found: ['rack 2.0.1 4'],
    private: ['rack'],
  },
  {
    title: 'Gemfile.lock that is cut off',
    files: { 'Gemfile.lock': 'GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (2.0.1)\n' },
    found: ['rack 2.0.1 4'],
    problem: /truncated/,
  },
  {
    title: 'composer.lock: code repositories are not a registry',
    files: {
      'composer.lock': json({
        packages: [
          { name: 'a/a', version: 'v1.0.0', 'notification-url': 'https://packagist.org/downloads/' },
          { name: 'acme/b', version: '1.0.0', source: { type: 'git', url: 'https://github.com/acme/b.git' } },
          { name: 'acme/c', version: '1.0.0', 'notification-url': 'https://repo.acme.example/downloads' },
          { name: 'acme/d', version: '1.0.0', dist: { type: 'path', url: '../d' } },
        ],
      }),
    },
    found: ['a/a v1.0.0 4', 'acme/c 1.0.0 17'],
    private: ['acme/c'],
  },
  {
    title: 'go.mod: folders, forks, hosts that are in no public network, comments',
    files: {
      'go.mod': `module example.com/app
go 1.21
require (
	example.com/a v1.0.0 // see https://example.com
	git.acme.internal/b v1.0.0
	example.com/c v1.0.0
	example.com/d v1.0.0 // indirect
)
replace example.com/c => ./c
replace example.com/d v1.0.0 => github.com/x/d v1.0.1
retract v0.0.1
`,
    },
    found: ['example.com/a 1.0.0 4', 'git.acme.internal/b 1.0.0 5', 'github.com/x/d 1.0.1 7'],
    private: ['git.acme.internal/b'],
  },
  {
    title: 'go.mod that is cut off',
    files: { 'go.mod': 'module x\nrequire (\n\texample.com/a v1.0.0\n' },
    found: ['example.com/a 1.0.0 3'],
    problem: /truncated in "require"/,
  },
  {
    title: 'pom.xml: only profiles that are active change anything',
    files: {
      'pom.xml': pom(
        `<properties><v>1</v><w>1</w></properties><dependencies>${dependency('a', '<version>${v}</version>')}${dependency('b', '<version>${w}</version>')}</dependencies>
<profiles><profile><id>no</id><properties><v>2</v></properties><dependencies>${dependency('c', '<version>1</version>')}</dependencies></profile>
<profile><id>yes</id><activation><activeByDefault>true</activeByDefault></activation><properties><w>2</w></properties></profile></profiles>`,
      ),
    },
    found: ['g:a 1 3', 'g:b 2 5'],
  },
  {
    title: 'pom.xml: managed by type and classifier, plugins, modules of the build, system',
    files: {
      'pom.xml': pom(
        `<dependencyManagement><dependencies>${dependency('a', '<type>zip</type><version>9</version>')}${dependency('a', '<version>1</version>')}</dependencies></dependencyManagement>
<dependencies>${dependency('a')}${dependency('part', '<version>1</version>')}${dependency('s', '<version>1</version><scope>system</scope>')}</dependencies>
<build><plugins><plugin><dependencies>${dependency('p', '<version>1</version>')}</dependencies></plugin></plugins></build>`,
      ),
      'part/pom.xml': '<project><groupId>g</groupId><artifactId>part</artifactId><version>1</version></project>',
    },
    found: ['g:a 1 8'],
  },
  {
    title: 'pom.xml that is cut off',
    files: { 'pom.xml': `<project><dependencies>${dependency('a', '<version>1</version>')}<dependency>` },
    found: ['g:a 1 3'],
    problem: /damaged/,
  },
  {
    title: 'packages.lock.json: a package of several frameworks',
    files: {
      'packages.lock.json': json({
        version: 1,
        dependencies: {
          'net6.0': { A: { type: 'Transitive', resolved: '6.0.0' } },
          'net8.0': { A: { type: 'Transitive', resolved: '8.0.0' }, mine: { type: 'Project' } },
        },
      }),
    },
    found: ['A 6.0.0 5', 'A 8.0.0 11'],
  },
  {
    title: 'packages.config',
    files: { 'packages.config': '<?xml version="1.0"?>\n<packages>\n  <package id="A" version="1.0" />\n</packages>' },
    found: ['A 1.0 3'],
  },
  {
    title: 'a project of .NET with central versions, properties and references to projects',
    files: {
      'src/app.csproj': `<Project>
  <PropertyGroup><BVersion>2.0</BVersion></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="A" />
    <PackageReference
      Include="B" Version="$(BVersion)" />
    <PackageReference Include="C"><Version>[3.0]</Version></PackageReference>
    <PackageReference Include="D" Version="4.*" />
    <ProjectReference Include="../mine/mine.csproj" />
  </ItemGroup>
</Project>`,
      'Directory.Packages.props':
        '<Project>\n<ItemGroup>\n<PackageVersion Include="A" Version="1.0" />\n<PackageVersion Include="Z" Version="9" /></ItemGroup></Project>',
    },
    found: ['A 1.0 3 Directory.Packages.props', 'B 2.0 5', 'C 3.0 7'],
  },
  {
    title: 'mix.lock: organizations, git',
    files: {
      'mix.lock': `%{
  "a": {:hex, :a, "1.0.0", "abc", [:mix], [{:b, "~> 1.0", [hex: :b, repo: "hexpm", optional: false]}], "hexpm", "def"},
  "b": {:hex, :real_b, "2.0.0", "abc"},
  "c": {:hex, :c, "1.0.0", "abc", [:mix], [], "hexpm:acme", "def"},
  "d": {:git, "https://git.acme.example/d.git", "abc", []},
}
`,
    },
    found: ['a 1.0.0 2', 'real_b 2.0.0 3', 'c 1.0.0 4'],
    private: ['c'],
  },
  {
    title: 'pubspec.lock: hosts, SDKs, git',
    files: {
      'pubspec.lock': `packages:
  a:
    dependency: "direct main"
    description:
      name: a
      url: "https://pub.dev"
    source: hosted
    version: "1.10"
  b:
    dependency: transitive
    description: {name: b, url: "https://pub.acme.example"}
    source: hosted
    version: "1.0.0"
  flutter:
    dependency: "direct main"
    description: flutter
    source: sdk
    version: "0.0.0"
  d:
    dependency: "direct main"
    description: {path: ".", url: "https://git.acme.example/d.git"}
    source: git
    version: "1.0.0"
`,
    },
    found: ['a 1.10 2', 'b 1.0.0 9'],
    private: ['b'],
  },
  {
    title: "gradle.lockfile, also in Gradle 6's form",
    files: { 'gradle/dependency-locks/compileClasspath.lockfile': '# made by Gradle\ng:a:1.0\ng:b:2.0=x\n' },
    found: ['g:a 1.0 2', 'g:b 2.0 3'],
  },
];

function read(files: Readonly<Record<string, string>>): LockfileContent {
  const [[path, text] = ['', '']] = Object.entries(files);
  const role = roleOf(path);
  assert.ok(role?.role === 'lockfile', path);
  return readers[role.kind.format](text, path, { paths: Object.keys(files), read: (file) => files[file] });
}

describe('shapes of lockfiles', () => {
  for (const shape of shapes)
    it(shape.title, () => {
      const { packages, problem } = read(shape.files);
      const found = packages.map(({ name, version, line, file }) =>
        [name, version, line, ...(file === undefined ? [] : [file])].join(' '),
      );
      assert.deepEqual(found.sort(), [...shape.found].sort());
      const own = packages.filter((one) => one.private).map(({ name }) => name);
      assert.deepEqual(own.sort(), [...(shape.private ?? [])].sort());
      assert.match(problem ?? '', shape.problem ?? /^$/);
    });

  const strange: Readonly<Record<string, string>> = {
    'package-lock.json': '{"requires": true}',
    'pnpm-lock.yaml': 'a: b\n',
    'yarn.lock': '<html>\n',
    'poetry.lock': 'a = 1\n[[package\n',
    'composer.lock': '{}',
    'Pipfile.lock': '{"a": {}}',
    'pom.xml': '<settings/>',
    'packages.lock.json': '{"version": 1}',
    'Gemfile.lock': 'hello\n',
    'pubspec.lock': 'sdks: {}\n',
    'mix.lock': 'hello\n',
    'bun.lock': '[]',
    'go.sum': 'hello\n',
  };
  for (const [path, text] of Object.entries(strange))
    it(`${path} of an unknown shape does not count as empty`, () => {
      assert.throws(() => read({ [path]: text }), /^Error: it /);
    });

  it('a YAML text of aliases of aliases, or with endless nesting, is read quickly', () => {
    const aliases = Array.from({ length: 60 }, (_, n) => `a${n}: &a${n} [${n ? `*a${n - 1}, *a${n - 1}` : 'x'}]`);
    assert.deepEqual(read({ 'pnpm-lock.yaml': `lockfileVersion: '9.0'\n${aliases.join('\n')}\n` }).packages, []);
    for (const deep of ['['.repeat(20_000), 'a: '.repeat(20_000), '{a: '.repeat(20_000)])
      assert.throws(() => read({ 'pnpm-lock.yaml': deep }), /nested deeper/);
  });
});

describe('manifests without a lockfile', () => {
  const unlocked = (files: Record<string, string>) =>
    unlockedManifests({ paths: Object.keys(files), read: (path) => files[path] });
  const application = json({ private: true, dependencies: { a: '^1' } });

  it('are reported for applications', () => {
    for (const [path, text] of [
      ['package.json', application],
      ['composer.json', json({ type: 'project', require: { php: '>=8', 'a/b': '^1' } })],
      ['pyproject.toml', '[project]\nname = "a"\ndependencies = ["django>=3"]\n'],
      ['Pipfile', '[packages]\ndjango = "*"\n'],
      ['Gemfile', 'source "https://rubygems.org"\ngem "rails"\n'],
      ['build.gradle', "plugins { id 'application' }\ndependencies { implementation 'g:a:1.0' }\n"],
    ] as const)
      assert.deepEqual(unlocked({ [path]: text }), [path]);
  });

  it('are not reported for libraries, outside the product, or without dependencies', () => {
    for (const [path, text] of [
      ['package.json', json({ name: 'lib', version: '1.0.0', dependencies: { a: '^1' } })],
      ['package.json', json({ private: true, devDependencies: { a: '^1' } })],
      ['examples/web/package.json', application],
      ['test/app/package.json', application],
      ['composer.json', json({ require: { 'a/b': '^1' } })],
      ['pyproject.toml', '[build-system]\nrequires = []\n[project]\nname = "a"\ndependencies = ["django>=3"]\n'],
      ['Gemfile', 'gemspec\ngem "rake"\n'],
      ['build.gradle', "plugins { id 'java-library' }\ndependencies { implementation 'g:a:1.0' }\n"],
      ['package.json', '{'],
    ] as const)
      assert.deepEqual(unlocked({ [path]: text }), [], path);
  });

  it('are not reported below a lockfile', () => {
    assert.deepEqual(unlocked({ 'packages/a/package.json': application, 'yarn.lock': '' }), []);
    assert.deepEqual(unlocked({ 'a/package.json': application, 'b/yarn.lock': '' }), ['a/package.json']);
  });
});
