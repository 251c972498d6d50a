import assert from 'node:assert/strict';
import { refine } from '../../src/engines/python/refine';
import { ruffRules } from '../../src/engines/python/rules';
import { worthChecking } from '../../src/engines/python/worthChecking';

function at(code: string, source: string, part: string, message = '') {
  const lines = source.split('\n');
  const row = lines.findIndex((line) => line.includes(part)) + 1;
  const column = (lines[row - 1] ?? '').indexOf(part) + 1;
  const start_location = { row, column };
  return refine({ code, message, start_location, end_location: { row, column: column + part.length } }, lines);
}

describe('narrowing of ruff', () => {
  it('leaves out calls with a constant', () => {
    assert.equal(at('S307', 'eval("1 + 1")', 'eval("1 + 1")'), undefined);
    assert.equal(at('S102', 'exec("x = 1")  # fine', 'exec'), undefined);
    assert.ok(at('S307', 'eval(x)', 'eval(x)'));
    assert.ok(at('S102', 'exec(x)', 'exec'));
    assert.equal(
      at('S602', 'run("ls", shell=True)', 'run', '`subprocess` call with `shell=True` seems safe'),
      undefined,
    );
  });

  it('reports a query where it is executed', () => {
    const source = 'def f(x):\n    query = f"SELECT {x} FROM t"\n    log()\n    cursor.execute(query)\n';
    assert.equal(at('S608', source, 'f"SELECT {x} FROM t"')?.start_location.row, 4);
    for (const text of [
      '"SELECT * FROM " + TABLE',
      'f"SELECT * FROM {self.TABLE} LIMIT {MAX:d}"',
      '"SELECT * FROM %s" % TABLE',
    ])
      assert.equal(at('S608', `cursor.execute(${text})`, text), undefined, text);
    for (const text of ['"SELECT * FROM " + TABLE + name', 'f"SELECT * FROM {TABLE} WHERE a = {a}"'])
      assert.notEqual(at('S608', `cursor.execute(${text})`, text), undefined, text);
    assert.equal(at('S608', 'cursor.execute(f"SELECT {x} FROM t")', 'f"SELECT {x} FROM t"')?.start_location.row, 1);
  });

  it('leaves out a query that is not executed nearby', () => {
    assert.equal(at('S608', 'def f(x):\n    return f"SELECT {x} FROM t"', 'f"SELECT {x} FROM t"'), undefined);
    const other = '    q = f"SELECT {x} FROM t"\ndef g(q):\n    cursor.execute(q)';
    assert.equal(at('S608', other, 'f"SELECT {x} FROM t"'), undefined);
  });

  it('recognizes passwords by their form', () => {
    const say = 'Possible hardcoded password assigned to: "password"';
    assert.ok(at('S105', 'password = "hunter2!"', '"hunter2!"', say));
    assert.equal(
      at('S105', 'password = "new_password"', '"new_password"', say.replace('"password"', '"password_field"')),
      undefined,
    );
    assert.equal(at('S105', 'token = "csrf_token"', '"csrf_token"', say.replace('"password"', '"token"')), undefined);
  });
});

describe('files that ruff checks', () => {
  /** What breaks each rule. */
  const broken: Readonly<Record<string, readonly string[]>> = {
    S102: ['exec (code)'],
    S103: ['os.chmod(path, 0o777)'],
    S104: ['s.bind(("0.0.0.0", 80))', "host = '::'"],
    S105: ['password = "x1y2z3"', "d['api_token'] = 'x'", 'pwd: str = (\n  "x"\n)', 'if secret == "x": ...'],
    S106: ['connect(passwd="x")', 'f(pass_ = b"x")'],
    S107: ['def f(a, token="x"): ...', "def f(*, passphrase: str | None = 'x'): ..."],
    S201: ['app.run(debug=True)'],
    S202: ['tar.extractall()'],
    S301: ['pickle.loads(x)', 'dill.load(f)', 'shelve.open(p)', 'pandas.read_pickle(p)', 'jsonpickle.decode(x)'],
    S302: ['marshal.loads(x)'],
    S303: ['MD5.new()', 'hashes.SHA1()'],
    S304: ['Crypto.Cipher.DES.new(k)', 'algorithms.Blowfish(k)'],
    S305: ['modes.ECB()'],
    S306: ['tempfile.mktemp()'],
    S307: ['eval(x)'],
    S308: ['mark_safe(x)'],
    S312: ['telnetlib.Telnet(h)'],
    S313: ['xml.etree.cElementTree.parse(p)'],
    S314: ['from xml.etree import ElementTree as t\nt.parse(p)'],
    S315: ['xml.sax.expatreader.create_parser()'],
    S316: ['xml.dom.expatbuilder.parse(p)'],
    S317: ['xml.sax.parse(p)'],
    S318: ['xml.dom.minidom.parse(p)'],
    S319: ['xml.dom.pulldom.parse(p)'],
    S321: ['ftplib.FTP(h)'],
    S323: ['ssl._create_unverified_context()'],
    S324: ['hashlib.new("sha1")', 'crypt.crypt(p, salt=crypt.METHOD_MD5)'],
    S501: ['requests.get(u, verify=False)'],
    S502: ['ssl.wrap_socket(ssl_version=ssl.PROTOCOL_SSLv3)', 'SSL.Context(SSL.SSLv2_METHOD)'],
    S503: ['def f(v=ssl.PROTOCOL_TLSv1): ...'],
    S504: ['ssl.wrap_socket()'],
    S505: ['rsa.generate_private_key(65537, 1024)', 'RSA.generate(1024)'],
    S506: ['yaml.load(x)'],
    S507: ['client.set_missing_host_key_policy(AutoAddPolicy)'],
    S508: ['CommunityData("public", mpModel=0)'],
    S509: ['UsmUserData("name")'],
    S602: ['subprocess.Popen(c, shell=True)'],
    S604: ['f(x, shell=True)'],
    S605: ['os.system(c)', 'os.popen(c)', 'popen2.popen3(c)', 'commands.getoutput(c)', 'subprocess.getstatusoutput(c)'],
    S608: ['cursor.execute("SELECT * FROM t WHERE a = " + a)', 'q = f"delete from {t}"\ndb.execute(q)'],
    S609: ['os.system("chmod 7 *")', 'subprocess.Popen("chown *", shell=True)'],
    S610: ['User.objects.filter().extra(where=[x])'],
    S611: ['RawSQL(x, [])'],
    S612: ['logging.config.listen(9)'],
    S701: ['jinja2.Environment()', 'from jinja2 import Environment as E\nE()'],
    S702: ['from mako.template import Template as T\nT(x)'],
    S704: ['Markup(x)', 'flask.Markup(x)'],
  };

  it('contain a word for every rule', () => {
    assert.deepEqual(Object.keys(broken), Object.keys(ruffRules).sort());
    for (const sources of Object.values(broken)) for (const source of sources) assert.ok(worthChecking(source), source);
  });

  it('exclude all others', () => {
    const source =
      'import json\n\n\ndef read(path):\n    with open(path) as file:\n        pass\n    return json.load(file)';
    assert.equal(worthChecking(source), false);
  });
});
