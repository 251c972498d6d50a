import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '../../src/service/job/frames';
import { EventLog } from '../../src/service/jobs/eventLog';
import { LocalEvents } from '../../src/service/local/events';
import { JobFolders } from '../../src/service/local/jobFolders';
import { newJob, reduce, type JobAction, type JobState } from '../../src/service/job/jobMachine';
import { defaultLimits } from '../../src/base/limits';
import { found } from '../integration/support/analyzers';
import { MemoryLog, until } from '../integration/support/service';

const at = '2026-01-02T03:04:05.000Z';
const logged = (message: string) => ({ ts: at, level: 'info' as const, analyzer: null, message });

describe('the event log of a job', () => {
  let folder: string;
  let state: JobState;
  let events: LocalEvents;
  let log: EventLog;
  let told: MemoryLog;
  const act = (action: JobAction, last = false) => log.update((state = reduce(state, action)).job, last);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-eventlog-'));
    await mkdir(join(folder, 'j'));
    told = new MemoryLog();
    const folders = new JobFolders(folder, join(folder, 'new'));
    const load = () => Promise.resolve(undefined);
    events = new LocalEvents({ folders, owner: 'me', load, maxBytes: defaultLimits.maxLog, log: told });
    const source = { kind: 'path' as const, url: '/x', ref: null, commit: null, label: 'x' };
    state = newJob({ job_id: 'j', submitted_at: at, source, labels: [] }, ['a']);
    log = new EventLog(events, { id: 'j', attempt: 1 }, state.job, 0, defaultLimits.coalesce);
    log.begin();
  });
  afterEach(async () => {
    log.seal();
    await events.close('j');
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(told.lines, []);
  });

  const follow = async (after?: number) => {
    const frames: Frame[] = [];
    const subscription = await events.follow('j', after, (frame) => frames.push(frame));
    return { frames, subscription };
  };

  it('sends the Job first, and ids that grow by one', async () => {
    const { frames } = await follow();
    assert.equal(frames.length, 1);
    act({ type: 'start', at });
    log.log(logged('hello'));
    log.findings([found('a.js', 1)]);
    assert.deepEqual(
      frames.map((frame) => frame.kind),
      ['job', 'job', 'log', 'findings'],
    );
    const first = frames[0]!.id;
    assert.deepEqual(
      frames.map((frame) => frame.id),
      [first, first + 1, first + 2, first + 3],
    );
    assert.match(frames[1]!.text, /^id: 2\ndata: \{.*\}\n\n$/);
    assert.match(frames[2]!.text, /^id: 3\nevent: log\ndata: \{.*\}\n\n$/);
  });

  it('sends status and phase immediately and limits percentages to ten a second', async () => {
    act({ type: 'start', at });
    act({ type: 'phase', phase: 'clone', status: 'running', at });
    const { frames } = await follow();
    const began = performance.now();
    for (let percent = 1; percent <= 60; percent += 1) act({ type: 'progress', phase: 'clone', percent });
    assert.ok(frames.length <= 2);
    act({ type: 'phase', phase: 'clone', status: 'completed', at });
    const now = frames.length;
    assert.ok(frames.at(-1)?.text.includes('"status":"completed"'));
    act({ type: 'phase', phase: 'analyze:a', status: 'running', at });
    assert.equal(frames.length, now + 1);
    act({ type: 'progress', phase: 'analyze:a', percent: 7 });
    await until(() => frames.length === now + 2);
    assert.ok(performance.now() - began >= 50);
  });

  it('sends a returning client what it missed, then the Job', async () => {
    log.log(logged('one'));
    const { frames: first, subscription } = await follow();
    subscription?.dispose();
    const seen = first.at(-1)!.id;
    log.log(logged('two'));
    act({ type: 'start', at });
    log.log(logged('three'));
    const { frames } = await follow(seen);
    assert.deepEqual(
      frames.map((frame) => [frame.kind, /"(two|three)"/.exec(frame.text)?.[1]]),
      [
        ['log', 'two'],
        ['log', 'three'],
        ['job', undefined],
      ],
    );
  });

  it('keeps a bounded buffer', async () => {
    for (let index = 0; index < 5000; index += 1) log.log(logged(`line ${index}`));
    const { frames } = await follow(0);
    assert.equal(frames.length, 1001);
    assert.match(frames[0]!.text, /line 4000/);
  });

  it('ends late subscribers immediately when the job is over', async () => {
    act({ type: 'start', at });
    act({ type: 'finish', status: 'canceled', at }, true);
    const { frames } = await follow();
    assert.deepEqual(
      frames.map((frame) => frame.last),
      [true],
    );
  });

  it('writes everything but percentages to events.ndjson, which serves late clients', async () => {
    act({ type: 'start', at });
    log.log(logged('one'));
    log.findings([found('a.js', 1)]);
    act({ type: 'finish', status: 'failed', at, error: 'x' }, true);
    await events.close('j');
    const lines = (await readFile(join(folder, 'j', 'events.ndjson'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    assert.deepEqual(
      lines.map((line) => line.event),
      ['job', 'job', 'log', 'findings', 'job'],
    );
    const kinds = async (after: number) => {
      const names: (string | undefined)[] = [];
      for await (const text of events.kept('j', after))
        names.push(/^id: \d+\nevent: (\w+)\ndata: .*\n\n$/.exec(text)?.[1]);
      return names;
    };
    assert.deepEqual(await kinds(0), ['log', 'findings']);
    assert.deepEqual(await kinds(3), ['findings']);
    assert.equal(await events.lastId('j'), 5);
    assert.equal(await events.lastId('none'), 0);
  });
});
