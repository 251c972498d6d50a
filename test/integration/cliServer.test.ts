import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from '../../src/protocol';
import { FakeService, survivable, type Misbehaviour } from '../support/fakeService';
import { codeagent, type CommandEnd } from './support/command';
import { until } from './support/service';
import { patience } from '../support/patience.mjs';

interface Case {
  /** The expected exit code. */
  code: number;
  /** The expected text on stderr. */
  says?: RegExp;
  lifeMs?: number;
  submissions?: number;
  /** The expected findings in the report, as file:line. */
  found?: readonly string[];
}

const completes: Misbehaviour[] = [...survivable, 'restarts', 'answers200'];

const cases: [Misbehaviour, Case][] = [
  ...completes.map((name): [Misbehaviour, Case] => [name, { code: 0, lifeMs: 2500 }]),
  ['busy', { code: 0, submissions: 2 }],
  ['canceledThenCompleted', { code: 3, says: /The scan was canceled elsewhere/, lifeMs: 2500 }],
  ['unauthorizedInTheMiddle', { code: 3, says: /lost: The service rejects the token.*Sign in first/ }],
  ['forgetsTheJob', { code: 3, says: /lost: The service does not know this job/ }],
  ['tooLarge', { code: 3, says: /could not be submitted: The upload is too large/ }],
  ['unprocessable', { code: 3, says: /could not be submitted: file is no zip/ }],
];

/** Both findings of the stand-in; the second is listed under a file outside the folder, but itself says that it is in this one. */
const planted = ['a.js:1', 'a.js:1'];
/** All six findings of the stand-in for the public service 0.2.0, four of them with malformed fields. */
const version2 = ['a.py:1', 'a.py:1', 'a.py:2', 'a.py:3', 'a.py:5', 'a.py:6'];
cases.push(
  ['version2', { code: 0, lifeMs: 2500, found: version2 }],
  ['version2Partial', { code: 0, lifeMs: 2500, found: version2 }],
  ['version2Interrupted', { code: 3, says: /The scan failed: interrupted/, lifeMs: 2500 }],
);

/** Several runs are started together: most of each is waiting for the service. */
const atOnce = 6;

describe('codeagent scan --server', function () {
  this.timeout(patience(60_000));
  const ends = new Map<Misbehaviour, { service: FakeService; end: CommandEnd }>();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-cli-server-'));
    await writeFile(join(folder, 'a.js'), 'eval(location.hash);\n');
    // More than the buffers of a connection hold, so that an upload is refused in the middle.
    await writeFile(join(folder, 'b.js'), `// ${randomBytes(400_000).toString('base64')}\n`);
    const waiting = [...cases];
    const run = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [name, { lifeMs }] = next;
        const service = await FakeService.start(name, lifeMs ?? 2000);
        const args = ['scan', folder, '--server', service.url, '--format', 'json', '--fail-on', 'critical'];
        ends.set(name, { service, end: await codeagent(args, { CODEAGENT_TOKEN: 'right' }) });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, run));
  });

  after(async () => {
    for (const { service } of ends.values()) await service.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [name, { code, says, submissions, found = planted }] of cases) {
    it(`ends with ${code} on a service with ${name}`, async () => {
      const { service, end } = ends.get(name) ?? assert.fail('it was not run');
      assert.equal(end.code, code, end.stderr);
      if (says) assert.match(end.stderr, says);
      assert.doesNotMatch(end.stderr, /\n\s+at |right/, 'neither a stack nor the token');
      if (code === 0) {
        const { files } = report.parse(JSON.parse(end.stdout));
        assert.deepEqual(
          files.flatMap(({ issues }) => issues.map(({ file, line }) => `${file}:${line}`)).toSorted(),
          found,
          'no finding is lost',
        );
      } else assert.equal(end.stdout, '');
      assert.equal(service.submissions, submissions ?? 1);
      assert.ok(service.mostOpenStreams <= 1, 'one stream a job');
      const times = service.statusRequests;
      for (const [index, time] of times.slice(1).entries()) {
        const gap = time - (times[index] ?? 0);
        assert.ok(gap >= 800, `status asked again after ${Math.round(gap)} ms`);
      }
      assert.ok(service.streamsOpened <= 2 + end.ms / 1000, `${service.streamsOpened} streams in ${end.ms} ms`);
      await until(() => service.openStreams === 0 && service.openConnections === 0);
    });
  }

  it('ends with 4 on a job with gaps of version 0.2.0 with --strict, and still loses no finding', async () => {
    const service = await FakeService.start('version2Partial', 1500);
    const args = ['scan', folder, '--server', service.url, '--format', 'json', '--strict'];
    const { code, stdout, stderr } = await codeagent(args, { CODEAGENT_TOKEN: 'right' });
    await service.close();
    assert.equal(code, 4, stderr);
    assert.match(stderr, /b\.py could not be parsed/);
    const { files, meta } = report.parse(JSON.parse(stdout));
    assert.equal(files.flatMap(({ issues }) => issues).length, version2.length);
    assert.equal(meta.coverage?.complete, false);
  });

  it('says what is wrong with a token or an address without showing either', async () => {
    const token = 'secret-part\nother-part';
    const broken = await codeagent(['scan', folder, '--server', 'http://127.0.0.1:9'], { CODEAGENT_TOKEN: token });
    assert.equal(broken.code, 3);
    assert.match(broken.stderr, /The token contains a space, a line break/);
    const inUrl = await codeagent(['scan', folder, '--server', 'http://me:secret-part@127.0.0.1:9']);
    assert.equal(inUrl.code, 2);
    assert.match(inUrl.stderr, /without a password/);
    assert.doesNotMatch(broken.stderr + inUrl.stderr, /secret-part|other-part/);
  });

  it('says that the connection was refused', async () => {
    const gone = await FakeService.start('none');
    await gone.close();
    const { code, stderr } = await codeagent(['scan', folder, '--server', gone.url]);
    assert.equal(code, 3);
    assert.match(stderr, /cannot be reached: the connection was refused/);
  });
});
