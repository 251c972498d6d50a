import * as assert from 'node:assert/strict';
import { codeFixes } from '../../src/engines/codeFixes/codeFixes';

/** The text with its matching part fixed; undefined if there is no fix. */
function fixed(name: string, text: string, match: string, file = 'a'): string | undefined {
  const from = text.indexOf(match);
  assert.ok(from >= 0, match);
  const edits = codeFixes[name]?.(text, from, from + match.length, file);
  return edits
    ?.toSorted((a, b) => b.start - a.start || b.end - a.end)
    .reduce((now, { start, end, text: piece }) => now.slice(0, start) + piece + now.slice(end), text);
}

/** A module that executes a statement with its only argument. */
const python = (argument: string, driver = 'sqlite3') => {
  const call = `db.execute(${argument})`;
  return fixed('python-sql-parameters', `import ${driver}\n${call}\n`, call)?.split('\n')[1];
};
const script = (argument: string, driver = 'pg') => {
  const call = `db.query(${argument})`;
  return fixed('script-sql-parameters', `import db from '${driver}';\n${call};\n`, call)?.split('\n')[1];
};

describe('fixes created by code', () => {
  it('escape the values of a Python log message, however they are inserted', () => {
    const logged = (call: string, head = 'import logging') =>
      fixed('python-log-repr', `${head}\n${call}\n`, call)?.split('\n').slice(1, -1).join('\n');
    const escapes: [string, string][] = [
      ['log.info(f"for {user}")', 'log.info(f"for {user!r}")'],
      [`log.info(f"for '{user}' in {len(users)}")`, 'log.info(f"for {user!r} in {len(users)}")'],
      [`log.info(f'{a:>10}, {b:.2f}, {c!r}, {d=}')`, `log.info(f'{a!r:>10}, {b:.2f}, {c!r}, {d=}')`],
      ['log.info(f"{{no}} {user}", exc_info=True)', 'log.info(f"{{no}} {user!r}", exc_info=True)'],
      ['log.info("for %s in %d of \'%s\'", user, count, group)', 'log.info("for %r in %d of %r", user, count, group)'],
      ['log.info("%s%% of %s", len(done), group)', 'log.info("%s%% of %r", len(done), group)'],
      ['log.log(logging.INFO, "for %s", user)', 'log.log(logging.INFO, "for %r", user)'],
      ['log.info("for %s" % user)', 'log.info("for %r" % user)'],
      ['log.info("for %s, %s" % (1, user))', 'log.info("for %s, %r" % (1, user))'],
      ['log.info("for %(user)s" % {"user": user})', 'log.info("for %(user)r" % {"user": user})'],
      ['log.info("for {} of {0}, {{}}".format(user))', 'log.info("for {!r} of {0!r}, {{}}".format(user))'],
      ['log.info("for " + user + ", " + str(e))', 'log.info("for " + repr(user) + ", " + repr(e))'],
      [
        'log.info(\n    "for %s "\n    "in %s",\n    user,\n    group,\n)',
        'log.info(\n    "for %r "\n    "in %r",\n    user,\n    group,\n)',
      ],
      [
        'log.info(\n    f"for {user} "\n    f"in {group}"\n)',
        'log.info(\n    f"for {user!r} "\n    f"in {group!r}"\n)',
      ],
      [`log.info('by \\'%s\\', %s', user, n)`, `log.info('by %r, %r', user, n)`],
      ['log.info(f"{size / 1024} of {user}, {n + 1}")', 'log.info(f"{size / 1024} of {user!r}, {n + 1}")'],
      [`log.info(f"a{f' of {user}' if user else ''}")`, `log.info(f"a{f' of {user!r}' if user else ''}")`],
      [`log.info(f"a {user if user else 'nobody'}")`, `log.info(f"a {repr(user) if user else 'nobody'}")`],
      ['log.error(e)', 'log.error("%r", e)'],
      ['syslog.syslog(user)', 'syslog.syslog(repr(user))'],
    ];
    for (const [before, after] of escapes) assert.equal(logged(before), after);
    assert.equal(logged('logger.info("for {}", user)', 'from loguru import logger'), 'logger.info("for {!r}", user)');
    assert.equal(logged('logger.info(user)', 'from loguru import logger'), 'logger.info("{!r}", user)');
    const keeps = [
      'log.info("plain")',
      'log.info(f"{len(users)}")',
      'log.info(*args)',
      'log.info(a, b)',
      'log.info("saved", user=user)',
    ];
    for (const call of keeps) assert.equal(logged(call), undefined, call);
  });

  it('load plain data in Python, and match a text literally in a regular expression', () => {
    const of = (name: string, call: string) => fixed(name, `x = ${call}\n`, call)?.slice('x = '.length, -1);
    const loads = (call: string) => of('python-safe-load', call);
    assert.equal(loads('yaml.load(a)'), 'yaml.safe_load(a)');
    assert.equal(loads('yaml.load(a, Loader=yaml.Loader)'), 'yaml.safe_load(a)');
    assert.equal(loads('yaml.load_all(f(a), yaml.UnsafeLoader)'), 'yaml.safe_load_all(f(a))');
    assert.equal(loads('pickle.loads(a)'), undefined);
    const escapes = (call: string) => of('python-escaped-pattern', call);
    assert.equal(escapes('re.search(a, b)'), 're.search(re.escape(a), b)');
    assert.equal(escapes('re.sub("^" + a + "$", "", b)'), 're.sub("^" + re.escape(a) + "$", "", b)');
    assert.equal(escapes('re.compile(rf"^{a}-{re.escape(b)}")'), 're.compile(rf"^{re.escape(a)}-{re.escape(b)}")');
    for (const call of [
      're.search("a", b)',
      're.search("%s" % a, b)',
      're.search("|".join(a), b)',
      're.search(regex, b)',
      're.search(self.url_pattern, b)',
      'regex.search(a, b)',
    ])
      assert.equal(escapes(call), undefined, call);
  });

  it('escape values in markup only where that keeps a script out', () => {
    const inMarkup = (markup: string) =>
      fixed('script-escaped-markup', `el.innerHTML = ${markup};\n`, `el.innerHTML = ${markup}`, 'a.js')?.split('\n')[0];
    const escapes = [
      "'<p>' + id + '</p>'",
      `'<p title="' + id + '">x</p>'`,
      `"<p>Don't</p><b class='a' title='" + id + "'>x</b>"`,
      `'<a href="/items/' + id + '">x</a>'`,
      `'<a href="https://a.example/' + id + '">x</a>'`,
      "'<script>f()</script><p>' + id + '</p>'",
      "'<!-- a --><p>' + id + '</p>'",
    ];
    for (const markup of escapes) assert.match(inMarkup(markup) ?? markup, /escapeHtml\(id\)/);
    const ofProperty = fixed('script-escaped-markup', "el.innerHTML = '<p>' + id + '</p>';\n", 'el.innerHTML', 'a.js');
    assert.match(ofProperty ?? '', /^el\.innerHTML = '<p>' \+ escapeHtml\(id\) \+ '<\/p>';/);
    const keeps = [
      `'<a href="javascript:show(' + id + ')">x</a>'`,
      `'<a href=" ' + id + '">x</a>'`,
      `'<a href="//' + id + '">x</a>'`,
      `"<p>Don't</p><div class='a' data-x=" + id + ">x</div>"`,
      `"<p>Don't</p><div onclick='f(" + id + ")'>x</div>"`,
      "'<script>f(' + id + ')</script>'",
      "'<!--' + id + '-->'",
      '`<i>${Number(id) || id}</i><b>${id}</b>`',
      '`<i>${unescape(id)}</i><b>${id}</b>`',
      "'<' + id + '>'",
    ];
    for (const markup of keeps) assert.equal(inMarkup(markup), undefined, markup);
  });

  it('add no text to elements, and call no escaping function that is not there', () => {
    assert.equal(fixed('script-escaped-markup', 'el.innerHTML += name;', 'el.innerHTML += name', 'a.js'), undefined);
    const assigned = "el.innerHTML = '<b>' + id + '</b>'";
    const start = (before: string) =>
      fixed('script-escaped-markup', `${before}\n${assigned};\n`, assigned, 'a.js')?.split('\n')[1];
    assert.equal(
      start("import { escape as escapeHTML } from './a';"),
      "el.innerHTML = '<b>' + escapeHTML(id) + '</b>';",
    );
    assert.equal(start("import { escapeHtml as esc } from './a';"), undefined);
    assert.equal(start('function f() { const htmlEscape = 1; }'), "el.innerHTML = '<b>' + escapeHtml(id) + '</b>';");
    assert.equal(start('export const htmlEscape = (x) => x;'), "el.innerHTML = '<b>' + htmlEscape(id) + '</b>';");
  });

  it('write EJS and ERB values as JavaScript literals', () => {
    const inScript = (match: string, file: string) => fixed('template-script', `x = ${match};`, match, file);
    const inAttribute = (match: string, file: string) => fixed('template-attribute', `<a ${match}>`, match, file);
    assert.equal(
      inScript(`'<%= key %>'`, 'a.ejs'),
      `x = <%- JSON.stringify(String(key ?? '')).replace(/</g, '\\u003c') %>;`,
    );
    assert.equal(inScript(`"<%= raw @user.name %>"`, 'a.html.erb'), 'x = <%= raw @user.name.to_s.to_json %>;');
    assert.equal(inScript(`'<%= key || other %>'`, 'a.ejs'), undefined);
    assert.equal(
      inAttribute(`onclick="f('<%= id %>', <%= list.length %>)"`, 'a.ejs'),
      `<a onclick="f(<%= JSON.stringify(String(id ?? '')) %>, <%= JSON.stringify(String(list.length ?? '')) %>)">`,
    );
    assert.equal(inAttribute(`onclick="f('x<%= id %>')"`, 'a.ejs'), undefined);
    assert.equal(inAttribute('onclick="f(`<%= id %>`)"', 'a.ejs'), undefined);
    assert.equal(inAttribute(`onclick='f("<%= @id %>")'`, 'a.erb'), `<a onclick='f(<%= @id.to_s.to_json %>)'>`);
  });

  it('add a token only to forms that post to this site', () => {
    const form = (action: string) =>
      fixed('template-form-token', `{% load static %}<form${action}>`, `<form${action}>`, 'a.html');
    for (const action of ['', ' action="/save"', ` action="{% url 'save' %}"`])
      assert.equal(form(action), `{% load static %}<form${action}>{% csrf_token %}`);
    for (const action of [' action="https://b.example"', ' action="{{ partner_url }}"', ' action=//b.example'])
      assert.equal(form(action), undefined);
  });

  it('do not escape output in a template without escaping', () => {
    const text = '{% autoescape off %}<p>{{ name|safe }}</p>{% endautoescape %}';
    assert.equal(fixed('template-output', text, '{{ name|safe }}'), undefined);
    assert.equal(fixed('template-output', '<p>{{ name|safe }}</p>', '{{ name|safe }}'), '<p>{{ name }}</p>');
  });

  it('write the parameters in the driver’s style', () => {
    const text = `f"SELECT * FROM t WHERE a = {a} AND b LIKE 'x%'"`;
    assert.equal(python(text), `db.execute("SELECT * FROM t WHERE a = ? AND b LIKE 'x%'", (a,))`);
    assert.equal(python(text, 'psycopg2'), `db.execute("SELECT * FROM t WHERE a = %s AND b LIKE 'x%%'", (a,))`);
    assert.equal(python(text, 'cx_Oracle'), `db.execute("SELECT * FROM t WHERE a = :1 AND b LIKE 'x%'", (a,))`);
    assert.equal(python(text, 'asyncpg'), `db.execute("SELECT * FROM t WHERE a = $1 AND b LIKE 'x%'", a)`);
    assert.equal(python(text, 'os'), undefined);
    assert.equal(python(text, 'sqlite3, psycopg2'), undefined);
  });

  it('parse all kinds of strings', () => {
    const expected = (text: string) => `db.execute(${text}, (a, b))`;
    assert.equal(
      python(`"SELECT * FROM t WHERE a = '" + a + "' AND b = " + str(b)`),
      expected(`"SELECT * FROM t WHERE a = ? AND b = ?"`),
    );
    assert.equal(
      python(`"INSERT INTO t (x, y) VALUES ('%s', %d)" % (a, b)`),
      expected(`"INSERT INTO t (x, y) VALUES (?, ?)"`),
    );
    assert.equal(
      python(`'UPDATE t SET x = {1} WHERE y = \\'{0}\\''.format(b, a)`),
      expected(`'UPDATE t SET x = ? WHERE y = ?'`),
    );
    assert.equal(
      python(`("SELECT * FROM t " f"WHERE a = {a} " f"AND b = '{b}'")`),
      expected(`("SELECT * FROM t " "WHERE a = ? " "AND b = ?")`),
    );
    assert.equal(
      script("`SELECT * FROM t WHERE a = '${a}' LIMIT ${b}`"),
      'db.query(`SELECT * FROM t WHERE a = $1 LIMIT $2`, [a, b]);',
    );
    assert.equal(
      script(`"DELETE FROM t WHERE a='" + a + '\\'', done`, 'mysql'),
      `db.query("DELETE FROM t WHERE a=?" + '', [a], done);`,
    );
  });

  it('leave alone what cannot be a parameter', () => {
    for (const text of [
      'f"SELECT * FROM {t} WHERE a = {a}"',
      'f"SELECT * FROM t ORDER BY {a}"',
      'f"SELECT * FROM t WHERE a IN ({a})"',
      'f"SELECT * FROM t WHERE {a} = 1"',
      'f"SELECT * FROM t WHERE a = 1 AND {a}"',
      'f"SELECT * FROM t WHERE a > now() - interval \'{a} days\'"',
      'f"CREATE TABLE t (a DEFAULT \'{a}\')"',
      'f"SELECT * FROM t WHERE a = {a:>4}"',
      'f"SELECT * FROM t WHERE a = t_{a}.b"',
      '"SELECT * FROM t WHERE a = %(a)s" % values',
      '"SELECT * FROM t WHERE a = ? AND b = " + a',
      'f"SELECT * FROM t WHERE a = {a}", (b,)',
    ])
      assert.equal(python(text), undefined, text);
    const reused = 'import sqlite3\nq = f"SELECT * FROM t WHERE a = {a}"\nprint(q)\ndb.execute(q)\n';
    assert.equal(fixed('python-sql-parameters', reused, 'db.execute(q)'), undefined);
    const changed = 'import sqlite3\nq = f"SELECT * FROM t WHERE a = {a}"\na = 2\ndb.execute(q)\n';
    assert.equal(fixed('python-sql-parameters', changed, 'db.execute(q)'), undefined);
  });

  it('escape a value in its template language’s syntax', () => {
    const jinja = `{{ url_for('a') }}<script>const name = "{{ name }}";</script>`;
    assert.equal(fixed('template-script', jinja, '"{{ name }}"'), jinja.replace('"{{ name }}"', '{{ name|tojson }}'));
    assert.equal(fixed('template-script', '<script>a = "{{ name }}"</script>', '"{{ name }}"'), undefined);
    assert.equal(fixed('template-attribute', '<a class={{ a }} id=b>', 'class={{'), '<a class="{{ a }}" id=b>');
    const part = `{{ url_for('a') }}<a onclick="f('a{{ b }}')">`;
    assert.equal(fixed('template-attribute', part, `onclick="f('a{{ b }}')"`), undefined);
  });

  it('keep commands that need a shell, or whose program is unknown', () => {
    for (const text of ['f"ls {a} | wc"', 'f"ls {a}/*"', 'f"{a} b"', 'f"A=1 ls {a}"', '"sh -c " + a', 'f"ls > {a}"'])
      assert.equal(fixed('python-argument-list', `os.system(${text})`, `os.system(${text})`), undefined, text);
  });

  it('leave no unused Go import', () => {
    const go = 'package p\n\nimport (\n\t"crypto/md5"\n\t"crypto/sha256"\n)\n\nvar a, b = md5.New(), sha256.New()\n';
    const after = 'package p\n\nimport (\n\t"crypto/sha256"\n)\n\nvar a, b = sha256.New(), sha256.New()\n';
    assert.equal(fixed('go-sha256', go, 'md5.New()'), after);
    assert.equal(fixed('go-sha256', go.replace('"crypto/md5"', 'm "crypto/md5"'), 'md5.New()'), undefined);
    assert.equal(
      fixed('go-crypto-rand', 'package p\n\nimport "math/rand"\n\nvar a = rand.Intn(9)\n', 'rand.Intn(9)'),
      undefined,
    );
  });

  it('configure a factory before the statement that uses it, and nowhere else', () => {
    const java = (line: string) => `class A {\n  void f() {\n    ${line}\n  }\n}\n`;
    const match = 'factory.newDocumentBuilder()';
    const feature = 'factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);';
    const line = `Document d = ${match}.parse(in);`;
    assert.equal(fixed('java-no-doctype', java(line), match), java(`${feature}\n    ${line}`));
    assert.equal(fixed('java-no-doctype', java(`if (a)\n      b = ${match};`), match), undefined);
    assert.equal(fixed('java-no-doctype', java(`return () -> ${match};`), match), undefined);
  });
});
