import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../src/base/errors';
import { checkAnswer, type CheckAnswer } from '../../src/protocol';
import { analyzer, badLines, found } from './support/analyzers';
import { startService, until, type TestService } from './support/service';

describe('checking saved files', () => {
  let service: TestService;
  const runs: string[] = [];
  const note = (id: string) => (run: { files: readonly { path: string }[] }) => {
    runs.push(`${id} ${run.files.map(({ path }) => path).join()}`);
    return Promise.resolve();
  };

  before(async () => {
    service = await startService({
      analyzers: [
        badLines(),
        analyzer('project', note('project'), { scope: 'project' }),
        analyzer('program', note('program'), { kind: 'external' }),
        analyzer('python', note('python'), { handles: (path) => path.endsWith('.py') }),
        analyzer('fails', () => Promise.reject(new CodedError('TOOL_FAILED', 'It broke')), {
          handles: (path) => path.endsWith('.broken'),
        }),
        analyzer(
          'gives-up',
          (run) => {
            run.issues([found('a.part', 1)]);
            run.gap('unfinished', 'Files that take too long were not searched.', ['a.part']);
            return Promise.resolve();
          },
          { handles: (path) => path.endsWith('.part') },
        ),
      ],
      tree: {
        'a.js': 'ok\nBAD one\n',
        'b.js': 'ok\n',
        'c.py': 'BAD\n',
        'x.broken': 'ok',
        'a.part': 'ok',
        'secret.js': 'BAD',
        'node_modules/x/i.js': 'BAD',
        '.gitignore': 'secret.js\n',
      },
    });
    execFileSync('git', ['init', '--quiet'], { cwd: service.root });
  });
  after(() => service.close());
  beforeEach(() => runs.splice(0));

  async function check(files: readonly string[], more: object = {}): Promise<CheckAnswer> {
    const body = JSON.stringify({ path: service.root, files, ...more });
    const answer = await service.get('/check', { method: 'POST', body });
    assert.equal(answer.status, 200, await answer.clone().text());
    return checkAnswer.parse(await answer.json());
  }
  const linesOf = ({ files }: CheckAnswer) => files.map(({ path, issues }) => [path, issues.map(({ line }) => line)]);

  it('finds what a scan would find, with fingerprints, and creates no job', async () => {
    const answer = await check(['a.js', 'b.js', 'c.py']);
    assert.deepEqual(linesOf(answer), [
      ['a.js', [2]],
      ['b.js', []],
      ['c.py', [1]],
    ]);
    assert.deepEqual(answer.gaps, []);
    const id = await service.submit({ path: service.root });
    await service.ended(id);
    const { files } = (await (await service.get(`/reports/${id}`)).json()) as CheckAnswer;
    const printOf = (list: CheckAnswer['files']) => list.find(({ path }) => path === 'a.js')?.issues[0]?.fingerprint;
    assert.ok(printOf(answer.files));
    assert.equal(printOf(answer.files), printOf(files));
    const { jobs } = (await (await service.get('/jobs')).json()) as { jobs: unknown[] };
    assert.equal(jobs.length, 1, 'only the scan');
  });

  it('runs embedded analyzers that read each file on its own, for their files only, except those that are off', async () => {
    const answer = await check(['a.js', 'c.py'], { off: ['bad'] });
    assert.deepEqual(runs, ['python c.py']);
    assert.deepEqual(linesOf(answer), [
      ['a.js', []],
      ['c.py', []],
    ]);
    assert.deepEqual(answer.analyzers, ['python', 'fails', 'gives-up'], 'those without a file find nothing');
  });

  it('stops when the client leaves, which is not an error', async () => {
    const pipe = join(service.root, 'odd', '.gitignore');
    await mkdir(join(service.root, 'odd'));
    execFileSync('mkfifo', [pipe]);
    try {
      const leave = new AbortController();
      const body = JSON.stringify({ path: service.root, files: ['odd/new.js'] });
      const left = assert.rejects(service.get('/check', { method: 'POST', body, signal: leave.signal }));
      // Git waits for the pipe as soon as it reads it.
      await until(async () => {
        const opened = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined);
        if (opened) leave.abort();
        await opened?.close();
        return opened !== undefined;
      });
      await left;
    } finally {
      await rm(join(service.root, 'odd'), { recursive: true });
    }
    await check(['odd/new.js']);
    assert.deepEqual(
      service.log.lines.filter((line) => /^(?:warn|error)/.test(line)),
      [],
    );
  });

  it('leaves out what a scan leaves out, and sees new files and new ignore rules', async () => {
    const answer = await check(['secret.js', 'node_modules/x/i.js', 'gone.js', 'a.js']);
    assert.deepEqual(linesOf(answer), [['a.js', [2]]]);
    assert.deepEqual(answer.left_out, ['secret.js', 'node_modules/x/i.js', 'gone.js']);
    await writeFile(join(service.root, 'new.js'), 'BAD');
    assert.deepEqual(linesOf(await check(['new.js'])), [['new.js', [1]]]);
    await writeFile(join(service.root, '.gitignore'), 'new.js\n');
    assert.deepEqual((await check(['.gitignore', 'new.js'])).left_out, ['new.js']);
    assert.deepEqual(linesOf(await check(['secret.js'])), [['secret.js', [1]]]);
  });

  it('finds nothing in a deleted file, without a gap', async () => {
    await writeFile(join(service.root, 'gone.js'), 'BAD\n');
    await check(['gone.js']);
    await rm(join(service.root, 'gone.js'));
    const answer = await check(['gone.js']);
    assert.deepEqual([answer.files, answer.left_out, answer.gaps], [[], ['gone.js'], []]);
  });

  it('does not follow a link that took the place of a file', async () => {
    await writeFile(join(service.root, 'was.js'), 'ok');
    await check(['was.js']);
    await rm(join(service.root, 'was.js'));
    await symlink(join(service.storage, '..', 'outside.js'), join(service.root, 'was.js'));
    await writeFile(join(service.storage, '..', 'outside.js'), 'BAD');
    assert.deepEqual((await check(['was.js'])).left_out, ['was.js']);
  });

  it('says which analyzers did not check everything', async () => {
    const answer = await check(['x.broken', 'a.part']);
    assert.deepEqual(answer.analyzers, ['bad', 'python']);
    assert.deepEqual(
      answer.gaps.map(({ kind, analyzer: who, examples }) => [kind, who, examples]),
      [
        ['unfinished', 'gives-up', ['a.part']],
        ['analyzer_failed', 'fails', ['x.broken']],
      ],
    );
  });

  it('rejects a folder outside its roots, and paths that leave it', async () => {
    const answers = await Promise.all([
      service.get('/check', { method: 'POST', body: JSON.stringify({ path: '/', files: ['etc/passwd'] }) }),
      service.get('/check', { method: 'POST', body: JSON.stringify({ path: service.root, files: ['../x'] }) }),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 400],
    );
  });
});
