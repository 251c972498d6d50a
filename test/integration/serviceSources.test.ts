import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { Report } from '../../src/protocol';
import { badLines } from './support/analyzers';
import { makeRepository, type TestRepository } from './support/repository';
import { form, startService, until, type TestService } from './support/service';

describe('sources of the scan service', () => {
  let service: TestService;
  let repository: TestRepository | undefined;
  beforeEach(async () => {
    service = await startService({ analyzers: [badLines()], allowFileUrls: true, limits: { maxUnpacked: 3_000_000 } });
  });
  afterEach(async () => {
    await service.close();
    await repository?.dispose();
    repository = undefined;
  });

  const report = async (id: string) => (await (await service.get(`/reports/${id}`)).json()) as Report;
  const paths = async (id: string) => (await report(id)).files.map((file) => file.path);
  const refusal = async (fields: Record<string, string | Blob>) => {
    const answer = await service.get('/analyze-async', { method: 'POST', body: form(fields) });
    return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
  };

  describe('git', () => {
    beforeEach(async () => {
      repository = await makeRepository();
    });

    it('clones a branch, a tag, a full and a short commit, and reports the commit', async () => {
      const repo = repository!;
      const first = await repo.commit({ 'first.js': 'BAD' });
      repo.git('tag', 'v1');
      await repo.commit({ 'second.js': 'BAD' });
      repo.git('checkout', '-q', '-b', 'feature/x');
      const third = await repo.commit({ 'third.js': 'BAD' });
      repo.git('checkout', '-q', 'main');
      const scan = async (fields: Record<string, string>) => {
        const id = await service.submit({ github_url: repo.url, ...fields });
        const job = await service.ended(id);
        assert.equal(job.error, null);
        return { job, paths: await paths(id) };
      };
      assert.deepEqual((await scan({})).paths, ['first.js', 'second.js']);
      assert.deepEqual((await scan({ ref: 'v1' })).paths, ['first.js']);
      const branch = await scan({ ref: 'feature/x' });
      assert.deepEqual(branch.paths, ['first.js', 'second.js', 'third.js']);
      assert.equal(branch.job.source?.commit, third);
      assert.equal(branch.job.source.label, 'sample');
      assert.deepEqual((await scan({ commit: first })).paths, ['first.js']);
      assert.deepEqual((await scan({ commit: first.slice(0, 8) })).paths, ['first.js']);
      const work = join(service.storage, 'work');
      const [own = ''] = await readdir(work);
      await until(async () => (await readdir(join(work, own))).every((name) => name === 'new'));
    });

    it('finds a short commit even if a branch has git’s default name', async () => {
      const repo = repository!;
      const first = await repo.commit({ 'first.js': 'BAD' });
      await repo.commit({ 'second.js': 'BAD' });
      repo.git('branch', 'master');
      const id = await service.submit({ github_url: repo.url, commit: first.slice(0, 8) });
      assert.equal((await service.ended(id)).error, null);
      assert.deepEqual(await paths(id), ['first.js']);
    });

    it('runs no hook or filter, fetches no submodule, and creates no link', async () => {
      const repo = repository!;
      const proof = join(service.root, 'proof');
      const template = join(service.root, 'template/hooks');
      await mkdir(template, { recursive: true });
      await writeFile(join(template, 'post-checkout'), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
      await repo.commit({ '.gitattributes': '*.js filter=lfs\n', 'a.js': 'BAD', passwd: 'x' });
      await symlink('/etc/passwd', join(repo.folder, 'link.js'));
      await repo.commit({ '.gitmodules': '[submodule "s"]\n\tpath = s\n\turl = ext::touch /tmp/proof\n' });
      const before = process.env['GIT_TEMPLATE_DIR'];
      process.env['GIT_TEMPLATE_DIR'] = join(service.root, 'template');
      try {
        const id = await service.submit({ github_url: repo.url });
        assert.equal((await service.ended(id)).status, 'completed');
        assert.deepEqual(await paths(id), ['a.js']);
      } finally {
        if (before === undefined) delete process.env['GIT_TEMPLATE_DIR'];
        else process.env['GIT_TEMPLATE_DIR'] = before;
      }
      assert.equal(existsSync(proof), false);
    });

    it('fails with git’s own reason', async () => {
      await repository!.commit({ 'a.js': '' });
      const lost = await service.ended(await service.submit({ github_url: repository!.url, ref: 'nowhere' }));
      assert.equal(lost.status, 'failed');
      assert.match(lost.error ?? '', /^Failed to clone repository: .*nowhere/);
    });

    it('accepts only https and ssh URLs, and nothing that git could read as an option', async () => {
      const bad = [
        'http://example.org/x.git',
        'ext::sh -c id',
        '-oProxyCommand=x',
        'ssh://-oProxyCommand=x/y',
        'git@-host:x',
        'ftp://a/b',
        'x',
      ];
      for (const github_url of bad) assert.deepEqual(await refusal({ github_url }), [400, 'INVALID_INPUT'], github_url);
      for (const ref of ['--upload-pack=x', 'a..b', '-x', 'x.lock', 'a b'])
        assert.deepEqual(await refusal({ github_url: repository!.url, ref }), [400, 'INVALID_INPUT'], ref);
      await service.get('/config/analyzers', {
        method: 'PATCH',
        body: JSON.stringify({ allow_list: ['git.example.org'] }),
      });
      assert.deepEqual(await refusal({ github_url: 'https://example.com/x/y.git' }), [403, 'FORBIDDEN']);
    });

    it('ends a clone that hangs, with every process of git, once it is canceled', async () => {
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const asked = new Promise((resolve) => silent.once('connection', resolve));
      const { port } = silent.address() as AddressInfo;
      const id = await service.submit({ github_url: `https://127.0.0.1:${port}/x.git` });
      await asked;
      await service.get(`/jobs/${id}`, { method: 'DELETE' });
      assert.equal((await service.ended(id)).status, 'canceled');
      const left = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
      await until(() => !left().includes(`127.0.0.1:${port}`));
      silent.closeAllConnections();
      silent.close();
    });
  });

  describe('zip', () => {
    const send = async (data: Uint8Array) => {
      const file = new Blob([new Uint8Array(data)]);
      const answer = await service.get('/analyze-async', { method: 'POST', body: form({ file }) });
      const { job_id } = (await answer.json()) as { job_id: string };
      return { id: job_id, job: await service.ended(job_id) };
    };

    it('does not reveal its own folders if names clash', async () => {
      const { job } = await send(zipSync({ a: strToU8('x'), 'a/b.js': strToU8('y') }));
      assert.equal(job.status, 'failed');
      assert.equal(job.error, 'The zip cannot be used: a file and a folder, or two files, have the same name.');
      const { job: none } = await send(strToU8('no zip'));
      assert.match(none.error ?? '', /[^.]\.$/);
    });

    it('scans an upload, and scans it again on rerun', async () => {
      const { id, job } = await send(zipSync({ 'a/b.js': strToU8('BAD'), '.git/config': strToU8('BAD') }));
      assert.equal(job.status, 'completed', job.error ?? '');
      assert.deepEqual(await paths(id), ['a/b.js']);
      const again = (await (await service.get(`/jobs/${id}/rerun`, { method: 'POST' })).json()) as { job_id: string };
      assert.equal((await service.ended(again.job_id)).status, 'completed');
      assert.deepEqual(await paths(again.job_id), ['a/b.js']);
    });

    it('rejects names that lead elsewhere, bombs, and other files', async () => {
      const zero = new Uint8Array(2_900_000);
      const cases: Record<string, Uint8Array> = {
        'zip slip': zipSync({ '../../evil.js': strToU8('BAD') }),
        absolute: zipSync({ '/tmp/evil.js': strToU8('BAD') }),
        drive: zipSync({ 'C:/evil.js': strToU8('BAD') }),
        newline: zipSync({ 'ä\nb.js': strToU8('BAD') }),
        deep: zipSync({ [`${'d/'.repeat(200)}x.js`]: strToU8('BAD') }),
        ratio: zipSync({ 'zero.txt': zero }),
        total: zipSync({ 'a.bin': zero, 'b.bin': zero }, { level: 0 }),
        garbage: strToU8('this is no zip'),
        empty: new Uint8Array(0),
      };
      for (const [name, data] of Object.entries(cases)) {
        const { job } = await send(data);
        assert.equal(job.status, 'failed', name);
        assert.match(job.error ?? '', /^The zip cannot be used: /, name);
      }
      assert.equal(existsSync('/tmp/evil.js'), false);
    });

    it('rejects duplicate names, which are ambiguous, and accepts names that differ by case', async () => {
      const twice = zipSync({ 'a/same.js': strToU8('BAD'), 'a/some.js': strToU8('safe') });
      const { job } = await send(
        Buffer.from(Buffer.from(twice).toString('latin1').replaceAll('some.js', 'same.js'), 'latin1'),
      );
      assert.equal(job.status, 'failed');
      assert.equal(job.error, 'The zip cannot be used: two of its entries have the name "a/same.js".');
      const { id, job: cases } = await send(zipSync({ 'a.js': strToU8('BAD'), 'A.js': strToU8('BAD') }));
      // If the disk considers them the same, the zip is rejected.
      if (cases.status === 'completed') assert.deepEqual(await paths(id), ['A.js', 'a.js']);
      else assert.match(cases.error ?? '', /two files, have the same name/);
    });

    it('accepts one file at a time', async () => {
      const body = new FormData();
      for (const name of ['a.zip', 'a.zip'])
        body.append('file', new Blob([new Uint8Array(zipSync({ 'a.js': strToU8('') }))]), name);
      const answer = await service.get('/analyze-async', { method: 'POST', body });
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), /only one file/);
      assert.deepEqual((await (await service.get('/jobs')).json()) as object, { jobs: [], total: 0, limit: 50 });
    });

    it('leaves out links', async () => {
      const link: [Uint8Array, { os: number; attrs: number }] = [
        strToU8('/etc/passwd'),
        { os: 3, attrs: 0o120777 << 16 },
      ];
      const { id, job } = await send(zipSync({ 'link.js': link, 'a.js': strToU8('BAD') }));
      assert.equal(job.status, 'completed', job.error ?? '');
      assert.deepEqual(await paths(id), ['a.js']);
      assert.match(await (await service.get(`/jobs/${id}/log`)).text(), /left out\. \(link\.js\)/);
    });
  });

  describe('path', () => {
    it('accepts only folders below the roots, wherever links lead', async () => {
      await symlink('/etc', join(service.root, 'link'));
      await writeFile(join(service.root, 'file'), '');
      assert.deepEqual(await refusal({ path: '/etc' }), [403, 'FORBIDDEN']);
      assert.deepEqual(await refusal({ path: '/does/not/exist' }), [403, 'FORBIDDEN']);
      assert.deepEqual(await refusal({ path: `${service.root}/../..` }), [403, 'FORBIDDEN']);
      assert.deepEqual(await refusal({ path: join(service.root, 'link') }), [403, 'FORBIDDEN']);
      assert.deepEqual(await refusal({ path: join(service.root, 'none') }), [400, 'INVALID_INPUT']);
      assert.deepEqual(await refusal({ path: join(service.root, 'file') }), [400, 'INVALID_INPUT']);
      assert.deepEqual(await refusal({ path: 'relative' }), [400, 'INVALID_INPUT']);
      assert.deepEqual(await refusal({ path: service.root, github_url: 'https://example.org/a' }), [
        400,
        'INVALID_INPUT',
      ]);
      assert.deepEqual(await refusal({}), [400, 'INVALID_INPUT']);
    });
  });
});
