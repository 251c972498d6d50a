import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of each kind of code, with a defect. Kinds without findings from the rules have one for the secrets engine. */
export const planted: Readonly<Record<string, string>> = {
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

/** The advisory that looking up its dependencies returns. */
export const vulnerable = [{ id: 'GHSA-1', ecosystem: 'npm', name: 'lodash', versions: ['4.17.15'] }];

/** The engines that find something in it. */
export const embedded = ['ast-grep', 'flow', 'osv', 'redos', 'ruff', 'secretlint'];

/** Writes the files of {@link planted} into a new folder. */
export async function writePlanted(folder: string): Promise<void> {
  await mkdir(folder);
  for (const [path, text] of Object.entries(planted)) await writeFile(join(folder, path), text);
}
