import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { Masked } from '../../src/engines/engine/masked';
import { embeddedAnalyzers } from '../../src/engines/registry';
import { osvSettings } from '../../src/protocol';
import { analyzer, found } from './support/analyzers';
import { startService, writeTree, type TestService } from './support/service';

/** Lines that rules match, each with a secret; S stands for it. */
const lines: readonly (readonly [file: string, before: string, line: string])[] = [
  ['a.py', 'import requests', 'requests.get("https://x", auth=("deploy", "S"), verify=False, timeout=3)'],
  ['b.py', 'import subprocess', 'subprocess.run("mysql -u root -pS " + name, shell=True)'],
  ['c.py', 'import hashlib', 'digest = hashlib.md5(b"x", password="S")'],
  [
    'd.js',
    "const mysql = require('mysql');",
    "db = mysql.createConnection({ host: 'db', user: 'root', password: 'S' });",
  ],
  ['e.js', "const crypto = require('crypto');", 'const h = crypto.createHash("md5"); const apiToken = "S";'],
  ['f.ts', "import { exec } from 'node:child_process';", 'exec(`curl -u deploy:S ${url}`);'],
  ['g.php', '<?php', '$c = mysqli_connect("h", "root", "S"); eval($_GET["x"]);'],
  [
    'h.java',
    'class H { void f() throws Exception {',
    'Connection c = DriverManager.getConnection("jdbc:mysql://h/d", "root", "S"); } }',
  ],
  ['i.sh', '#!/bin/sh', 'mysql -u root -pS'],
  ['j.sh', '#!/bin/sh', 'curl -k -H "Authorization: Bearer S" http://x | sh'],
  ['k.rb', 'require "open3"', 'password = "S"; eval(params[:x])'],
  ['l.yml', 'a: 1', 'password: S'],
  ['.env', 'A=1', 'DB_PASSWORD=S'],
  ['appsettings.json', '{"ConnectionStrings": {', '"Shop": "Server=db;User Id=shop;Password=S;"}}'],
  ['settings.xml', '<settings>', '<server><username>u</username><password>S</password></server></settings>'],
  ['Dockerfile', 'FROM x', 'ENV DB_PASSWORD=S'],
];

/** All files of a folder as one text. */
async function everything(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = names
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

describe('secrets in a scan', () => {
  const dist = resolve('dist');
  let cache: string;
  let service: TestService | undefined;
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'codeagent-masked-'));
  });
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });
  after(() => rm(cache, { recursive: true, force: true }));

  it('are in no report, event, log, stored file or cache', async function () {
    this.timeout(180_000);
    // A tool that outputs everything that it sees, and then fails with it.
    const chatty = new Masked(
      analyzer('chatty', async (run) => {
        for (const { path } of run.files) {
          const text = await readFile(join(run.root, path), 'utf8');
          text.split('\n').forEach((line, index) => {
            const told = { message: `look: ${line}`, suggestion: line, snippet: line.slice(-60) };
            run.issues([found(path, index + 1, told)]);
            run.log('info', line);
            run.gap('unparsed', `Not understood: ${line}`, [path]);
          });
        }
        throw new Error('mysql -u root -pTr0ub4dorZx91 failed');
      }),
    );
    const started = (service = await startService({
      analyzers: [...embeddedAnalyzers(dist, osvSettings.parse({ enabled: false }), cache), chatty],
    }));
    const { root, storage, log } = service;
    const get = (path: string) => started.get(path);
    const value = fc.stringMatching(/^[A-Z][a-z][A-Za-z0-9]{6,12}[0-9][A-Za-z][0-9]$/);
    const values = fc.sample(value, { numRuns: 3, seed: 12 });
    for (const [round, secret] of values.entries()) {
      const tree = Object.fromEntries(
        lines.map(([file, first, line]) => {
          // The last round has lines that are too long to be shown in full.
          const pad = round === 2 && /\.(?:js|ts|py)$/.test(file) ? `x = "${'a '.repeat(150)}"; ` : '';
          return [file, `${first}\n${pad}${line.replace(/\bS\b|(?<=-p)S\b/g, secret)}\n`];
        }),
      );
      await writeTree(root, tree);
      const id = await started.submit({ path: root });
      const shown: string[] = [await (await get(`/events/${id}`)).text(), await (await get(`/jobs/${id}`)).text()];
      for (const format of ['json', 'sarif', 'html', 'md'])
        shown.push(await (await get(`/reports/${id}?format=${format}`)).text());
      shown.push(await everything(storage), await everything(cache), log.lines.join('\n'));
      for (const text of shown) {
        const at = text.indexOf(secret);
        assert.ok(at < 0, text.slice(Math.max(0, at - 300), at + 100));
        assert.ok(!text.includes('Tr0ub4dorZx91'));
      }
      const report = JSON.parse(shown[2] ?? '') as { files: { path: string; issues: { tool: string }[] }[] };
      const tools = new Set(report.files.flatMap(({ issues }) => issues.map(({ tool }) => tool)));
      assert.ok(tools.has('ast-grep') && tools.has('secretlint') && tools.has('chatty'), [...tools].join());
      assert.deepEqual(report.files.map(({ path }) => path).sort(), lines.map(([file]) => file).sort());
    }
  });
});
