import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTerminal, type Report } from '../../../src/protocol';
import { errorCode } from '../../../src/base/errors';
import { eventFrame, jobFrame, updateFrame, type Frame } from '../../../src/service/job/frames';
import { newJob, reduce, type FullJob, type JobAction } from '../../../src/service/job/jobMachine';
import { baselineOf, projectsOf, scansOf, type ProjectScan } from '../../../src/service/job/projects';
import { trendOf } from '../../../src/service/api/trend';
import { projectIdOf, type JobFilter } from '../../../src/service/job/search';
import { addTo, noFindings } from '../../../src/service/job/summaries';
import type { Access } from '../../../src/service/ports/access';
import type { JobEvent } from '../../../src/service/ports/events';
import type { Ports } from '../../../src/service/ports/ports';
import type { StoredJob } from '../../../src/service/ports/record';
import { leaseOf } from '../../../src/service/job/lease';
import { found } from './analyzers';
import { until } from './service';

/** An implementation of the ports, as seen by two processes that share it. */
export interface OpenedPorts {
  readonly one: Ports;
  readonly two: Ports;
  /** The tokens of each process, and one that may do everything. The local service has one process. */
  readonly access: readonly Access[];
  readonly adminToken: string;
  close(): Promise<void>;
}

const at = '2026-01-02T03:04:05.000Z';

/** A job that could be recorded. */
export function draft(more: Partial<StoredJob> = {}): Pick<StoredJob, 'idempotencyKey' | 'request' | 'job'> {
  const source = { kind: 'zip' as const, url: 'a.zip', ref: null, commit: null, label: 'a.zip' };
  const base = { job_id: randomUUID(), submitted_at: new Date().toISOString(), source, labels: [] };
  const request = {
    input: { kind: 'zip' as const, name: 'a.zip' },
    include: [],
    exclude: [],
    analyzers: ['a'],
    labels: [],
    timeoutSec: null,
  };
  return { idempotencyKey: null, request, job: newJob(base, ['a']).job, ...more };
}

function after(job: FullJob, ...actions: JobAction[]): FullJob {
  return actions.reduce((state, action) => reduce(state, action), { job, weights: {} }).job;
}

const started = (job: FullJob) => after(job, { type: 'start', at });
const ended = (job: FullJob) => after(job, { type: 'start', at }, { type: 'finish', status: 'completed', at });

function reportOf(id: string, label: string): Report {
  return {
    job_id: id,
    meta: {
      tools: ['a'],
      repo: { source: 'zip', url: 'a.zip', ref: null, commit: null },
      generated_at: at,
      duration_ms: 1,
      labels: [label],
    },
    summary: { critical: 0, high: 0, medium: 0, low: 0 },
    files: [],
  };
}

const jobEvent = (id: number, job: FullJob): JobEvent => ({
  ...jobFrame(id, job, isTerminal(job.status)),
  data: job,
  isUpdate: false,
});
const update = (id: number, job: FullJob): JobEvent => ({ ...updateFrame(id, job), data: job, isUpdate: true });
const logEvent = (id: number, message: string): JobEvent => {
  const data = { ts: at, level: 'info' as const, analyzer: null, message };
  return { ...eventFrame(id, 'log', data), data };
};
const findingsEvent = (id: number): JobEvent => {
  const data = { issues: [found('a.js', 1)] };
  return { ...eventFrame(id, 'findings', data), data };
};

/** What every implementation of the service's ports must do. */
export function portTests(open: () => Promise<OpenedPorts>): void {
  let opened: OpenedPorts;
  let one: Ports;
  let two: Ports;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-ports-'));
    opened = await open();
    ({ one, two } = opened);
  });
  afterEach(async () => {
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  });
  const file = (name: string) => join(folder, name);
  const rejectsWith = (code: string) => (error: unknown) => errorCode(error) === code;

  describe('the queue', () => {
    /** A worker whose jobs end when the test says so, or when they are stopped. */
    const worker = (concurrency: number) => {
      const runs: string[] = [];
      const stopped = new Map<string, unknown>();
      const finish = new Map<string, () => void>();
      one.queue.work(concurrency, (id, signal) => {
        runs.push(id);
        return new Promise((resolve) => {
          finish.set(id, resolve);
          signal.addEventListener('abort', () => {
            stopped.set(id, errorCode(signal.reason));
            resolve();
          });
        });
      });
      return { runs, stopped, finish: (id: string) => finish.get(id)?.() };
    };
    const add = async (count: number) => {
      const ids: string[] = [];
      for (let number = 0; number < count; number += 1) {
        const { job } = await one.record.jobs.create(draft());
        await one.queue.add(job.job_id, null);
        ids.push(job.job_id);
      }
      return ids as [string, string, string, string];
    };

    it('hands jobs to the worker in order, up to its limit', async () => {
      const { runs, finish } = worker(2);
      const ids = await add(4);
      await until(() => runs.length === 2);
      assert.equal(await one.queue.waiting(), 2);
      finish(ids[1]);
      await until(() => runs.length === 3);
      finish(ids[0]);
      await until(() => runs.length === 4);
      // Jobs that are taken together may start in either order.
      assert.deepEqual(runs.slice(0, 2).sort(), ids.slice(0, 2).sort());
      assert.deepEqual(runs.slice(2), ids.slice(2));
      assert.equal(await one.queue.waiting(), 0);
    });

    it('keeps jobs until there is a worker', async () => {
      const ids = await add(2);
      assert.equal(await one.queue.waiting(), 2);
      const { runs } = worker(5);
      await until(() => runs.length === 2);
      assert.deepEqual(runs.sort(), ids.slice(0, 2).sort());
    });

    it('cancels a job that waits, and one that runs', async () => {
      const { runs, stopped } = worker(1);
      const [running, waiting, next] = await add(3);
      await until(() => runs.length === 1);
      assert.equal(await one.queue.cancel(waiting), 'waiting');
      assert.notEqual(await one.queue.cancel(waiting), 'waiting');
      assert.equal(await one.queue.cancel(running), 'running');
      await until(() => runs.length === 2);
      assert.deepEqual([...stopped], [[running, 'CANCELED']]);
      assert.deepEqual(runs, [running, next]);
      assert.equal(await one.queue.cancel(randomUUID()), undefined);
    });

    it('interrupts running jobs when it closes, and starts no others', async () => {
      const { runs, stopped } = worker(1);
      const [running, ...others] = await add(3);
      await until(() => runs.length === 1);
      const left = await one.queue.close();
      assert.ok(left.every((id) => others.includes(id)));
      await until(() => stopped.size === 1);
      assert.deepEqual([...stopped], [[running, 'INTERRUPTED']]);
      assert.deepEqual(runs, [running]);
    });
  });

  describe('the record', () => {
    it('lists what was created, for every process, newest first', async () => {
      const first = draft({ job: { ...draft().job, submitted_at: '2026-01-02T03:04:05.678Z' } });
      await one.record.jobs.create(first);
      const second = await one.record.jobs.create(draft());
      for (const { record } of [one, two]) {
        assert.deepEqual((await record.jobs.page({}, 0, 10)).jobs, [second.job, first.job]);
        const { job, request, idempotencyKey } = (await record.jobs.load(first.job.job_id)) ?? {};
        assert.deepEqual({ job, request, idempotencyKey }, first);
        assert.equal(await record.jobs.load(randomUUID()), undefined);
      }
    });

    it('tells of projects, scans and ends what the whole list tells', async () => {
      const urls = ['https://example.org/a.git', 'https://example.org/b.git', 'x\0\ud800.git'];
      const days = ['01-01T23:59:59.999', '01-02T00:00:00.000', '01-02T12:00:00.000', '01-03T01:00:00.000'];
      const pick = <T>(all: readonly T[]): T => {
        const one = all[randomInt(all.length)];
        assert.ok(one !== undefined);
        return one;
      };
      const create = async (number: number): Promise<void> => {
        const kind = pick(['git', 'git', 'path', 'zip'] as const);
        const url = pick(urls);
        const base = draft();
        const project = kind === 'zip' ? pick([{}, { project: 'p1' }]) : {};
        const request = { ...base.request, ...project, include: pick([[], ['src/**']]) };
        const source = { kind, url, ref: pick([null, null, 'main']), commit: null, label: pick([null, `${url}\0`]) };
        const submitted_at = new Date(Date.UTC(2026, 0, 1) + number).toISOString();
        const { job } = await one.record.jobs.create({ ...base, request, job: { ...base.job, source, submitted_at } });
        if (pick([true, false, false, false])) return;
        const taken = await one.record.jobs.take(job.job_id);
        assert.ok(taken);
        const summary = { critical: number, high: 1, medium: 0, low: 2 };
        const outcome = pick([
          { status: 'completed' as const, summary, gaps: number % 2 },
          { status: 'completed' as const, summary, gaps: 0 },
          { status: 'canceled' as const, summary },
          { status: 'failed' as const, error: 'interrupted' },
        ]);
        // At different moments, so that there is a last one each day.
        const finished = `2026-${pick(days).slice(0, -3)}${String(number).padStart(3, '0')}Z`;
        const actions = [
          { type: 'start' as const, at },
          { type: 'finish' as const, at: finished, ...outcome },
        ];
        await one.record.jobs.save({ ...taken, job: after(taken.job, ...actions), ...pick([{}, { bytes: number }]) });
      };
      for (let number = 0; number < 60; number += 1) await create(number);
      const listed = (await one.record.jobs.page({}, 0, 1000)).jobs;
      const all = await Promise.all(
        listed.map(async ({ job_id }) => (await one.record.jobs.load(job_id)) as StoredJob),
      );
      // Storage may leave out what no text can hold.
      const plain = (value: unknown) => JSON.stringify(value).replace(/\\u0000|\\ud800|\uFFFD/g, '');
      const projects = projectsOf(all);
      assert.ok(projects.length > 3 && projects.some(({ last }) => last) && scansOf(all).length > 3);
      for (const { record } of [one, two]) {
        const { jobs } = record;
        assert.equal(plain(await jobs.projects()), plain(projects));
        const trend = (scans: readonly ProjectScan[]) => trendOf(scans, 4, Date.UTC(2026, 0, 4));
        assert.deepEqual(trend(await jobs.scans()), trend(scansOf(all)));
        for (const { id } of [...projects, { id: 'none' }, { id: 'p1\0' }]) {
          const own = projects.filter((project) => project.id === id);
          assert.equal(plain(await jobs.projects(id)), plain(own));
          const scans = scansOf(all).filter(({ project }) => project === id);
          assert.deepEqual(trend(await jobs.scans(id)), trend(scans));
        }
        const over = all.filter(({ job }) => isTerminal(job.status));
        assert.deepEqual(
          await jobs.ended(),
          over.map(({ job, bytes }) => ({ id: job.job_id, finishedAt: job.finished_at, bytes })),
        );
        const found = noFindings();
        for (const { status, summary } of listed) if (status === 'completed' && summary) addTo(found, summary);
        assert.deepEqual(await jobs.counts(), { active: all.length - over.length, found });
        const earlier = await Promise.all(all.map((stored) => jobs.baseline(stored)));
        assert.deepEqual(
          earlier.map((stored) => stored?.job.job_id),
          all.map((stored) => baselineOf(all, stored)?.job.job_id),
        );
        assert.ok(earlier.some(Boolean));
      }
    });

    it('has the same pages of matching jobs in every process', async () => {
      const git = (url: string, more: object = {}) => ({
        kind: 'git' as const,
        url,
        ref: null,
        commit: null,
        label: null,
        ...more,
      });
      const zip = { kind: 'zip' as const, url: 'Über_100%.zip', ref: null, commit: null, label: null };
      const create = async (job: Partial<FullJob>, project?: string) => {
        const base = draft();
        const stored = { ...base, request: { ...base.request, ...(project !== undefined && { project }) } };
        const created = await one.record.jobs.create({ ...stored, job: { ...base.job, ...job } });
        return created.job.job_id;
      };
      const end = async (id: string, ...actions: JobAction[]) => {
        const taken = await one.record.jobs.take(id);
        assert.ok(taken);
        await one.record.jobs.save({ ...taken, job: after(taken.job, { type: 'start', at }, ...actions) });
      };
      const moment = (second: number) => `2026-01-02T03:04:0${second}.000Z`;
      const payments = 'https://example.org/Payments.git';
      const first = await create({ submitted_at: moment(1), source: git(payments), labels: ['Nightly', 'x\0y'] });
      const second = await create({ submitted_at: moment(2), source: zip, labels: ['"quoted"'] }, 'p1');
      const third = await create({ submitted_at: moment(3), source: git(payments, { ref: 'Release\\1' }) });
      const same = [randomUUID(), randomUUID()].sort() as [string, string];
      for (const job_id of same) await create({ job_id, submitted_at: moment(4), source: zip });
      const summary = { critical: 0, high: 0, medium: 1, low: 0 };
      await end(
        first,
        { type: 'source', commit: 'ABCDEF0123' },
        { type: 'phase', phase: 'analyze:a', status: 'running', at },
        { type: 'phase', phase: 'analyze:a', status: 'completed', at },
        { type: 'finish', status: 'completed', at, gaps: 2, summary },
      );
      await end(second, { type: 'finish', status: 'completed', at: moment(9), gaps: 0 });
      await end(third, { type: 'finish', status: 'failed', at, error: 'interrupted' });
      await end(same[0], { type: 'finish', status: 'failed', at, error: 'It is "interrupted".\0' });
      const all = [...same, third, second, first];
      const project = projectIdOf({ ...draft(), job: { ...draft().job, source: git(payments) } });
      assert.ok(project);
      const cases: [JobFilter, string[]][] = [
        [{}, all],
        [{ status: 'completed' }, [second, first]],
        [{ status: 'partial' }, [first]],
        [{ status: 'failed' }, [same[0], third]],
        [{ status: 'interrupted' }, [third]],
        [{ status: 'queued' }, [same[1]]],
        [{ status: 'running' }, []],
        [{ project }, [third, first]],
        [{ project: 'p1' }, [second]],
        [{ project: 'none' }, []],
        [{ project: 'p1\0' }, []],
        [{ project, status: 'partial' }, [first]],
        [{ text: '' }, all],
        [{ text: 'PAYMENTS.git' }, [third, first]],
        [{ text: 'nightly' }, [first]],
        [{ text: 'abcdef0123' }, [first]],
        [{ text: 'X\0Y' }, [first]],
        [{ text: '\\1' }, [third]],
        // Neither a LIKE pattern, nor part of the JSON.
        [{ text: '%' }, [...same, second]],
        [{ text: '100_' }, []],
        [{ text: '"QUOTED"' }, [second]],
        [{ text: 'labels' }, []],
        [{ text: 'über' }, [...same, second]],
        [{ text: third.slice(4, 20).toUpperCase() }, [third]],
        [{ text: 'payments', status: 'interrupted', project }, [third]],
        [{ text: "'; DROP TABLE jobs; --" }, []],
        [{ repo: 'PAYMENTS' }, [third, first]],
        [{ repo: 'über' }, [...same, second]],
        [{ repo: '%' }, [...same, second]],
        [{ repo: 'nightly' }, []],
        [{ tool: 'a' }, [first]],
        [{ tool: 'b\0' }, []],
        [{ label: 'Nightly' }, [first]],
        [{ label: 'x\0y' }, [first]],
        [{ label: 'nightly' }, []],
        [{ severity: 'low' }, [first]],
        [{ severity: 'medium' }, [first]],
        [{ severity: 'high' }, []],
        [{ since: Date.parse(moment(9)) }, [second]],
        [{ until: Date.parse(at), status: 'completed' }, [first]],
        [{ since: Date.parse(at) + 1, until: Date.parse(moment(9)) - 1 }, []],
      ];
      for (const { record } of [one, two])
        for (const [filter, wanted] of cases)
          for (const [offset, limit] of [
            [0, 500],
            [0, 1],
            [1, 2],
            [4, 3],
            [9, 5],
          ] as const) {
            const page = await record.jobs.page(filter, offset, limit);
            assert.deepEqual(
              { total: page.total, jobs: page.jobs.map(({ job_id }) => job_id) },
              { total: wanted.length, jobs: wanted.slice(offset, offset + limit) },
              JSON.stringify({ filter, offset, limit }),
            );
          }
    });

    it('has one job for a key, even if used twice concurrently', async () => {
      const key = randomUUID();
      const all = await Promise.all(
        [one, two, one, two].map(({ record }) => record.jobs.create(draft({ idempotencyKey: key }))),
      );
      const ids = new Set(all.map(({ job }) => job.job_id));
      assert.equal(ids.size, 1);
      for (const { record } of [one, two]) {
        assert.equal((await record.jobs.page({}, 0, 1)).total, 1);
        assert.ok(ids.has((await record.jobs.withKey(key, null))?.job.job_id ?? ''));
        assert.equal(await record.jobs.withKey(`${key}x`, null), undefined);
      }
    });

    it('forgets a key after a day', async () => {
      const key = randomUUID();
      const submitted_at = new Date(Date.now() - 24 * 60 * 60_000 - 1000).toISOString();
      const old = await one.record.jobs.create({
        ...draft({ idempotencyKey: key }),
        job: { ...draft().job, submitted_at },
      });
      assert.equal(await one.record.jobs.withKey(key, null), undefined);
      const { job } = await one.record.jobs.create(draft({ idempotencyKey: key }));
      assert.notEqual(job.job_id, old.job.job_id);
    });

    it('gives the lease of a job to one worker at a time', async () => {
      const { job } = await one.record.jobs.create(draft());
      const taken = await one.record.jobs.take(job.job_id);
      assert.ok(taken);
      assert.deepEqual(taken.job, job);
      assert.equal(await one.record.jobs.take(randomUUID()), undefined);
      const second = await two.record.jobs.take(job.job_id);
      // A worker that takes over from a lost one continues; the lost one may no longer write.
      if (second) {
        assert.ok(second.attempt > taken.attempt);
        await assert.rejects(one.record.jobs.save({ ...taken, job: ended(taken.job) }), rejectsWith('FENCED'));
        await two.record.jobs.save({ ...second, job: ended(second.job) });
      }
    });

    it('stores the state of a job, until it has ended', async () => {
      const { job_id: id } = (await one.record.jobs.create(draft())).job;
      const taken = await one.record.jobs.take(id);
      assert.ok(taken);
      await one.record.jobs.save({ ...taken, job: started(taken.job) });
      for (const { record } of [one, two]) assert.equal((await record.jobs.load(id))?.job.status, 'running');
      const done = { ...taken, job: ended(taken.job), lastFrame: 7 };
      await one.record.jobs.save(done);
      // Somebody is late.
      await assert.rejects(one.record.jobs.save({ ...taken, job: started(taken.job) }), rejectsWith('FENCED'));
      for (const { record } of [one, two]) {
        assert.deepEqual(await record.jobs.load(id), done);
        assert.equal(await record.jobs.take(id), undefined);
      }
    });

    it('accepts changes only from a job’s owner', async () => {
      const { job_id: id } = (await one.record.jobs.create(draft())).job;
      const taken = await one.record.jobs.take(id);
      assert.ok(taken);
      const job = ended(taken.job);
      await assert.rejects(one.record.jobs.save({ ...taken, owner: randomUUID(), job }), rejectsWith('FENCED'));
      assert.equal((await two.record.jobs.load(id))?.job.status, 'queued');
    });

    it('removes a job', async () => {
      const { job_id: id } = (await one.record.jobs.create(draft())).job;
      const taken = await one.record.jobs.take(id);
      assert.ok(taken);
      await one.record.jobs.save({ ...taken, job: ended(taken.job) });
      await one.record.jobs.remove(id);
      for (const { record } of [one, two]) assert.equal((await record.jobs.page({}, 0, 1)).total, 0);
      assert.equal(await one.record.jobs.load(id), undefined);
    });

    it('loses no field of a configuration on concurrent changes', async () => {
      await Promise.all([
        one.record.config.change({ defaults: ['a'] }),
        two.record.config.change({ allow_list: ['example.org'] }),
        one.record.config.change({ rulesets: { a: ['x'] } }),
      ]);
      const expected = { defaults: ['a'], rulesets: { a: ['x'] }, allow_list: ['example.org'] };
      for (const { record } of [one, two]) assert.deepEqual(await record.config.read(), expected);
    });

    it('has projects, with decisions that need the newest revision', async () => {
      const { id, name } = await one.record.projects.create('Payments');
      assert.deepEqual(
        (await two.record.projects.projects()).map((project) => [project.id, project.name]),
        [[id, name]],
      );
      const wanted = { status: 'confirmed' } as const;
      const both = await Promise.allSettled([one, two].map(({ record }) => record.projects.decide(id, 'f', wanted, 0)));
      assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
      const lost = both.find((result) => result.status === 'rejected');
      assert.equal(errorCode(lost?.reason), 'CONFLICT');
      const note = { body: 'Looked at.', created_at: at };
      await two.record.projects.note(id, 'f', note);
      const decided = (await one.record.projects.decisions(id))('f');
      assert.deepEqual(decided, { triage: { ...wanted, revision: 1 }, notes: [note] });
      assert.deepEqual((await one.record.projects.decisions(id))('g').notes, []);
    });

    it('limits the number of webhooks', async () => {
      const hook = (id: string) => ({
        id,
        url: 'https://example.org/',
        secret: 's'.repeat(16),
        events: ['report.created' as const],
      });
      const added = await Promise.all(
        ['a', 'b', 'c'].map((id, index) => (index % 2 ? one : two).record.webhooks.add(hook(id), 2)),
      );
      assert.equal(added.filter(Boolean).length, 2);
      const ids = (await one.record.webhooks.list()).map(({ id }) => id);
      assert.equal(ids.length, 2);
      assert.deepEqual(await two.record.webhooks.list(), ids.map(hook));
      assert.equal(await two.record.webhooks.remove(ids[0] ?? ''), true);
      assert.equal(await two.record.webhooks.remove(ids[0] ?? ''), false);
      assert.deepEqual(await one.record.webhooks.list(), [hook(ids[1] ?? '')]);
    });

    it('has the speeds of analyzers', async () => {
      assert.deepEqual(await one.record.speeds.read(), {});
      await one.record.speeds.write({ a: 1.5 });
      assert.deepEqual(await two.record.speeds.read(), { a: 1.5 });
    });
  });

  describe('the blobs', () => {
    it('store the upload of a job, and of one that shares it', async () => {
      const [first, second] = [draft(), draft()];
      const ids = [first.job.job_id, second.job.job_id] as const;
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 251));
      await writeFile(file('in.zip'), bytes);
      await one.blobs.putUpload(ids[0], createReadStream(file('in.zip')));
      await one.record.jobs.create(first);
      assert.equal(await one.blobs.copyUpload(ids[0], ids[1]), true);
      await one.record.jobs.create(second);
      await one.blobs.remove(ids[0]);
      await one.blobs.fetchUpload(ids[1], file('out.zip'));
      assert.deepEqual(await readFile(file('out.zip')), bytes);
      await assert.rejects(one.blobs.fetchUpload(ids[0], file('gone.zip')), rejectsWith('NO_UPLOAD'));
      assert.equal(await one.blobs.copyUpload(ids[0], randomUUID()), false);
    });

    it('forget the upload of a job that is not accepted', async () => {
      const job = draft();
      const { job_id: id } = job.job;
      await writeFile(file('in.zip'), 'zip');
      await one.blobs.putUpload(id, createReadStream(file('in.zip')));
      await one.blobs.remove(id);
      await one.record.jobs.create(job);
      await assert.rejects(one.blobs.fetchUpload(id, file('out.zip')), rejectsWith('NO_UPLOAD'));
    });

    it('have a report once it was stored, and then the newest', async () => {
      const lease = leaseOf(await one.record.jobs.create(draft()));
      const { id } = lease;
      assert.equal(await one.blobs.report(lease), undefined);
      await one.blobs.putReport(lease, reportOf(id, 'first'));
      assert.deepEqual(await two.blobs.report(lease), reportOf(id, 'first'));
      await one.blobs.putReport(lease, reportOf(id, 'second'));
      assert.deepEqual(await two.blobs.report(lease), reportOf(id, 'second'));
      await one.blobs.remove(id);
      assert.equal(await two.blobs.report(lease), undefined);
    });

    it('have the log of a job as it grows', async () => {
      const lease = leaseOf(await one.record.jobs.create(draft()));
      const { id } = lease;
      assert.equal(await two.blobs.log(lease), '');
      await one.blobs.appendLog(lease, 'one\ntwo\n');
      assert.equal(await two.blobs.log(lease), 'one\ntwo\n');
      await one.blobs.appendLog(lease, 'dreiß\n');
      assert.equal(await two.blobs.log(lease), 'one\ntwo\ndreiß\n');
      await one.blobs.remove(id);
      assert.equal(await two.blobs.log(lease), '');
    });
  });

  describe('the events', () => {
    let stored: StoredJob;
    let id: string;
    beforeEach(async () => {
      stored = await one.record.jobs.create(draft());
      id = stored.job.job_id;
      one.events.publish(leaseOf(stored), jobEvent(1, stored.job));
    });
    const follow = async (last?: number, ports = one) => {
      const frames: Frame[] = [];
      const subscription = await ports.events.follow(id, last, (frame) => frames.push(frame));
      return { frames, subscription };
    };
    const told = (frames: readonly Frame[]) => frames.map((frame) => [frame.id, frame.kind]);
    const kept = async (last: number, ports = one) => {
      const texts: string[] = [];
      for await (const text of ports.events.kept(id, last)) texts.push(text);
      return texts;
    };
    const finish = async (frame: number) => {
      const done = ended(stored.job);
      await one.record.jobs.save({ ...stored, job: done, lastFrame: frame });
      one.events.publish(leaseOf(stored), jobEvent(frame, done));
      await one.events.close(id);
    };

    it('start with the current Job, and then arrive in order of publication', async () => {
      const { frames } = await follow();
      await until(() => frames.length === 1);
      const running = started(stored.job);
      const events = [jobEvent(2, running), logEvent(3, 'hello'), findingsEvent(4), update(5, running)];
      for (const event of events) one.events.publish(leaseOf(stored), event);
      await until(() => frames.length === 5);
      assert.deepEqual(
        frames.slice(1).map(({ text }) => text),
        events.map(({ text }) => text),
      );
      assert.deepEqual(told(frames), [
        [1, 'job'],
        [2, 'job'],
        [3, 'log'],
        [4, 'findings'],
        [5, 'job'],
      ]);
      assert.deepEqual(await one.events.current(id), { id: 5, job: running });
      assert.equal(await one.events.lastId(id), 5);
    });

    it('are replayed to reconnecting followers: what they missed, and the current Job', async () => {
      const running = started(stored.job);
      for (const event of [logEvent(2, 'one'), jobEvent(3, running), findingsEvent(4), logEvent(5, 'two')])
        one.events.publish(leaseOf(stored), event);
      const { frames } = await follow(2);
      await until(() => frames.length === 3);
      assert.deepEqual(told(frames), [
        [4, 'findings'],
        [5, 'log'],
        [5, 'job'],
      ]);
      assert.match(frames.at(-1)?.text ?? '', /"status":"running"/);
      one.events.publish(leaseOf(stored), logEvent(6, 'three'));
      await until(() => frames.length === 4);
    });

    it('are dropped when their worker was overtaken', async () => {
      const { frames } = await follow();
      one.events.publish(leaseOf(stored), logEvent(2, 'mine'));
      one.events.publish(leaseOf(stored), logEvent(2, 'not mine'));
      one.events.publish(leaseOf(stored), logEvent(1, 'nor this'));
      one.events.publish(leaseOf(stored), logEvent(3, 'mine again'));
      await until(() => frames.length === 3);
      assert.deepEqual(told(frames), [
        [1, 'job'],
        [2, 'log'],
        [3, 'log'],
      ]);
      assert.match(frames[1]?.text ?? '', /"mine"/);
    });

    it('do not reach former followers', async () => {
      const { frames, subscription } = await follow();
      await until(() => frames.length === 1);
      const others = (await follow()).frames;
      subscription?.dispose();
      one.events.publish(leaseOf(stored), logEvent(2, 'x'));
      await until(() => others.length === 2);
      assert.equal(frames.length, 1);
    });

    it('end with one last frame, and can be read afterwards by anyone', async () => {
      const { frames } = await follow();
      const events = [jobEvent(2, started(stored.job)), logEvent(3, 'one'), findingsEvent(4)];
      for (const event of events) one.events.publish(leaseOf(stored), event);
      await finish(5);
      await until(() => frames.some(({ last }) => last));
      assert.deepEqual(told(frames).at(-1), [5, 'job']);
      assert.equal(frames.filter(({ last }) => last).length, 1);
      for (const ports of [one, two]) {
        assert.equal((await follow(undefined, ports)).subscription, undefined);
        assert.equal(await ports.events.current(id), undefined);
        assert.equal(await ports.events.lastId(id), 5);
        assert.deepEqual(await kept(0, ports), [events[1]?.text, events[2]?.text]);
        assert.deepEqual(await kept(3, ports), [events[2]?.text]);
        assert.deepEqual(await kept(5, ports), []);
      }
      await one.events.remove(id);
      assert.deepEqual(await kept(0), []);
      assert.equal(await one.events.lastId(id), 0);
    });

    it('show another process the Job, up to its end', async () => {
      const { frames } = await follow(undefined, two);
      await until(() => frames.length > 0);
      assert.ok(frames[0]?.kind === 'job' && !frames[0].last);
      one.events.publish(leaseOf(stored), jobEvent(2, started(stored.job)));
      await finish(3);
      await until(() => frames.some(({ last }) => last));
      assert.equal(frames.filter(({ last }) => last).length, 1);
      assert.match(frames.at(-1)?.text ?? '', /"status":"completed"/);
      assert.ok(frames.every((frame, index) => index === 0 || frame.id > (frames[index - 1]?.id ?? 0)));
    });
  });

  describe('the access', () => {
    it('is for those with a token, and the same in every process', async () => {
      for (const access of opened.access) {
        const caller = await access.withToken(opened.adminToken);
        assert.deepEqual(caller?.scopes, ['admin']);
        assert.deepEqual(await access.withId(caller.id), caller);
        assert.ok(!caller.id.includes(opened.adminToken));
        for (const wrong of ['', `${opened.adminToken}x`, opened.adminToken.slice(1), 'ä', '\0'])
          assert.equal(await access.withToken(wrong), undefined);
        for (const unknown of ['', 'x', randomUUID()]) assert.equal(await access.withId(unknown), undefined);
      }
    });

    it('signs alike in every process, each text differently', () => {
      const signed = opened.access.map((access) => ['a', 'b', ''].map((text) => access.sign(text)));
      for (const signatures of signed) assert.deepEqual(signatures, signed[0]);
      assert.equal(new Set(signed[0]).size, 3);
    });

    it('knows in every process which sessions have ended', async () => {
      const [first, ...others] = opened.access;
      const [id, other] = [randomUUID(), randomUUID()];
      await first?.endSession(id, Date.now() + 60_000);
      await first?.endSession(id, Date.now() + 60_000);
      for (const access of [first, ...others]) {
        assert.equal(await access?.hasEnded(id), true);
        assert.equal(await access?.hasEnded(other), false);
      }
    });
  });
}
