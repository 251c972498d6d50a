import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { parse } from 'yaml';

// Runs the files in ci/ like their services do: the steps that they parse, in the shells and with the environment that they use.

const strings = z.record(z.string(), z.string());
const step = z.object({ id: z.string().optional(), if: z.string().optional(), env: strings.optional() });
const runStep = step.extend({ shell: z.literal('bash'), run: z.string() });
const action = z.object({
  inputs: z.record(z.string(), z.object({ default: z.string() })),
  runs: z.object({
    using: z.literal('composite'),
    steps: z.array(z.union([runStep, step.extend({ uses: z.string().regex(/^[\w-]+\/[\w/-]+@v\d+$/) })])),
  }),
});
const gitlab = z.object({ codeagent: z.object({ variables: strings, script: z.array(z.string()) }) });
const azure = z.object({
  parameters: z.array(z.object({ name: z.string(), default: z.string() })),
  steps: z.array(z.looseObject({ bash: z.string().optional(), env: strings.optional() })),
});

/** How a service's run ended. */
export interface CiEnd {
  readonly code: number | null;
  readonly output: string;
}

/** A repository with a known finding on main and a new one on a branch, and programs of the services. */
export class CiPlace {
  private constructor(
    readonly folder: string,
    private readonly programs: string,
    private readonly tarball: string,
  ) {}

  /**
   * @param folder will be created
   * @param tarball what npx should install
   * @param codeagent what it installs
   */
  static async make(folder: string, tarball: string, codeagent: string): Promise<CiPlace> {
    const programs = join(folder, 'programs');
    const place = new CiPlace(join(folder, 'repository'), programs, tarball);
    await mkdir(programs, { recursive: true });
    // The package is already installed: this checks that it is the requested one.
    await place.#program(
      'npx',
      `# npx runs the packages of its prefix, and reads its .npmrc: those of the repository must be nobody's.
prefix=$(cd "\${1#--prefix=}" && pwd) || exit 98
case "$prefix/" in "${place.folder}/"*) exit 97;; esac
[ "$2 $3 $4" = "--yes --package=${tarball} codeagent" ] || { echo "npx $*" >&2; exit 99; }\nshift 4\nexec "${process.execPath}" "${codeagent}" "$@"`,
    );
    await place.#program(
      'gh',
      `echo "$*" >> "$GH_LOG"\ncase "$*" in *--paginate*) printf '%s' "\${GH_FOUND:-}";; esac`,
    );
    await place.#write('src/known.js', "app.get('/', (req) => eval(req.query.known));\n");
    place.#git('init', '-q', '-b', 'main');
    place.#commit();
    place.#git('update-ref', 'refs/remotes/origin/main', 'main');
    place.#git('checkout', '-q', '-b', 'feature');
    await place.#write(
      'src/known.js',
      "// moved\napp.get('/', (req) => eval(req.query.known));\napp.get('/', (req) => eval(req.query.fresh));\n",
    );
    place.#commit();
    return place;
  }

  /** The action, in a pull request. @param found the existing comment, if any */
  async github(
    inputs: Readonly<Record<string, string>>,
    found: string,
    only?: 'comment',
  ): Promise<CiEnd & { gh: string; outputs: string }> {
    const { inputs: declared, runs } = action.parse(parse(await readFile(resolve('ci/github/action.yml'), 'utf8')));
    const temp = join(dirname(this.folder), 'runner');
    await mkdir(temp, { recursive: true });
    const [log, output, summary] = ['gh.log', 'output', 'summary'].map((name) => join(temp, name)) as [
      string,
      string,
      string,
    ];
    for (const file of [log, output, summary]) await writeFile(file, '');
    const given = Object.entries({
      ...Object.fromEntries(Object.entries(declared).map(([k, v]) => [k, v.default])),
      ...inputs,
    });
    const values = new Map([
      ...given.map(([name, value]): [string, string] => [`inputs.${name}`, value]),
      ...Object.entries({
        ...{ 'runner.temp': temp, 'runner.os': 'Linux', 'github.run_id': '1', 'github.token': 'token' },
        ...{ 'github.event_name': 'pull_request', 'github.event.pull_request.number': '7' },
      }),
    ]);
    const env = {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_BASE_REF: 'main', GITHUB_REPOSITORY: 'o/r', GITHUB_WORKSPACE: this.folder },
      ...{ RUNNER_TEMP: temp, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, GH_LOG: log, GH_FOUND: found },
    };
    let end: CiEnd = { code: 0, output: '' };
    for (const one of runs.steps) {
      if (!('run' in one) || (only !== undefined && one.id === 'scan')) continue;
      if (one.if !== undefined && !holds(one.if, values)) continue;
      if (one.if === undefined && end.code !== 0) continue;
      const script = join(temp, 'step.sh');
      await writeFile(script, one.run);
      const own = Object.fromEntries(
        Object.entries(one.env ?? {}).map(([name, value]) => [name, filled(value, values)]),
      );
      const ran = this.#run(['bash', '--noprofile', '--norc', '-eo', 'pipefail', script], { ...env, ...own });
      end = { code: end.code === 0 ? ran.code : end.code, output: end.output + ran.output };
    }
    return { ...end, gh: await readFile(log, 'utf8'), outputs: await readFile(output, 'utf8') };
  }

  /** The template, in a merge request. */
  async gitlab(): Promise<CiEnd> {
    const { codeagent: job } = gitlab.parse(
      parse(await readFile(resolve('ci/gitlab/codeagent.gitlab-ci.yml'), 'utf8')),
    );
    const env = { ...job.variables, CODEAGENT_PACKAGE: this.tarball, CODEAGENT_FAIL_ON: 'high' };
    const base = this.#git('merge-base', 'main', 'HEAD').trim();
    return this.#run(['sh', '-e', '-c', job.script.join('\n')], { ...env, CI_MERGE_REQUEST_DIFF_BASE_SHA: base });
  }

  /** The template, in a pull request. */
  async azure(): Promise<CiEnd> {
    const { parameters, steps } = azure.parse(parse(await readFile(resolve('ci/azure/codeagent.yml'), 'utf8')));
    const values = new Map(parameters.map(({ name, default: value }) => [`parameters.${name}`, value]));
    values.set('parameters.package', this.tarball);
    const scan = steps.find(({ bash }) => bash !== undefined);
    assert.ok(scan?.bash !== undefined);
    const own = Object.fromEntries(
      Object.entries(scan.env ?? {}).map(([name, value]) => [name, filled(value, values)]),
    );
    const temp = join(dirname(this.folder), 'agent');
    await mkdir(temp, { recursive: true });
    const env = { AGENT_TEMPDIRECTORY: temp, SYSTEM_PULLREQUEST_TARGETBRANCH: 'refs/heads/main' };
    return this.#run(['bash', '--noprofile', '--norc', '-c', scan.bash], { ...env, ...own });
  }

  /** The pipeline, in a change. */
  async jenkins(): Promise<CiEnd> {
    const text = await readFile(resolve('ci/jenkins/Jenkinsfile'), 'utf8');
    const script = /sh '''\n([\s\S]*?)'''/.exec(text)?.[1];
    assert.ok(script !== undefined);
    return this.#run(['sh', '-xe', '-c', script], { CODEAGENT_PACKAGE: this.tarball, CHANGE_TARGET: 'main' });
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8');
  }

  #run([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>>): CiEnd {
    const { PATH = '' } = process.env;
    const { status, stdout, stderr } = spawnSync(program, args, {
      ...{ cwd: this.folder, encoding: 'utf8' },
      env: { PATH: `${this.programs}:${PATH}`, HOME: dirname(this.folder), ...env },
    });
    return { code: status, output: stdout + stderr };
  }

  async #program(name: string, script: string): Promise<void> {
    await writeFile(join(this.programs, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(this.programs, name), 0o755);
  }

  async #write(path: string, text: string): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  #commit(): void {
    this.#git('add', '-A');
    this.#git('commit', '-q', '-m', 'a commit');
  }

  #git(...args: string[]): string {
    const names = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a',
    };
    return execFileSync('git', ['-C', this.folder, ...args], { env: { ...process.env, ...names }, encoding: 'utf8' });
  }
}

/** A text with its expressions evaluated. @throws if one is unknown here */
function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{\{ ?([\w.-]+) ?\}\}/g, (_, name: string) => {
    const value = values.get(name);
    assert.ok(value !== undefined, `there is no ${name}`);
    return value;
  });
}

/** Evaluates a condition of one of the few kinds in use. */
function holds(condition: string, values: ReadonlyMap<string, string>): boolean {
  const inside = /^\$\{\{ (.+) \}\}$/.exec(condition)?.[1] ?? condition;
  return inside.split(' && ').every((part) => {
    if (part === '!cancelled()') return true;
    const [, name = '', expected] = /^([\w.-]+) == '(.*)'$/.exec(part) ?? [];
    assert.ok(values.has(name), `"${part}" is not understood`);
    return values.get(name) === expected;
  });
}
