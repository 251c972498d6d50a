import assert from 'node:assert/strict';
import type { Logger } from '../../src/base/logger';
import { watchJob, type ConnectionState, type WatchListener } from '../../src/client/jobWatcher';
import { ScanClient } from '../../src/client/scanClient';
import type { Job, LogEvent } from '../../src/protocol';
import { FakeService, type Misbehaviour, survivable } from '../support/fakeService';

const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
/** A tenth of the real times or less, so that a test takes a second. */
const quick = { pollMs: 150, gapMs: 50, backoffMs: 50, maxBackoffMs: 200, deadAfterMs: 1000 };

interface Followed {
  readonly jobs: Job[];
  readonly logs: LogEvent[];
  readonly states: ConnectionState[];
  readonly lost: string[];
  unauthorized: number;
  readonly outcome: Job | 'lost';
}

async function follow(
  service: FakeService,
  more: Partial<WatchListener> = {},
  token = () => 'right',
): Promise<Followed> {
  const client = new ScanClient({ url: service.url, token: () => Promise.resolve(token()), log: quiet });
  const seen = { jobs: [] as Job[], logs: [] as LogEvent[], states: [] as ConnectionState[], lost: [] as string[] };
  const watch = watchJob(
    client,
    service.jobId,
    {
      job: (job) => seen.jobs.push(job),
      log: (event) => seen.logs.push(event),
      findings: () => undefined,
      connection: (state) => seen.states.push(state),
      lost: (reason) => seen.lost.push(reason),
      ...more,
    },
    quick,
  );
  const outcome = await watch.done;
  return { ...seen, unauthorized: 0, outcome };
}

/** Waits until the service sees no stream any more. */
async function drained(service: FakeService): Promise<void> {
  while (service.openStreams > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('job watcher', () => {
  let service: FakeService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  const completing: Misbehaviour[] = [
    ...survivable,
    'commentsOnly',
    'silentAfterComments',
    'version2',
    'version2Partial',
  ];
  for (const misbehaviour of completing) {
    it(`follows a service with ${misbehaviour} to the end`, async () => {
      service = await FakeService.start(misbehaviour);
      const { jobs, outcome, lost } = await follow(service);
      assert.notEqual(outcome, 'lost');
      assert.equal(outcome !== 'lost' && outcome.status, 'completed');
      assert.equal(jobs.at(-1)?.progress?.percent, 100);
      assert.equal(jobs.filter((job) => job.status === 'completed').length, 1, 'told once that it completed');
      assert.deepEqual(lost, []);
      const percents = jobs.map((job) => job.progress?.percent ?? 0);
      assert.deepEqual(
        percents,
        [...percents].sort((a, b) => a - b),
        'percent never falls',
      );
      for (const [index, job] of jobs.entries()) assert.notDeepEqual(job, jobs[index + 1], 'a repeat causes nothing');
      await drained(service);
      assert.ok(service.mostOpenStreams <= 1, 'one stream a job');
      // Over its whole lifetime, since on a busy machine single requests may be delayed.
      const most = Math.ceil(service.age / quick.gapMs) + 1;
      assert.ok(service.statusRequests.length <= most, `${service.statusRequests.length} status requests`);
    });
  }

  it('needs only one status request if the stream works', async () => {
    service = await FakeService.start('none');
    await follow(service);
    assert.equal(service.statusRequests.length, 1);
    assert.equal(service.streamsOpened, 1);
  });

  it('sends no requests while a stream is kept alive by comments', async () => {
    service = await FakeService.start('commentsOnly', 1500);
    const { states } = await follow(service);
    assert.deepEqual(states, ['connecting', 'streaming']);
    assert.equal(service.statusRequests.length, 1);
  });

  it('polls again once a stream that was kept alive has fallen silent', async () => {
    service = await FakeService.start('silentAfterComments', 2500);
    const { states } = await follow(service);
    assert.ok(states.includes('polling'));
    assert.ok(service.streamsOpened > 1);
  });

  it('reads the snapshots and updates of version 0.2.0 without requests', async () => {
    service = await FakeService.start('version2Partial', 1500);
    const { outcome, jobs, states } = await follow(service);
    assert.ok(outcome !== 'lost');
    assert.equal(outcome.status, 'completed');
    assert.equal(outcome.gaps, 1);
    assert.deepEqual(outcome.source, {
      kind: 'git',
      url: 'https://github.com/owner/sample',
      ref: 'main',
      commit: null,
      label: 'sample',
    });
    assert.ok(outcome.finished_at);
    assert.ok(jobs.some((job) => job.progress?.phase === 'analyze:one'));
    assert.deepEqual(states, ['connecting', 'streaming']);
    assert.equal(service.statusRequests.length, 1);
  });

  it('treats an interrupted job of version 0.2.0 as failed', async () => {
    service = await FakeService.start('version2Interrupted');
    const { outcome } = await follow(service);
    assert.equal(outcome !== 'lost' && outcome.status, 'failed');
    assert.equal(outcome !== 'lost' && outcome.error, 'interrupted');
  });

  it('reads a report of version 0.2.0 without losing a finding, and says what it could not read', async () => {
    service = await FakeService.start('version2Partial', 10);
    const client = new ScanClient({ url: service.url, token: () => Promise.resolve('right'), log: quiet });
    const report = await client.report(service.jobId);
    const issues = report.files.flatMap((file) => file.issues);
    assert.deepEqual(
      issues.map(({ line, severity, tool }) => [line, severity, tool]),
      [
        [1, 'high', 'semgrep'],
        [2, 'high', 'semgrep'],
        [3, 'high', 'semgrep'],
        [1, 'high', 'semgrep'],
        [5, 'medium', '7'],
        [6, 'high', 'semgrep'],
      ],
    );
    assert.deepEqual(issues[0]?.cwe, ['CWE-78']);
    assert.equal(issues[1]?.cwe, undefined);
    const gaps = report.meta.coverage?.gaps ?? [];
    assert.equal(report.meta.coverage?.complete, false);
    assert.deepEqual(
      gaps.filter(({ kind }) => kind !== 'unread_report').map(({ kind, analyzer, reason }) => [kind, analyzer, reason]),
      [
        ['unfinished', 'bandit', 'b.py could not be parsed'],
        ['analyzer_failed', 'depcheck', 'depcheck ended with status “failed”.'],
      ],
    );
    const unread = gaps.filter(({ kind }) => kind === 'unread_report').map(({ reason }) => reason.replace(/^.*: /, ''));
    assert.deepEqual(unread.toSorted(), [
      'findings outside the scanned folder, or without a file.',
      'the confidence of a finding.',
      'the cwe of a finding.',
      'the fix of a finding.',
      'the line of a finding.',
      'the suggestion of a finding.',
    ]);
    const [job] = await client.jobs({ limit: 1 });
    assert.equal(job?.status, 'completed');
    assert.equal(job.gaps, 1);
  });

  it('stops polling when the stream is back', async () => {
    service = await FakeService.start('recovers', 1500);
    const { states } = await follow(service);
    assert.deepEqual(states.slice(0, 2), ['connecting', 'polling']);
    assert.equal(states.at(-1), 'streaming');
    // Back at 40 % of its lifetime; with waits of at most 300 ms a stream opens soon after, and polling stops.
    const first = service.statusRequests[0] ?? 0;
    const late = service.statusRequests.filter((time) => time - first > 1100);
    assert.deepEqual(late, []);
  });

  it('keeps the first terminal status', async () => {
    service = await FakeService.start('canceledThenCompleted');
    const { outcome, jobs } = await follow(service);
    assert.equal(outcome !== 'lost' && outcome.status, 'canceled');
    assert.equal(jobs.at(-1)?.status, 'canceled');
  });

  it('asks for a token once, and continues with a valid one', async () => {
    service = await FakeService.start('unauthorizedInTheMiddle', 1500);
    const asked: number[] = [];
    let token = 'right';
    const { outcome } = await follow(
      service,
      {
        unauthorized: () => {
          asked.push(1);
          token = 'new';
        },
      },
      () => token,
    );
    assert.equal(outcome !== 'lost' && outcome.status, 'completed');
    assert.deepEqual(asked, [1]);
  });

  it('treats a job that the service has forgotten as lost', async () => {
    service = await FakeService.start('forgetsTheJob', 2000);
    const { outcome, lost } = await follow(service);
    assert.equal(outcome, 'lost');
    assert.equal(lost.length, 1);
  });

  it('leaves nothing open after disposal', async () => {
    service = await FakeService.start('none', 60_000);
    const client = new ScanClient({ url: service.url, token: () => Promise.resolve('right'), log: quiet });
    let first: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => (first = resolve));
    const watch = watchJob(client, service.jobId, {
      job: () => first(),
      log: () => undefined,
      findings: () => undefined,
      connection: () => undefined,
      lost: () => assert.fail('disposed is not lost'),
    });
    await seen;
    watch.dispose();
    assert.equal(await watch.done, 'lost');
    await drained(service);
  });
});
