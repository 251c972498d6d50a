// What a generated case does with `bar`, by category. `bad` is a defect when `bar` comes from the request; `good` never is.
// A category with `flow: false` is a defect by itself. See flows.mjs for `unseen`.

const sql = 'import helpers.db\nfrom flask import session';
const sub = 'import os\nimport subprocess\nimport platform';

/** @type {Record<string, {cwes: number[], flow?: boolean, bad: Sink[], good: Sink[]}>}
 * @typedef {{code: string, imports?: string, unseen?: boolean}} Sink */
export const categories = {
  codeinj: {
    cwes: [94, 95, 96],
    bad: [
      { code: `try:\n    RESPONSE += str(eval(bar))\nexcept Exception:\n    RESPONSE += "failed"` },
      { code: `exec(bar)` },
      { unseen: true, code: `program = compile(bar, "<input>", "exec")\nexec(program)` },
      { unseen: true, code: `result = eval(f"str({bar})")` },
    ],
    good: [
      {
        code: `if not bar.startswith("'") or not bar.endswith("'") or "'" in bar[1:-1]:\n    return "not a string"\nRESPONSE += str(eval(bar))`,
      },
      { code: `RESPONSE += str(ast.literal_eval(bar))`, imports: 'import ast' },
      { unseen: true, code: `if bar not in ("one", "two"):\n    return "no"\nexec(bar)` },
      { unseen: true, code: `if not bar.isdigit():\n    return "no"\nRESPONSE += str(eval(bar))` },
    ],
  },
  cmdi: {
    cwes: [77, 78, 88],
    bad: [
      { code: `os.system(f"echo {bar}")`, imports: sub },
      {
        code: `args = []\nif platform.system() == "Windows":\n    args.append("cmd.exe")\n    args.append("/c")\nelse:\n    args.append("sh")\n    args.append("-c")\nargs.append(f"echo {bar}")\nproc = subprocess.run(args, capture_output=True, encoding="utf-8")`,
        imports: sub,
      },
      { unseen: true, code: `out = os.popen("ls " + bar).read()`, imports: sub },
      {
        unseen: true,
        code: `cmd = "ls {}".format(bar)\nproc = subprocess.Popen(cmd, shell=True, stdout=subprocess.PIPE)`,
        imports: sub,
      },
      { unseen: true, code: `subprocess.check_output(["sh", "-c", "echo " + bar])`, imports: sub },
    ],
    good: [
      { code: `os.system("echo " + shlex.quote(bar))`, imports: 'import os\nimport shlex' },
      { code: `subprocess.run(["echo", bar], capture_output=True)`, imports: sub },
      {
        unseen: true,
        code: `if not re.fullmatch(r"[a-z0-9]+", bar):\n    return "no"\nos.system("echo " + bar)`,
        imports: 'import os\nimport re',
      },
      { unseen: true, code: `proc = subprocess.Popen(("ls", "--", bar), stdout=subprocess.PIPE)`, imports: sub },
    ],
  },
  deserialization: {
    cwes: [502],
    bad: [
      { code: `thing = pickle.loads(base64.urlsafe_b64decode(bar))`, imports: 'import pickle\nimport base64' },
      { code: `thing = yaml.load(bar, Loader=yaml.Loader)`, imports: 'import yaml' },
      {
        unseen: true,
        code: `thing = pickle.load(io.BytesIO(base64.b64decode(bar)))`,
        imports: 'import pickle\nimport io\nimport base64',
      },
      { unseen: true, code: `thing = yaml.unsafe_load(bar)`, imports: 'import yaml' },
      { unseen: true, code: `thing = jsonpickle.decode(bar)`, imports: 'import jsonpickle' },
    ],
    good: [
      { code: `thing = yaml.safe_load(bar)`, imports: 'import yaml' },
      { code: `thing = json.loads(bar)`, imports: 'import json' },
      { unseen: true, code: `thing = yaml.load(bar, Loader=yaml.CSafeLoader)`, imports: 'import yaml' },
      { unseen: true, code: `thing = yaml.load(bar, yaml.SafeLoader)`, imports: 'import yaml' },
    ],
  },
  hash: {
    cwes: [327, 328, 916],
    flow: false,
    bad: [
      {
        code: `digest = hashlib.md5()\ndigest.update(bar.encode())\nRESPONSE += digest.hexdigest()`,
        imports: 'import hashlib',
      },
      { code: `digest = hashlib.new("sha1")\ndigest.update(bar.encode())`, imports: 'import hashlib' },
      {
        code: `algorithm = "md5"\ndigest = hashlib.new(algorithm)\ndigest.update(bar.encode())`,
        imports: 'import hashlib',
      },
      { unseen: true, code: `digest = sha1(bar.encode())`, imports: 'from hashlib import sha1' },
      {
        unseen: true,
        code: `names = {"a": "md5", "b": "sha256"}\ndigest = hashlib.new(names["a"], bar.encode())`,
        imports: 'import hashlib',
      },
      { unseen: true, code: `make = getattr(hashlib, "md5")\ndigest = make(bar.encode())`, imports: 'import hashlib' },
    ],
    good: [
      {
        code: `digest = hashlib.sha256()\ndigest.update(bar.encode())\nRESPONSE += digest.hexdigest()`,
        imports: 'import hashlib',
      },
      { code: `digest = hashlib.new("sha512")\ndigest.update(bar.encode())`, imports: 'import hashlib' },
      {
        code: `algorithm = "sha3_256"\ndigest = hashlib.new(algorithm)\ndigest.update(bar.encode())`,
        imports: 'import hashlib',
      },
      { unseen: true, code: `digest = sha384(bar.encode())`, imports: 'from hashlib import sha1, sha384' },
      {
        unseen: true,
        code: `names = {"a": "md5", "b": "sha256"}\ndigest = hashlib.new(names["b"], bar.encode())`,
        imports: 'import hashlib',
      },
      {
        unseen: true,
        code: `make = getattr(hashlib, "sha512")\ndigest = make(bar.encode())`,
        imports: 'import hashlib',
      },
    ],
  },
  ldapi: {
    cwes: [90],
    bad: [
      {
        code: `conn = helpers.ldap.get_connection()\nconn.search("ou=users,dc=x", f"(&(objectclass=person)(uid={bar}))", attributes=ldap3.ALL_ATTRIBUTES)`,
        imports: 'import ldap3\nimport helpers.ldap',
      },
      {
        unseen: true,
        code: `con = ldap.initialize("ldap://localhost")\nquery = "(cn=" + bar + ")"\nrows = con.search_s("dc=x", ldap.SCOPE_SUBTREE, query)`,
        imports: 'import ldap',
      },
      {
        unseen: true,
        code: `conn = ldap3.Connection(ldap3.Server("localhost"))\nok = conn.search(search_base="dc=x", search_filter="(uid=%s)" % bar)`,
        imports: 'import ldap3',
      },
    ],
    good: [
      {
        code: `conn = helpers.ldap.get_connection()\nsafe = ldap3.utils.conv.escape_filter_chars(bar)\nconn.search("ou=users,dc=x", f"(uid={safe})")`,
        imports: 'import ldap3\nimport ldap3.utils.conv\nimport helpers.ldap',
      },
      {
        unseen: true,
        code: `con = ldap.initialize("ldap://localhost")\nrows = con.search_s("dc=x", ldap.SCOPE_SUBTREE, ldap.filter.filter_format("(cn=%s)", [bar]))`,
        imports: 'import ldap\nimport ldap.filter',
      },
      {
        unseen: true,
        code: `if any(c in bar for c in "*()\\\\"):\n    return "no"\nconn = helpers.ldap.get_connection()\nconn.search("dc=x", f"(uid={bar})")`,
        imports: 'import ldap3\nimport helpers.ldap',
      },
    ],
  },
  pathtraver: {
    cwes: [22, 23, 36, 73],
    bad: [
      {
        code: `name = helpers.utils.TESTFILES_DIR + bar\nwith open(name, "rb") as handle:\n    RESPONSE += str(handle.read(1000))`,
        imports: 'import helpers.utils',
      },
      {
        code: `target = pathlib.Path(helpers.utils.TESTFILES_DIR) / bar\nRESPONSE += target.read_text()[:10]`,
        imports: 'import pathlib\nimport helpers.utils',
      },
      {
        unseen: true,
        code: `fd = os.open(f"{helpers.utils.TESTFILES_DIR}/{bar}", os.O_RDONLY)`,
        imports: 'import os\nimport helpers.utils',
      },
      {
        unseen: true,
        code: `handle = codecs.open(os.path.join("/data", bar), "r", "utf-8")`,
        imports: 'import os\nimport codecs',
      },
      { unseen: true, code: `os.remove("uploads/" + bar)`, imports: 'import os' },
    ],
    good: [
      {
        code: `if "../" in bar:\n    return "no"\nhandle = open(f"{helpers.utils.TESTFILES_DIR}/{bar}", "r")`,
        imports: 'import helpers.utils',
      },
      {
        code: `handle = open(os.path.join("/data", secure_filename(bar)))`,
        imports: 'import os\nfrom werkzeug.utils import secure_filename',
      },
      { unseen: true, code: `handle = open("/data/" + os.path.basename(bar))`, imports: 'import os' },
      {
        unseen: true,
        code: `full = os.path.realpath(os.path.join("/data", bar))\nif not full.startswith("/data/"):\n    return "no"\nhandle = open(full)`,
        imports: 'import os',
      },
    ],
  },
  redirect: {
    cwes: [601],
    bad: [
      { code: `return flask.redirect(bar)`, imports: 'import flask' },
      {
        unseen: true,
        code: `answer = make_response("", 302)\nanswer.headers["Location"] = bar\nreturn answer`,
        imports: 'from flask import make_response',
      },
      { unseen: true, code: `return redirect(bar, code=302)`, imports: 'from flask import redirect' },
    ],
    good: [
      {
        code: `try:\n    url = urllib.parse.urlparse(bar)\n    if url.netloc not in ["google.com"] or url.scheme != "https":\n        return "no"\nexcept ValueError:\n    return "no"\nreturn flask.redirect(bar)`,
        imports: 'import flask\nimport urllib.parse',
      },
      {
        unseen: true,
        code: `return redirect(url_for("home", next=bar))`,
        imports: 'from flask import redirect, url_for',
      },
      {
        unseen: true,
        code: `targets = ["/home", "/about"]\nif bar in targets:\n    return redirect(bar)\nreturn "no"`,
        imports: 'from flask import redirect',
      },
    ],
  },
  securecookie: {
    cwes: [614],
    flow: false,
    bad: [
      {
        code: `res = make_response("done")\nres.set_cookie("some", "value", path=request.path, secure=False, httponly=True)\nreturn res`,
        imports: 'from flask import make_response',
      },
      {
        code: `res = flask.make_response("done")\nres.set_cookie("some", bar, path="/", httponly=True)\nreturn res`,
        imports: 'import flask',
      },
      {
        unseen: true,
        code: `flag = False\nres = make_response("done")\nres.set_cookie("some", "value", secure=flag, httponly=True)\nreturn res`,
        imports: 'from flask import make_response',
      },
      {
        unseen: true,
        code: `options = {"secure": False, "httponly": True}\nres = make_response("done")\nres.set_cookie("some", "value", **options)\nreturn res`,
        imports: 'from flask import make_response',
      },
    ],
    good: [
      {
        code: `res = make_response("done")\nres.set_cookie("some", "value", path=request.path, secure=True, httponly=True)\nreturn res`,
        imports: 'from flask import make_response',
      },
      {
        code: `res = flask.make_response("done")\nres.set_cookie("some", bar, path="/", secure=True, httponly=True)\nreturn res`,
        imports: 'import flask',
      },
      {
        unseen: true,
        code: `flag = True\nres = make_response("done")\nres.set_cookie("some", "value", secure=flag, httponly=True)\nreturn res`,
        imports: 'from flask import make_response',
      },
      {
        unseen: true,
        code: `options = {"secure": True, "httponly": True}\nres = make_response("done")\nres.set_cookie("some", "value", **options)\nreturn res`,
        imports: 'from flask import make_response',
      },
    ],
  },
  sqli: {
    cwes: [89],
    bad: [
      {
        code: `con = helpers.db.get_connection()\ncur = con.cursor()\ncur.execute(f"SELECT username FROM USERS WHERE password = '{bar}'")`,
        imports: sql,
      },
      {
        code: `sql = "SELECT * FROM USERS WHERE name='" + bar + "'"\ncon = helpers.db.get_connection()\ncon.cursor().execute(sql)`,
        imports: sql,
      },
      {
        unseen: true,
        code: `cur = sqlite3.connect("x.db").cursor()\ncur.executescript("INSERT INTO log VALUES ('{}');".format(bar))`,
        imports: 'import sqlite3',
      },
      {
        unseen: true,
        code: `query = "DELETE FROM users WHERE id = %s" % bar\ndb.session.execute(text(query))`,
        imports: 'from sqlalchemy import text\nfrom helpers.db import db',
      },
      {
        unseen: true,
        code: `statement = "".join(["SELECT 1 FROM t WHERE a='", bar, "'"])\ncursor = helpers.db.get_cursor()\ncursor.execute(statement)`,
        imports: sql,
      },
    ],
    good: [
      {
        code: `con = helpers.db.get_connection()\ncur = con.cursor()\ncur.execute("SELECT username FROM USERS WHERE password = ?", (bar,))`,
        imports: sql,
      },
      {
        code: `sql = "SELECT * FROM USERS WHERE name=?"\ncon = helpers.db.get_connection()\ncon.cursor().execute(sql, [bar])`,
        imports: sql,
      },
      {
        unseen: true,
        code: `cur = sqlite3.connect("x.db").cursor()\ncur.execute("SELECT * FROM t WHERE a = :a", {"a": bar})`,
        imports: 'import sqlite3',
      },
      {
        unseen: true,
        code: `query = text("DELETE FROM users WHERE id = :id")\ndb.session.execute(query, {"id": bar})`,
        imports: 'from sqlalchemy import text\nfrom helpers.db import db',
      },
    ],
  },
  trustbound: {
    cwes: [501],
    bad: [
      { code: `flask.session["userid"] = bar`, imports: 'import flask' },
      { code: `flask.session[bar] = "12345"`, imports: 'import flask' },
      { unseen: true, code: `session.update({"name": bar})`, imports: 'from flask import session' },
      { unseen: true, code: `session.setdefault("name", bar)`, imports: 'from flask import session' },
      { unseen: true, code: `store = flask.session\nstore["userid"] = bar`, imports: 'import flask' },
    ],
    good: [
      { code: `flask.session["userid"] = "fixed"`, imports: 'import flask' },
      {
        unseen: true,
        code: `if bar not in ["light", "dark"]:\n    return "no"\nsession["mode"] = bar`,
        imports: 'from flask import session',
      },
      { unseen: true, code: `session["count"] = int(bar)`, imports: 'from flask import session' },
    ],
  },
  weakrand: {
    cwes: [330, 335, 338],
    flow: false,
    bad: [
      { code: `value = str(random.random())[2:]\nRESPONSE += value`, imports: 'import random' },
      { code: `num = random.randint(0, 2**32)\nuser = "R" + str(num)`, imports: 'import random' },
      { code: `mask = random.getrandbits(64)`, imports: 'import random' },
      { unseen: true, code: `generator = random.Random()\nmask = generator.getrandbits(64)`, imports: 'import random' },
      { unseen: true, code: `value = random.normalvariate(0, 1)`, imports: 'import random' },
      { unseen: true, code: `key = randrange(10**9)`, imports: 'from random import randrange' },
    ],
    good: [
      { code: `value = str(random.SystemRandom().random())[2:]\nRESPONSE += value`, imports: 'import random' },
      { code: `num = secrets.randbelow(2**32)`, imports: 'import secrets' },
      {
        unseen: true,
        code: `generator = random.SystemRandom()\nmask = generator.getrandbits(64)`,
        imports: 'import random',
      },
      { unseen: true, code: `key = int.from_bytes(os.urandom(8), "big")`, imports: 'import os' },
      { unseen: true, code: `value = SystemRandom().normalvariate(0, 1)`, imports: 'from random import SystemRandom' },
    ],
  },
  xpathi: {
    cwes: [643],
    bad: [
      {
        code: `root = lxml.etree.parse(helpers.utils.DIR + "employees.xml")\nquery = f"/Employees/Employee[@emplid='{bar}']"\nnodes = root.xpath(query)`,
        imports: 'import lxml.etree\nimport helpers.utils',
      },
      {
        code: `root = ET.parse("employees.xml")\nnodes = elementpath.select(root, f"/Employees/Employee[@emplid='{bar}']")`,
        imports: 'import elementpath\nimport xml.etree.ElementTree as ET',
      },
      {
        unseen: true,
        code: `root = ET.parse("employees.xml").getroot()\nrows = root.findall(".//e[@id='" + bar + "']")`,
        imports: 'import xml.etree.ElementTree as ET',
      },
      {
        unseen: true,
        code: `tree = etree.parse("employees.xml")\nfinder = etree.XPath("//e[@id='%s']" % bar)\nrows = finder(tree)`,
        imports: 'from lxml import etree',
      },
    ],
    good: [
      {
        code: `root = lxml.etree.parse("employees.xml")\nnodes = root.xpath("/Employees/Employee[@emplid=$name]", name=bar)`,
        imports: 'import lxml.etree',
      },
      {
        code: `query = f"/Employees/Employee[@emplid='{bar.replace("'", "&apos;")}']"\nroot = lxml.etree.parse("employees.xml")\nnodes = root.xpath(query)`,
        imports: 'import lxml.etree',
      },
      {
        unseen: true,
        code: `if "'" in bar:\n    return "no"\nroot = lxml.etree.parse("employees.xml")\nnodes = root.xpath("/E/e[@id='" + bar + "']")`,
        imports: 'import lxml.etree',
      },
      {
        unseen: true,
        code: `finder = etree.XPath("//e[@id=$id]")\nrows = finder(etree.parse("employees.xml"), id=bar)`,
        imports: 'from lxml import etree',
      },
    ],
  },
  xss: {
    cwes: [79, 80],
    bad: [
      { code: `RESPONSE += f"<p>{bar}</p>"\nreturn RESPONSE` },
      { code: `obj = ["a", bar]\nRESPONSE += "Formatted like: {0} and {1}.".format(*obj)\nreturn RESPONSE` },
      { unseen: true, code: `return make_response("<b>" + bar + "</b>")`, imports: 'from flask import make_response' },
      {
        unseen: true,
        code: `return Response("<b>%s</b>" % bar, mimetype="text/html")`,
        imports: 'from flask import Response',
      },
      { unseen: true, code: `page = "".join(["<i>", bar, "</i>"])\nreturn page, 200` },
    ],
    good: [
      { code: `RESPONSE += f"<p>{markupsafe.escape(bar)}</p>"\nreturn RESPONSE`, imports: 'import markupsafe' },
      { code: `RESPONSE += "<p>" + html.escape(bar) + "</p>"\nreturn RESPONSE`, imports: 'import html' },
      { unseen: true, code: `return jsonify({"value": bar})`, imports: 'from flask import jsonify' },
      { unseen: true, code: `return Response(bar, mimetype="text/plain")`, imports: 'from flask import Response' },
      {
        unseen: true,
        code: `return render_template("page.html", value=bar)`,
        imports: 'from flask import render_template',
      },
    ],
  },
  xxe: {
    cwes: [611, 827],
    bad: [
      {
        code: `parser = xml.sax.make_parser()\nparser.setFeature(xml.sax.handler.feature_external_ges, True)\ndoc = xml.dom.pulldom.parseString(bar, parser)\nRESPONSE += str([event for event, node in doc])`,
        imports: 'import xml.sax\nimport xml.sax.handler\nimport xml.dom.pulldom',
      },
      {
        code: `parser = lxml.etree.XMLParser(resolve_entities=True)\nroot = lxml.etree.fromstring(bar, parser)`,
        imports: 'import lxml.etree',
      },
      {
        unseen: true,
        code: `reader = make_parser()\nreader.setFeature(feature_external_ges, 1)\nreader.parse(io.StringIO(bar))`,
        imports: 'import io\nfrom xml.sax import make_parser\nfrom xml.sax.handler import feature_external_ges',
      },
      {
        unseen: true,
        code: `parser = etree.XMLParser(load_dtd=True, no_network=False, resolve_entities=True)\nroot = etree.XML(bar, parser=parser)`,
        imports: 'from lxml import etree',
      },
    ],
    good: [
      {
        code: `parser = xml.sax.make_parser()\nparser.setFeature(xml.sax.handler.feature_external_ges, False)\ndoc = xml.dom.pulldom.parseString(bar, parser)`,
        imports: 'import xml.sax\nimport xml.sax.handler\nimport xml.dom.pulldom',
      },
      {
        code: `parser = lxml.etree.XMLParser(resolve_entities=False)\nroot = lxml.etree.fromstring(bar, parser)`,
        imports: 'import lxml.etree',
      },
      {
        unseen: true,
        code: `parser = xml.sax.make_parser()\nparser.parse(io.StringIO(bar))`,
        imports: 'import io\nimport xml.sax',
      },
      { unseen: true, code: `root = defusedxml.ElementTree.fromstring(bar)`, imports: 'import defusedxml.ElementTree' },
    ],
  },
};
