import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentTools } from '../../src/agents/tools';
import type { FindingsResult, FixResult } from '../../src/agents/answers';
import { ScanClient, type ScanRequest } from '../../src/client/scanClient';
import { ServiceHost } from '../../src/commandLine/agentHost';
import { Osv } from '../../src/engines/dependencies/osv';
import { osvSettings } from '../../src/protocol/osvSettings';
import type { FixEdit } from '../../src/protocol';
import { analyzer, found, gated } from './support/analyzers';
import { startService, type TestService } from './support/service';

/** Replaces the first three characters of a file. */
const edit = (text: string, file?: string): FixEdit => ({
  start: { line: 1, column: 1 },
  end: { line: 1, column: 4 },
  text,
  ...(file !== undefined && { file }),
});

/** A service that gets lost when the test says so. */
class LostClient extends ScanClient {
  lost = false;
  /** Called when a job has been submitted, before the submitter knows. */
  onSubmitted: (id: string) => void = () => undefined;

  override async submit(request: ScanRequest, options: { signal?: AbortSignal } = {}) {
    if (this.lost && request.source.kind === 'path' && request.source.path.endsWith('code'))
      throw new Error('The service is lost.');
    const job = await super.submit(request);
    this.onSubmitted(job.job_id);
    options.signal?.throwIfAborted();
    return job;
  }
}

describe('what an agent’s fix has written', () => {
  let service: TestService;
  let host: ServiceHost;
  let client: LostClient;
  let code: string;
  /** Called when the copies have been scanned with the fixes. */
  let onFixedCopies: () => Promise<void>;

  beforeEach(async () => {
    onFixedCopies = () => Promise.resolve();
    const twoFiles = analyzer('two', async (run) => {
      for (const { path } of run.files) {
        const text = await readFile(join(run.root, path), 'utf8');
        if (text.startsWith('FIX') && !run.root.endsWith('code')) await onFixedCopies();
        if (!text.startsWith('BAD')) continue;
        const edits = path === 'a.txt' ? [edit('FIX'), edit('fix', 'b.txt')] : [edit('FIX')];
        run.issues([found(path, 1, { fix: { title: 'Fix it', safe: path !== 'c.txt', edits } })]);
      }
    });
    const tree = { 'code/a.txt': 'BAD a\n', 'code/b.txt': 'old b\n', 'code/c.txt': 'BAD c\n', 'scratch/x': '' };
    service = await startService({ analyzers: [twoFiles], tree });
    code = join(service.root, 'code');
    client = new LostClient({ url: service.url, isOwn: true, log: service.log });
    host = new ServiceHost({
      ...{ roots: [code], scratch: join(service.root, 'scratch'), policy: undefined, client, assets: __dirname },
      ...{ osv: new Osv(__dirname, service.storage, osvSettings.parse({ enabled: false })), log: service.log },
    });
    await mkdir(join(service.root, 'scratch'), { recursive: true });
  });
  afterEach(() => service.close());

  async function call(name: 'scan' | 'findings', input: object): Promise<{ data: FindingsResult; text: string }>;
  async function call(name: 'fix', input: object): Promise<{ data: FixResult; text: string }>;
  async function call(name: string, input: object): Promise<{ data: unknown; text: string }> {
    const tool = agentTools.find((one) => one.name === name);
    assert.ok(tool);
    const { data, text } = await tool.run(host, input, new AbortController().signal);
    return { data: tool.output.parse(data), text };
  }
  async function fingerprintsOf(...files: string[]): Promise<string[]> {
    const { data } = await call('scan', {});
    return files.map((name) => {
      const fingerprint = data.findings.find(({ file }) => file === name)?.fingerprint;
      assert.ok(fingerprint);
      return fingerprint;
    });
  }
  const textOf = (file: string) => readFile(join(code, file), 'utf8');

  it('is reported even if only one of two files could be written', async () => {
    const [a = ''] = await fingerprintsOf('a.txt');
    onFixedCopies = () => writeFile(join(code, 'b.txt'), 'changed meanwhile\n');
    const { data, text } = await call('fix', { fingerprints: [a], dry_run: false });
    assert.deepEqual([await textOf('a.txt'), await textOf('b.txt')], ['FIX a\n', 'changed meanwhile\n']);
    assert.deepEqual([data.written, data.fixed], [true, []]);
    const why = 'only a part of it was written: b.txt was not written: it has changed since it was scanned';
    assert.deepEqual(data.refused, [{ fingerprint: a, why }]);
    assert.match(data.diff, /^\+FIX a$/m);
    assert.doesNotMatch(data.diff, /b\.txt/);
    assert.deepEqual(data.after?.findings, []);
    assert.doesNotMatch(text, /nothing was written/);
  });

  it('is reported even if the files could not be scanned again, which is a gap', async () => {
    const [a = '', c = ''] = await fingerprintsOf('a.txt', 'c.txt');
    client.lost = true;
    const { data } = await call('fix', { fingerprints: [a], dry_run: false });
    assert.deepEqual([data.written, data.fixed.map(({ fingerprint }) => fingerprint)], [true, [a]]);
    assert.equal(await textOf('b.txt'), 'fix b\n');
    assert.match(data.after?.gaps[0]?.reason ?? '', /could not be scanned again: The service is lost/);
    const { data: now } = await call('findings', {});
    assert.deepEqual(
      now.findings.map(({ fingerprint }) => fingerprint),
      [c],
    );
    assert.deepEqual(now.gaps, data.after?.gaps);
  });

  it('contains no fix that may change correct code, unless requested', async () => {
    const [a = '', c = ''] = await fingerprintsOf('a.txt', 'c.txt');
    const both = { fingerprints: [a, c], dry_run: false };
    const { data } = await call('fix', both);
    assert.deepEqual(
      [data.fixed.map(({ file }) => file), data.refused.map(({ fingerprint }) => fingerprint)],
      [['a.txt'], [c]],
    );
    assert.match(data.refused[0]?.why ?? '', /unsafe: true/);
    assert.equal(await textOf('c.txt'), 'BAD c\n');
    const dry = (await call('fix', { fingerprints: [c] })).data;
    assert.deepEqual([dry.diff, dry.refused.length], ['', 1]);
    const { data: wet } = await call('fix', { fingerprints: [c], dry_run: false, unsafe: true });
    assert.deepEqual([wet.written, wet.refused, await textOf('c.txt')], [true, [], 'FIX c\n']);
  });

  it('counts in the newest report', async () => {
    const [a = ''] = await fingerprintsOf('a.txt');
    const before = await host.newest();
    await call('fix', { fingerprints: [a], dry_run: false });
    const after = await host.newest();
    assert.deepEqual([before?.report.summary.high, after?.report.summary.high], [2, 1]);
    assert.notEqual(after?.report.job_id, before?.report.job_id);
  });
});

describe('an agent’s scan', () => {
  it('is canceled even if that is requested while it is being submitted', async () => {
    const { analyzer: endless } = gated();
    const service = await startService({ analyzers: [endless], tree: { 'code/a.txt': 'a\n' } });
    try {
      const client = new LostClient({ url: service.url, isOwn: true, log: service.log });
      const host = new ServiceHost({
        ...{ roots: [join(service.root, 'code')], scratch: join(service.root, 'scratch'), policy: undefined, client },
        ...{ osv: new Osv(__dirname, service.storage, osvSettings.parse({ enabled: false })), log: service.log },
        assets: __dirname,
      });
      const abort = new AbortController();
      let submitted = '';
      client.onSubmitted = (id) => {
        submitted = id;
        abort.abort();
      };
      const scan = host.scan(undefined, undefined, abort.signal, () => undefined);
      await assert.rejects(scan, (error) => error === abort.signal.reason);
      assert.equal((await service.job(submitted)).status, 'canceled');
    } finally {
      await service.close();
    }
  });
});
