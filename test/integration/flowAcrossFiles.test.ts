import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Flow } from '../../src/engines/taint/flow';
import { checkAnswer, type CheckAnswer, report, type Issue } from '../../src/protocol';
import { startService, writeTree, type TestService, type Tree } from './support/service';

const dist = resolve(__dirname, '../../../dist');

/** What to find in a workspace of a language: data that passes through three files, a class and a callback. */
interface Workspace {
  readonly files: Readonly<Record<string, string>>;
  readonly rule: string;
  /** `<file>:<line>` of the source, of the intermediate steps, and of the sink. */
  readonly source: string;
  readonly through: string;
  readonly sink: string;
  /** A line that a pattern rule reports and that data flow proves harmless, and the same line where nothing is known. */
  readonly harmless: string;
  readonly doubtful: string;
  /** A change to the middle file that breaks the flow. */
  readonly mended: { readonly file: string; readonly from: string; readonly to: string };
}

const workspaces: Readonly<Record<string, Workspace>> = {
  Python: {
    files: {
      'site/app/views.py': [
        'from flask import Flask, request',
        'from .users import Users',
        'app = Flask(__name__)',
        '@app.route("/users")',
        'def users():',
        '    Users().find(request.args["name"], lambda text: f"name = {text}")',
      ].join('\n'),
      'site/app/users.py': [
        'from . import db',
        'class Users:',
        '    def find(self, name, condition):',
        '        return db.run("SELECT * FROM users WHERE " + condition(name))',
      ].join('\n'),
      'site/app/db.py': [
        'import sqlite3',
        'cursor = sqlite3.connect("a").cursor()',
        'def run(text):',
        '    return cursor.execute(text)',
        'def table():',
        '    return "users"',
        'def every():',
        '    return cursor.execute("SELECT * FROM " + table())',
        'def some(name):',
        '    return cursor.execute("SELECT * FROM " + name)',
      ].join('\n'),
    },
    rule: 'py-flow-sql',
    source: 'site/app/views.py:6',
    through: 'site/app/users.py',
    sink: 'site/app/db.py:4',
    harmless: 'site/app/db.py:8',
    doubtful: 'site/app/db.py:10',
    mended: { file: 'site/app/users.py', from: 'condition(name)', to: '"1"' },
  },
  JavaScript: {
    files: {
      'web/routes.js': [
        "const express = require('express');",
        "const { Users } = require('../lib/users');",
        'const app = express();',
        "app.get('/users', (incoming, out) => {",
        '  new Users().find(incoming.query.name, (text) => `name = ${text}`).then((rows) => out.json(rows));',
        '});',
      ].join('\n'),
      'lib/users.js': [
        "const { run } = require('./db');",
        'class Users {',
        '  find(name, condition) {',
        '    return run(`select * from users where ${condition(name)}`);',
        '  }',
        '}',
        'module.exports = { Users };',
      ].join('\n'),
      'lib/db.js': [
        "const mysql = require('mysql2/promise');",
        "const pool = mysql.createPool('mysql://db');",
        'exports.run = async (text) => {',
        '  return pool.query(text);',
        '};',
        'const table = () => "users";',
        'exports.all = () => {',
        '  return pool.query("select * from " + table());',
        '};',
        'exports.any = (name) => {',
        '  return pool.query("select * from " + name);',
        '};',
      ].join('\n'),
    },
    rule: 'js-flow-sql',
    source: 'web/routes.js:5',
    through: 'lib/users.js',
    sink: 'lib/db.js:4',
    harmless: 'lib/db.js:8',
    doubtful: 'lib/db.js:11',
    mended: { file: 'lib/users.js', from: 'condition(name)', to: 'Number(name)' },
  },
  Java: {
    files: {
      'src/main/java/a/web/UserController.java': [
        'package a.web;',
        'import a.service.Users;',
        'import org.springframework.web.bind.annotation.*;',
        '@RestController',
        'class UserController {',
        '  private final Users users;',
        '  UserController(Users users) { this.users = users; }',
        '  @GetMapping("/users")',
        '  Object find(@RequestParam("q") String text) throws Exception {',
        '    return users.find(text, value -> "name = " + value);',
        '  }',
        '}',
      ].join('\n'),
      'src/main/java/a/service/Users.java': [
        'package a.service;',
        'import a.db.Database;',
        'import java.util.function.Function;',
        'public class Users {',
        '  private final Database database = new Database();',
        '  public Object find(String name, Function<String, String> condition) throws Exception {',
        '    return database.run("select * from users where " + condition.apply(name));',
        '  }',
        '}',
      ].join('\n'),
      'src/main/java/a/db/Database.java': [
        'package a.db;',
        'import java.sql.*;',
        'public class Database {',
        '  private Connection connection;',
        '  public Object run(String text) throws SQLException {',
        '    return connection.createStatement().executeQuery(text);',
        '  }',
        '  private String table() { return "users"; }',
        '  public Object all() throws SQLException {',
        '    return connection.createStatement().executeQuery("select * from " + table());',
        '  }',
        '  public Object any(String name) throws SQLException {',
        '    return connection.createStatement().executeQuery("select * from " + name);',
        '  }',
        '}',
      ].join('\n'),
    },
    rule: 'java-flow-sql',
    source: 'src/main/java/a/web/UserController.java:9',
    through: 'src/main/java/a/service/Users.java',
    sink: 'src/main/java/a/db/Database.java:6',
    harmless: 'src/main/java/a/db/Database.java:10',
    doubtful: 'src/main/java/a/db/Database.java:13',
    mended: {
      file: 'src/main/java/a/service/Users.java',
      from: 'condition.apply(name)',
      to: 'Integer.parseInt(name)',
    },
  },
  PHP: {
    files: {
      'src/Web/UserController.php': [
        '<?php',
        'namespace App\\Web;',
        'use App\\Service\\Users;',
        'class UserController {',
        '  public function __construct(private Users $users) {}',
        '  public function find() {',
        "    return $this->users->find($_GET['q'], fn ($text) => 'name = ' . $text);",
        '  }',
        '}',
      ].join('\n'),
      'src/Service/Users.php': [
        '<?php',
        'namespace App\\Service;',
        "require_once __DIR__ . '/../../lib/db.php';",
        'class Users {',
        '  public function find(string $name, callable $condition) {',
        "    return run_query('select * from users where ' . $condition($name));",
        '  }',
        '}',
      ].join('\n'),
      'lib/db.php': [
        '<?php',
        'function run_query($text) {',
        '  global $db;',
        '  return mysqli_query($db, $text);',
        '}',
        "function table() { return 'users'; }",
        'function all_rows($db) {',
        "  return mysqli_query($db, 'select * from ' . table());",
        '}',
        'function any_rows($db, $name) {',
        "  return mysqli_query($db, 'select * from ' . $name);",
        '}',
      ].join('\n'),
    },
    rule: 'php-flow-sql',
    source: 'src/Web/UserController.php:7',
    through: 'src/Service/Users.php',
    sink: 'lib/db.php:4',
    harmless: 'lib/db.php:8',
    doubtful: 'lib/db.php:11',
    mended: { file: 'src/Service/Users.php', from: '$condition($name)', to: 'intval($name)' },
  },
  Go: {
    files: {
      'shop/go.mod': 'module example.com/shop\n\ngo 1.24\n',
      'shop/web/handlers.go': [
        'package web',
        'import (',
        '\t"net/http"',
        '\t"example.com/shop/users"',
        ')',
        'type Server struct{ users *users.Service }',
        'func (s *Server) find(answer http.ResponseWriter, incoming *http.Request) {',
        '\ts.users.Find(incoming.FormValue("name"), func(value string) string { return "name = " + value })',
        '}',
      ].join('\n'),
      'shop/users/service.go': [
        'package users',
        'import "example.com/shop/db"',
        'type Service struct{ database *db.Database }',
        'func (s *Service) Find(name string, condition func(string) string) error {',
        '\treturn s.database.Run("select * from users where " + condition(name))',
        '}',
      ].join('\n'),
      'shop/db/db.go': [
        'package db',
        'import (',
        '\t"database/sql"',
        '\t"fmt"',
        ')',
        'type Database struct{ pool *sql.DB }',
        'func (d *Database) Run(text string) error {',
        '\t_, err := d.pool.Query(text)',
        '\treturn err',
        '}',
        'func table() string { return "users" }',
        'func (d *Database) All() {',
        '\td.pool.Query(fmt.Sprintf("select * from %s", table()))',
        '}',
        'func (d *Database) Any(name string) {',
        '\td.pool.Query(fmt.Sprintf("select * from %s", name))',
        '}',
      ].join('\n'),
    },
    rule: 'go-flow-sql',
    source: 'shop/web/handlers.go:8',
    through: 'shop/users/service.go',
    sink: 'shop/db/db.go:8',
    harmless: 'shop/db/db.go:13',
    doubtful: 'shop/db/db.go:16',
    mended: { file: 'shop/users/service.go', from: 'condition(name)', to: '"1"' },
  },
  Ruby: {
    files: {
      'app/controllers/users_controller.rb': [
        'class UsersController < ApplicationController',
        '  def index',
        '    Users.new.find(params[:q]) { |text| "name = \'#{text}\'" }',
        '  end',
        'end',
      ].join('\n'),
      'app/services/users.rb': [
        'class Users',
        '  def find(name)',
        '    Database.run("select * from users where #{yield name}")',
        '  end',
        'end',
      ].join('\n'),
      'app/services/database.rb': [
        'class Database',
        '  def self.run(text)',
        '    ActiveRecord::Base.connection.execute(text)',
        '  end',
        '  def self.table',
        "    'users'",
        '  end',
        '  def self.all',
        '    ActiveRecord::Base.connection.execute("select * from #{table}")',
        '  end',
        '  def self.any(name)',
        '    ActiveRecord::Base.connection.execute("select * from #{name}")',
        '  end',
        'end',
      ].join('\n'),
    },
    rule: 'ruby-flow-sql',
    source: 'app/controllers/users_controller.rb:3',
    through: 'app/services/users.rb',
    sink: 'app/services/database.rb:3',
    harmless: 'app/services/database.rb:9',
    doubtful: 'app/services/database.rb:12',
    mended: { file: 'app/services/users.rb', from: 'yield name', to: '1' },
  },
  'C#': {
    files: {
      'store/Web/UserController.cs': [
        'using Microsoft.AspNetCore.Mvc;',
        'using Store.Services;',
        'namespace Store.Web;',
        'public class UserController : ControllerBase {',
        '  private readonly IUsers _users;',
        '  public UserController(IUsers users) { _users = users; }',
        '  [HttpGet]',
        '  public object Find(string text) => _users.Find(text, value => "name = " + value);',
        '}',
      ].join('\n'),
      'store/Services/Users.cs': [
        'using System;',
        'using Store.Data;',
        'namespace Store.Services {',
        '  public interface IUsers { object Find(string name, Func<string, string> condition); }',
        '  public class Users : IUsers {',
        '    private readonly Database _database = new Database();',
        '    public object Find(string name, Func<string, string> condition) =>',
        '      _database.Run("select * from users where " + condition(name));',
        '  }',
        '}',
      ].join('\n'),
      'store/Data/Database.cs': [
        'using System.Data.SqlClient;',
        'namespace Store.Data {',
        '  public class Database {',
        '    private readonly SqlConnection connection;',
        '    public object Run(string text) {',
        '      return new SqlCommand(text, connection).ExecuteReader();',
        '    }',
        '    private static string Table() { return "users"; }',
        '    public object All() {',
        '      return new SqlCommand("select * from " + Table(), connection).ExecuteReader();',
        '    }',
        '    public object Any(string name) {',
        '      return new SqlCommand("select * from " + name, connection).ExecuteReader();',
        '    }',
        '  }',
        '}',
      ].join('\n'),
    },
    rule: 'csharp-flow-sql',
    source: 'store/Web/UserController.cs:8',
    through: 'store/Services/Users.cs',
    sink: 'store/Data/Database.cs:6',
    harmless: 'store/Data/Database.cs:10',
    doubtful: 'store/Data/Database.cs:13',
    mended: { file: 'store/Services/Users.cs', from: 'condition(name)', to: '"1"' },
  },
};

const everything: Tree = Object.fromEntries(Object.values(workspaces).flatMap(({ files }) => Object.entries(files)));
const placeOf = ({ file, line }: { file: string; line: number }) => `${file}:${line}`;

describe('data flow across files', () => {
  let root: string;
  let issues: Issue[];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'codeagent-flow-test-'));
    await writeTree(root, everything);
    const scan = ['scan', root, '--no-osv', '--format', 'json', '--progress', 'none'];
    const { stdout } = await promisify(execFile)(process.execPath, [join(dist, 'cli.js'), ...scan]);
    issues = report.parse(JSON.parse(stdout)).files.flatMap((file) => file.issues);
  });
  after(() => rm(root, { recursive: true, force: true }));

  for (const [language, workspace] of Object.entries(workspaces)) {
    it(`goes from the source to the sink in ${language}`, () => {
      const found = issues.filter(({ rule_id }) => rule_id === workspace.rule);
      assert.deepEqual(found.map(placeOf), [workspace.sink]);
      const steps = found[0]?.flow ?? [];
      assert.deepEqual([steps[0]?.role, steps.at(-1)?.role], ['source', 'sink']);
      assert.deepEqual(
        [steps[0], steps.at(-1)].map((step) => step && placeOf(step)),
        [workspace.source, workspace.sink],
      );
      assert.ok(
        steps.some(({ file, role }) => file === workspace.through && role === 'propagator'),
        JSON.stringify(steps),
      );
    });

    it(`drops pattern findings that the data flow of ${language} proves harmless, and no others`, () => {
      const places = new Set(issues.filter(({ cwe }) => cwe?.includes('CWE-89')).map(placeOf));
      assert.ok(places.has(workspace.doubtful), [...places].join());
      assert.ok(!places.has(workspace.harmless));
    });
  }

  describe('of saved files', () => {
    let service: TestService;
    let cache: string;
    const start = (folder?: string) => startService({ analyzers: [new Flow(dist, folder)], tree: everything });
    before(async () => {
      cache = await mkdtemp(join(tmpdir(), 'codeagent-links-'));
      service = await start(cache);
      await service.ended(await service.submit({ path: service.root }));
    });
    after(async () => {
      await service.close();
      await rm(cache, { recursive: true });
    });

    async function check(file: string, from: TestService = service) {
      const { root } = from;
      const answer = await from.get('/check', { method: 'POST', body: JSON.stringify({ path: root, files: [file] }) });
      return checkAnswer.parse(await answer.json());
    }
    const placesIn = ({ files }: CheckAnswer, path: string) =>
      files.find((file) => file.path === path)?.issues.map((issue) => `${issue.rule_id} ${placeOf(issue)}`);

    it('is followed again, in each language', async () => {
      for (const { files, mended, rule, sink } of Object.values(workspaces)) {
        const [sinkFile = ''] = sink.split(':');
        assert.deepEqual(placesIn(await check(sinkFile), sinkFile), [`${rule} ${sink}`]);
        const { file, from, to } = mended;
        const before = files[file] ?? '';
        await writeFile(join(service.root, file), before.replace(from, to));
        assert.deepEqual(placesIn(await check(sinkFile), sinkFile), []);
        await writeFile(join(service.root, file), before);
      }
    });

    it('is told of the file that it leads to, when another one on its way was saved, in each language', async () => {
      for (const { files, mended, rule, sink } of Object.values(workspaces)) {
        const [sinkFile = ''] = sink.split(':');
        const { file, from, to } = mended;
        const before = files[file] ?? '';
        await writeFile(join(service.root, file), before.replace(from, to));
        assert.deepEqual(placesIn(await check(file), sinkFile), [], `mended in ${file}`);
        await writeFile(join(service.root, file), before);
        assert.deepEqual(placesIn(await check(file), sinkFile), [`${rule} ${sink}`], `broken in ${file}`);
      }
    });

    it('is found when its sink is new in a file that others import', async () => {
      const { files, rule, sink } = workspaces['Python'] ?? assert.fail();
      const [sinkFile = ''] = sink.split(':');
      const other = await startService({ analyzers: [new Flow(dist)], tree: everything });
      try {
        const path = join(other.root, sinkFile);
        const text = files[sinkFile] ?? '';
        const line = Number(sink.split(':')[1]) - 1;
        const harmless = text.split('\n').map((one, at) => (at === line ? one.replace(/\(\w+\)/, "('1')") : one));
        await writeFile(path, harmless.join('\n'));
        await other.ended(await other.submit({ path: other.root }));
        assert.deepEqual(placesIn(await check(sinkFile, other), sinkFile), []);
        await writeFile(path, text);
        assert.deepEqual(placesIn(await check(sinkFile, other), sinkFile), [`${rule} ${sink}`]);
      } finally {
        await other.close();
      }
    });

    it('is followed by what an earlier process has learned; without that, it says that it looked at the file alone', async () => {
      const { rule, sink } = workspaces['Python'] ?? assert.fail();
      const [sinkFile = ''] = sink.split(':');
      const many = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`more/m${at}.py`, 'x = 1\n']));
      for (const [path, text] of Object.entries(many)) await writeTree(service.root, { [path]: text });
      const analyzers = (folder?: string) => ({ analyzers: [new Flow(dist, folder)], roots: [service.root] });
      await service.ended(await service.submit({ path: service.root }));
      const again = await startService(analyzers(cache));
      const unaware = await startService(analyzers());
      try {
        const known = await check(sinkFile, { ...again, root: service.root });
        assert.deepEqual(placesIn(known, sinkFile), [`${rule} ${sink}`]);
        assert.equal(known.files.find(({ path }) => path === sinkFile)?.alone, false);
        const unknown = await check(sinkFile, { ...unaware, root: service.root });
        assert.equal(unknown.files.find(({ path }) => path === sinkFile)?.alone, true);
      } finally {
        await again.close();
        await unaware.close();
      }
    });
  });
});
