import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { languageOf } from '../../src/engines/patterns/languages';
import { report as reportShape, type Report } from '../../src/protocol';
import { startOsv, type TestOsv } from '../integration/support/osvService';
import { vsixFile } from '../support/repo.mjs';

/** A file of each kind of code, with a defect. Kinds in which the rules find nothing have one for the secrets' engine. */
const planted: Readonly<Record<string, string>> = {
  'a.sh': '#!/bin/sh\neval "$1"\n',
  'a.c': '#include <stdio.h>\nvoid f(char *s) { char b[8]; gets(b); }\n',
  'a.cpp': '#include <cstdlib>\n#include <cstdio>\nvoid f() { char b[8]; gets(b); }\n',
  'a.cs': 'class A { void F(string s) { var h = System.Security.Cryptography.MD5.Create(); } }\n',
  'a.css': ['/* key: ghp', '_x7Kq2LmN8pRt4VwY6zBc1DfG3hJk5MnP7qRs */\na { color: red }\n'].join(''),
  'a.ex': 'defmodule A do\n  def f(x), do: Code.eval_string(x)\nend\n',
  'a.go': 'package a\nimport "crypto/md5"\nfunc f(b []byte) { md5.Sum(b) }\n',
  'a.tf': 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n',
  'a.html': '<script>const f = (x) => { eval(x); };</script>\n',
  'A.java': 'class A { void f() throws Exception { java.security.MessageDigest.getInstance("MD5"); } }\n',
  'a.js': 'const f = (req) => eval(req.query.x);\nconst slow = /^(a+)+$/;\n',
  'a.json': ['{ "pass', 'word": "zq7Lm2xK9vRt" }\n'].join(''),
  'a.kt': 'fun f() { java.security.MessageDigest.getInstance("MD5") }\n',
  'a.php': '<?php eval($_GET["x"]);\n',
  'a.py':
    'import os, pickle\nfrom flask import Flask, request\napp = Flask(__name__)\n@app.route("/")\ndef f():\n    os.system("ls " + request.args["x"])\n    return pickle.loads(request.data)\n',
  'a.rb': 'def f(x)\n  eval(params[:x])\nend\n',
  'a.rs':
    'use std::process::Command;\nfn f(x: &str) { Command::new("sh").arg("-c").arg(format!("ls {}", x)).spawn(); }\n',
  'a.scala': 'object A { def f() = java.security.MessageDigest.getInstance("MD5") }\n',
  'a.sol': 'pragma solidity ^0.4.0;\ncontract A { function f() public { require(tx.origin == msg.sender); } }\n',
  'a.swift': 'import CryptoKit\nfunc f(d: Data) { Insecure.MD5.hash(data: d) }\n',
  'a.tsx': 'export const A = (p: any) => <div dangerouslySetInnerHTML={{ __html: p.text }} />;\n',
  'a.ts':
    "import { createHash } from 'node:crypto';\nexport const f = (t: string) => createHash('md5').update(t).digest('hex');\n",
  'a.yaml':
    'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: a:1\n      securityContext:\n        privileged: true\n',
  Dockerfile: 'FROM alpine:3\nRUN curl http://x.example/a.sh | sh\n',
  'package.json': '{"name":"a","version":"1.0.0","dependencies":{"lodash":"4.17.15"}}\n',
  'package-lock.json':
    '{"name":"a","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"a","version":"1.0.0","dependencies":{"lodash":"4.17.15"}},"node_modules/lodash":{"version":"4.17.15"}}}\n',
};

/** What a scan said on stderr, and its report. */
interface Outcome {
  readonly report: Report;
  readonly stderr: string;
}

describe('the package, unpacked with nothing of the repository beside it', function () {
  this.timeout(120_000);
  let folder: string;
  let osv: TestOsv;
  const dist = () => join(folder, 'package', 'extension', 'dist');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-packaged-'));
    await unpack();
    for (const [path, text] of Object.entries(planted)) {
      await mkdir(dirname(join(folder, 'tree', path)), { recursive: true });
      await writeFile(join(folder, 'tree', path), text);
    }
    osv = await startOsv([{ id: 'GHSA-1', ecosystem: 'npm', name: 'lodash', versions: ['4.17.15'] }]);
  });
  after(async () => {
    await osv.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** As an installer does it: files only, no empty folders. */
  async function unpack() {
    await rm(join(folder, 'package'), { recursive: true, force: true });
    for (const [path, content] of Object.entries(unzipSync(await readFile(vsixFile)))) {
      if (path.endsWith('/')) continue;
      const to = join(folder, 'package', path);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, content, { mode: /\/(?:ast-grep|cli\.js)$/.test(path) ? 0o755 : 0o644 });
    }
  }

  function scan(assets: string): Promise<Outcome> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TMPDIR: tmpdir(),
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    const args = ['scan', join(folder, 'tree'), '--osv-url', osv.url, '--format', 'json', '--progress', 'none'];
    return new Promise((done, fail) => {
      const child = spawn(process.execPath, [join(assets, 'cli.js'), ...args], { cwd: folder, env });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', fail);
      child.once('close', () => {
        try {
          done({ report: reportShape.parse(JSON.parse(stdout)), stderr });
        } catch (error) {
          fail(new Error(`no report: ${stderr}`, { cause: error }));
        }
      });
    });
  }

  const findings = ({ report }: Outcome) =>
    report.files.flatMap(({ path, issues }) => issues.map((one) => `${path}:${one.line} ${one.rule_id}`)).sort();

  it('finds something in each kind of code and by each engine, as the build does', async () => {
    const outcome = await scan(dist());
    const { report } = outcome;
    assert.deepEqual(report.meta.coverage, { complete: true, gaps: [] }, outcome.stderr);
    const states = report.meta.analyzers?.map(({ id, status }) => `${id} ${status}`).sort();
    const embedded = ['ast-grep', 'flow', 'osv', 'redos', 'ruff', 'secretlint'];
    assert.deepEqual(
      states?.filter((one) => embedded.includes(one.split(' ')[0] ?? '')),
      embedded.map((id) => `${id} completed`),
    );
    const found = new Set(report.files.filter(({ issues }) => issues.length > 0).map(({ path }) => path));
    for (const path of Object.keys(planted))
      if (path !== 'package.json') assert.ok(found.has(path) || path === 'package-lock.json', path);
    const kinds = new Set(Object.keys(planted).flatMap((path) => languageOf(path) ?? []));
    assert.equal(kinds.size, 23);
    const tools = new Set(
      report.files.flatMap(({ issues }) => issues.flatMap((one) => [one.tool, ...(one.also_found_by ?? [])])),
    );
    for (const id of embedded) assert.ok(tools.has(id), `${id} found nothing`);
    assert.deepEqual(findings(outcome), findings(await scan(resolve('dist'))));
  });

  it('says which piece of it is missing or damaged', async () => {
    await truncate(join(dist(), 'ast-grep', 'rules', 'Go', 'rules.yml'), 100);
    await rm(join(dist(), 'secretlintWorker.js'));
    const { report, stderr } = await scan(dist());
    for (const piece of ['ast-grep/rules/Go/rules.yml has been changed', 'secretlintWorker.js is missing']) {
      assert.ok(stderr.includes(piece), stderr);
      const gap = report.meta.coverage?.gaps.find(
        ({ kind, reason }) => kind === 'damaged_installation' && reason.includes(piece),
      );
      assert.ok(gap, JSON.stringify(report.meta.coverage));
    }
    assert.equal(report.meta.coverage?.complete, false);
    await unpack();
  });
});
