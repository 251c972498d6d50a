import assert from 'node:assert/strict';
import { cases } from '../../bench/owasp/cases.mjs';
import { flowRules } from '../../src/engines/taint/rules';
import type { Defect } from '../../src/engines/taint/value';
import { answers as answersTo } from '../../src/engines/taint/flowWorker';
import { worthFollowing } from '../../src/engines/taint/worthFollowing';

/** The body of a handler, with `value` from the request, and what it does from the second line of it on. */
function handler(...lines: readonly string[]): string {
  const head = [
    'import os, re',
    'from flask import Flask, request, session',
    'app = Flask(__name__)',
    '@app.route("/")',
  ];
  return [...head, 'def page():', ...['value = request.args["v"]', ...lines].map((line) => `    ${line}`)].join('\n');
}

/** Also holds `worthFollowing` to everything that is found in any of these tests. */
const answers: typeof answersTo = (source, questions) => {
  const answer = answersTo(source, questions);
  // Without these there are no requests that it answers.
  const isOfWeb = /^(?:from|import) (?:flask|django|fastapi|bottle|aiohttp|starlette)/m.test(source);
  if (answer.hits.length > 0 && isOfWeb && /\brequest\b|@app\.(?:route|get|post)\(/.test(source))
    assert.ok(worthFollowing(source), `not worth following: ${source}`);
  return answer;
};

const found = (source: string) => answers(source, []).hits.map((hit) => `${hit.defect}:${hit.line}`);
const isHarmless = (source: string, line: number, defect: Defect) =>
  answers(source, [{ line, endLine: line, defect }]).harmless[0];

const defects: Readonly<Record<string, Defect>> = {
  codeinj: 'code',
  cmdi: 'command',
  deserialization: 'deserialization',
  hash: 'hash',
  ldapi: 'ldap',
  pathtraver: 'path',
  redirect: 'redirect',
  securecookie: 'cookie',
  sqli: 'sql',
  trustbound: 'trust',
  weakrand: 'random',
  xpathi: 'xpath',
  xss: 'xss',
  xxe: 'xxe',
};

describe('a data flow', () => {
  const waysOf = (source: string) =>
    answers(source, []).hits.map(({ defect, steps }) => [
      defect,
      ...steps.map(({ role, line, column, message }) => `${role} ${line}:${column} ${message}`),
    ]);

  it('leads from the source through variables and texts to the sink', () => {
    const source = handler('query = "SELECT * FROM t WHERE a = \'" + value + "\'"', 'cursor.execute(query)');
    assert.deepEqual(waysOf(source), [
      [
        'sql',
        'source 6:13 Comes from the request: request.args',
        'propagator 6:5 Assigned to value',
        'propagator 7:13 Becomes part of this string',
        'propagator 7:5 Assigned to query',
        'sink 8:5 SQL injection',
      ],
    ]);
  });

  it('leads through the functions of the file and back', () => {
    const source = [
      'from flask import request, redirect',
      'def path_of(name):',
      '    return f"/data/{name}"',
      '@app.route("/<name>")',
      'def page(name):',
      '    return open(path_of(name)).read()',
    ].join('\n');
    const [way] = waysOf(source);
    assert.deepEqual(way, [
      'path',
      'source 5:10 Comes from the request: parameter name',
      'propagator 2:13 Passed to path_of as name',
      'propagator 3:12 Becomes part of this string',
      'propagator 6:17 Returned by path_of',
      'sink 6:12 Path traversal',
    ]);
  });

  it('is that of the tainted value, not of a sanitized one', () => {
    const source = handler('other = request.form["o"]', 'safe = os.path.basename(value)', 'open(safe + other)');
    const [way] = waysOf(source);
    assert.equal(way?.[1], 'source 7:13 Comes from the request: request.form');
  });

  it('ends, whatever loops do', () => {
    const source = handler('for part in value:', '    value = value + part + value', 'os.system(value)');
    for (const [, ...steps] of waysOf(source)) assert.ok(steps.length >= 3 && steps.length <= 31, steps.join('\n'));
    assert.deepEqual(found(source), ['command:9']);
  });

  it('is absent for a call that is a defect on its own', () => {
    assert.deepEqual(waysOf(`import hashlib\n${handler('hashlib.new("md5")')}`), [['hash']]);
  });
});

describe('following data', () => {
  for (const unseen of [false, true]) {
    it(`tells bad handlers from good ones in each category: ${unseen ? 'shapes held back' : 'shapes known'}`, () => {
      const sorted = cases(unseen).map(({ name, category, bad, text }) => {
        const { hits } = answers(text, []);
        return { name, bad, isFound: hits.some((hit) => hit.defect === defects[category]) };
      });
      assert.deepEqual(
        sorted.filter(({ bad, isFound }) => isFound && !bad),
        [],
      );
      // What a module out of sight does with a value is not known.
      const all = sorted.filter(({ bad }) => bad);
      assert.ok(all.filter(({ isFound }) => isFound).length >= 0.9 * all.length);
    });
  }

  it('continues through functions, objects and branches', () => {
    assert.deepEqual(found(handler('def again(x):', '    return x + "!"', 'os.system(again(value))')), ['command:9']);
    assert.deepEqual(found(handler('if value == "a":', '    value = "b"', 'os.system(value)')), ['command:9']);
    assert.deepEqual(found(handler('while value:', '    line = value', '    os.system(line)', '    break')), [
      'command:9',
    ]);
    assert.deepEqual(found(handler('subprocess.check_output(value, shell=True)', 'os.system(value)')), [
      'command:7',
      'command:8',
    ]);
    assert.deepEqual(found(handler('for part in value.split():', '    os.system(part)')), ['command:8']);
    assert.deepEqual(found(handler('[os.system(part) for part in value]')), ['command:7']);
  });

  it('knows the addresses that a request makes of the application’s own routes', () => {
    assert.deepEqual(found(handler('return redirect(request.route_url("page", name=value))')), []);
    assert.deepEqual(found(handler('return redirect(value)')), ['redirect:7']);
  });

  it('does not take the response of another server for the request', () => {
    assert.deepEqual(found(handler('return requests.get(URL, params={"q": value}).json()')), []);
    assert.deepEqual(found(handler('os.system(request.json()["a"])')), ['command:7']);
  });

  it('trusts guards that leave the function or branch', () => {
    for (const check of [
      'value not in ("a", "b")',
      'not value.isalnum()',
      'not is_valid(value)',
      'value != "x"',
      're.match("^a+$", value) is None',
    ])
      assert.deepEqual(found(handler(`if ${check}:`, '    return "no"', 'os.system(value)')), [], check);
    assert.deepEqual(found(handler('if value not in ("a", "b"):', '    print(value)', 'os.system(value)')), [
      'command:9',
    ]);
    assert.deepEqual(
      found(handler('m = re.fullmatch("a+", value)', 'if not m:', '    return', 'os.system(value)')),
      [],
    );
    assert.deepEqual(found(handler('check_name(value)', 'os.system(value)')), []);
    assert.deepEqual(found(handler('os.system(value if value in ("a", "b") else "c")')), []);
    assert.deepEqual(
      found(handler('if not value.isdigit() or len(value) > 3:', '    return "no"', 'os.system(value)')),
      [],
    );
  });

  it('knows calls that never return, and path guards', () => {
    assert.deepEqual(found(handler('if value not in ("a", "b"):', '    abort(400)', 'os.system(value)')), []);
    assert.deepEqual(found(handler('if value:', '    abort(400)', 'os.system(value)')), ['command:9']);
    const path = ['path = os.path.realpath(os.path.join("/srv", value))', 'open(path)'];
    assert.deepEqual(found(handler(...path)), ['path:8']);
    const check = ['if os.path.commonpath([path, "/srv"]) != "/srv":', '    abort(404)'];
    assert.deepEqual(found(handler(path[0] ?? '', ...check, path[1] ?? '')), []);
    const parents = [
      'path = Path(value).resolve()',
      'if Path("/srv") not in path.parents:',
      '    abort(404)',
      'open(path)',
    ];
    assert.deepEqual(found(handler(...parents)), []);
  });

  it('distinguishes a page from parsed data, a file’s content and plain text', () => {
    assert.deepEqual(found(handler('return "<p>" + value')), ['xss:7']);
    assert.deepEqual(found(handler('return str(json.loads(value))')), []);
    assert.deepEqual(found(handler('return str(ast.literal_eval(value))')), []);
    assert.deepEqual(found(handler('return (BASE / os.path.basename(value)).read_text()')), []);
    const answer = (module: string, call: string) => `from ${module}\ndef view(request):\n    return ${call}\n`;
    assert.deepEqual(found(answer('aiohttp import web', 'web.Response(text=request.query["a"])')), []);
    const html = 'web.Response(text=request.query["a"], content_type="text/html")';
    assert.deepEqual(found(answer('aiohttp import web', html)), ['xss:3']);
    assert.deepEqual(found(answer('django.http import HttpResponse', 'HttpResponse(request.GET["a"])')), ['xss:3']);
  });

  it('follows URLs that the server requests', () => {
    const call = (...lines: string[]) => found(handler('import requests', ...lines));
    assert.deepEqual(call('requests.get(value)'), ['ssrf:8']);
    assert.deepEqual(call('with requests.Session() as session:', '    session.request("GET", f"https://{value}/x")'), [
      'ssrf:9',
    ]);
    assert.deepEqual(
      call('requests.get("https://example.com/" + value)', 'requests.get(URL, params={"q": value})'),
      [],
    );
    assert.deepEqual(
      call('if not value.startswith("https://example.com/"):', '    abort(400)', 'requests.get(value)'),
      [],
    );
    assert.deepEqual(
      call('if urlparse(value).hostname not in ("a.example", "b.example"):', '    abort(400)', 'requests.get(value)'),
      [],
    );
  });

  it('trusts a psycopg statement, which quotes its parts', () => {
    const query = (part: string) => handler('from psycopg import sql', `query = ${part}`, 'cursor.execute(query)');
    assert.deepEqual(found(query('sql.SQL("SELECT a FROM {}").format(sql.Identifier(value))')), []);
    assert.deepEqual(found(query('sql.SQL("SELECT a FROM " + value)')), ['sql:9']);
  });

  it('considers nothing unknown harmless', () => {
    assert.equal(isHarmless('import os\ndef run(name):\n    os.system("ls " + name)\n', 3, 'command'), false);
    assert.equal(isHarmless('import os\nos.system("ls " + os.environ["X"])\n', 2, 'command'), false);
    assert.equal(isHarmless('import os\nos.system(load())\n', 2, 'command'), false);
    assert.equal(isHarmless('import os\nname = "x"\nos.system("ls " + name)\n', 3, 'command'), true);
    const form = 'form = Form(request.POST)\n    if form.is_valid():\n        os.system("a " + form.cleaned_data["x"])';
    assert.equal(isHarmless(`import os\ndef view(request):\n    ${form}\n`, 5, 'command'), false);
    assert.equal(isHarmless(handler('if is_valid(value):', '    os.system(value)'), 8, 'command'), false);
    assert.equal(isHarmless(handler('if value in load():', '    os.system(value)'), 8, 'command'), false);
    assert.equal(isHarmless(handler('if isinstance(value, str):', '    os.system(value)'), 8, 'command'), false);
    assert.equal(isHarmless(handler('if re.match("a.*", value):', '    os.system(value)'), 8, 'command'), false);
    assert.equal(isHarmless(handler('return mark_safe(value)'), 7, 'xss'), false);
    assert.equal(isHarmless('import os\nall = []\ndef run():\n    os.system(all[0])\n', 4, 'command'), false);
    assert.equal(
      isHarmless(
        'import os\nx = "a"\ndef set(v):\n    global x\n    x = v\ndef run():\n    os.system(x)\n',
        7,
        'command',
      ),
      false,
    );
    assert.equal(isHarmless('import pickle\npickle.load(open("x.pkl", "rb"))\n', 2, 'deserialization'), false);
    assert.equal(isHarmless('from jinja2 import Environment\nEnvironment(autoescape=False)\n', 2, 'xss'), false);
  });

  it('reports what a comment suppresses, which the policy decides', () => {
    assert.deepEqual(found(handler('os.system(value)  # noqa: S605')), ['command:7']);
    assert.deepEqual(found(handler('# ast-grep-ignore: py-os-system', 'os.system(value)')), ['command:8']);
  });

  it('survives code that is broken, endless or deep', () => {
    assert.deepEqual(found(handler('def f(:', '  x ==', 'os.system(value')).length <= 1, true);
    assert.deepEqual(found(handler('def f(x): return f(x)', 'os.system(f(value))')), ['command:8']);
    assert.deepEqual(found(handler(`x = ${'('.repeat(5_000)}value${')'.repeat(5_000)}`)), []);
    assert.deepEqual(found(handler(`x = ${'value + '.repeat(20_000)}value`, 'os.system(x)')).length <= 1, true);
    assert.deepEqual(found(''), []);
  });

  it('has rules with complete texts', () => {
    for (const rule of Object.values(flowRules)) {
      assert.match(rule.message, /^[A-Z].{40,}\.$/);
      assert.match(rule.suggestion, /^[A-Z].{15,}\.$/);
      assert.match(rule.help, /^https:\/\//);
    }
  });
});

describe('files that are worth following', () => {
  it('are those with a sink and a part of the request that can reach it', () => {
    const flask = 'from flask import request\n';
    const reads = 'def f(request):\n  v = request.GET["v"]\n';
    for (const sink of [
      'eval(v)',
      'os.system(v)',
      'from os import remove\nremove(v)',
      'redirect(v)',
      'HttpResponseRedirect(v)',
      'cursor.execute(v)',
      'Thing.objects.raw(v)',
      'requests.get(v)',
      'tree.xpath(v)',
      'HttpResponse(v)',
      'session[v] = 1',
      'headers["Location"] = v',
      'Path(v).read_text()',
      'open(v)',
      'yaml.load(v)',
      'conn.search(v)\nimport ldap',
    ])
      assert.ok(worthFollowing(flask + reads + sink), sink);
    for (const read of [
      'v = request.args',
      'f(self.request)\ndef f(r):\n  r.GET',
      'get_params(request)',
      'request["v"]',
    ])
      assert.ok(worthFollowing(`${flask}${read}\neval(v)`), read);
    for (const alone of ['hashlib.md5(x)', 'r.set_cookie("a", "b")', 'random.choice(x)'])
      assert.ok(worthFollowing(flask + alone), alone);
    assert.ok(worthFollowing('hashlib.new(name)'));
  });

  it('are not those without either', () => {
    assert.equal(worthFollowing('from flask import request\nv = request.args\n'), false);
    assert.equal(worthFollowing('from django.http import HttpRequest\nrequest.user = eval(x)\n'), false);
    assert.equal(worthFollowing('request.args\neval(x)\n'), false);
  });
});
