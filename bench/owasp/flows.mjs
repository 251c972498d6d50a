// Where a generated case takes its value from, and how the value gets from there to the sink. Python source, `param` to `bar`.
// `unseen: true` marks shapes that nobody looked at while the analyzer was made, so that they tell how it does on code it does not know.

/** A value of the request in `param`. */
export const sources = [
  { code: `param = request.form.get("vector")\nif not param:\n    param = ""` },
  {
    code: `param = urllib.parse.unquote_plus(request.cookies.get("vector", "noCookie"))`,
    imports: 'import urllib.parse',
  },
  {
    code: `param = request.headers.get("vector", "")\nparam = urllib.parse.unquote(param)`,
    imports: 'import urllib.parse',
  },
  { code: `values = request.args.getlist("vector")\nparam = ""\nif values:\n    param = values[0]` },
  {
    code: `wrapped = helpers.requests.RequestWrapper(request)\nparam = wrapped.get_form_parameter("vector")\nif not param:\n    param = ""`,
    imports: 'import helpers.requests',
  },
  { code: `param = request.get_json()["vector"]` },
  { unseen: true, code: `param = request.args["vector"]` },
  {
    unseen: true,
    code: `query = request.query_string.decode("utf-8")\nparam = ""\nif "vector=" in query:\n    start = query.find("vector=") + len("vector=")\n    param = urllib.parse.unquote_plus(query[start:].split("&")[0])`,
    imports: 'import urllib.parse',
  },
  { unseen: true, code: `parts = request.path.split("/")\nparam = parts[1]\nif not param:\n    param = ""` },
  {
    unseen: true,
    code: `param = ""\nfor name in request.form.keys():\n    if "vector" in request.form.getlist(name):\n        param = name\n        break`,
  },
  {
    unseen: true,
    code: `param = ""\nfor key, value in request.headers.items():\n    if value == "vector":\n        param = key`,
  },
  { unseen: true, code: `body = json.loads(request.data)\nparam = body.get("vector") or ""`, imports: 'import json' },
];

/** @type {{unseen?: boolean, tainted?: string, safe?: string, imports?: string, module?: string}[]} `bar` from `param`, or from a constant although `param` is near */
export const flows = [
  { tainted: `bar = param`, safe: `bar = "some constant"` },
  {
    tainted: `num = 106\nif 7 * 42 - num > 200:\n    bar = "This_should_always_happen"\nelse:\n    bar = param`.replace(
      '86',
      '106',
    ),
    safe: `num = 106\nif 7 * 18 + num > 200:\n    bar = "This_should_always_happen"\nelse:\n    bar = param`,
  },
  {
    tainted: `map1 = {}\nmap1["keyA"] = "a-Value"\nmap1["keyB"] = param\nmap1["keyC"] = "another-Value"\nbar = map1["keyB"]`,
    safe: `map1 = {}\nmap1["keyA"] = "a-Value"\nmap1["keyB"] = param\nmap1["keyC"] = "another-Value"\nbar = map1["keyB"]\nbar = map1["keyA"]`,
  },
  {
    tainted: `lst = []\nlst.append("safe")\nlst.append(param)\nlst.append("moresafe")\nlst.pop(0)\nbar = lst[0]`,
    safe: `lst = []\nlst.append("safe")\nlst.append(param)\nlst.append("moresafe")\nlst.pop(0)\nbar = lst[1]`,
  },
  {
    tainted: `num = 86\nbar = "never" if 7 * 42 - num < 200 else param`,
    safe: `num = 106\nbar = "This should always happen" if (7 * 18) + num > 200 else param`,
  },
  {
    tainted: `bar = do_something(param)`,
    safe: `bar = do_something("no " + "taint")`,
    module: `def do_something(value):\n    result = value.strip()\n    return result + ""`,
  },
  {
    tainted: `conf = configparser.ConfigParser()\nconf.add_section("part")\nconf.set("part", "keyA", "a_Value")\nconf.set("part", "keyB", param)\nbar = conf.get("part", "keyB")`,
    safe: `conf = configparser.ConfigParser()\nconf.add_section("part")\nconf.set("part", "keyA", "a_Value")\nconf.set("part", "keyB", param)\nbar = conf.get("part", "keyA")`,
    imports: 'import configparser',
  },
  {
    tainted: `tmp = base64.b64encode(param.encode("utf-8"))\nbar = base64.b64decode(tmp).decode("utf-8")`,
    safe: `tmp = base64.b64encode("constant".encode("utf-8"))\nbar = base64.b64decode(tmp).decode("utf-8")`,
    imports: 'import base64',
  },
  {
    tainted: `possible = "ABC"\nguess = possible[0]\nmatch guess:\n    case "A":\n        bar = param\n    case "B":\n        bar = "bob"\n    case "C" | "D":\n        bar = param\n    case _:\n        bar = "bob's your uncle"`,
    safe: `possible = "ABC"\nguess = possible[1]\nmatch guess:\n    case "A":\n        bar = param\n    case "B":\n        bar = "bob"\n    case "C" | "D":\n        bar = param\n    case _:\n        bar = "bob's your uncle"`,
  },
  { tainted: `bar = f"{param}_SafeStuff"`, safe: `bar = f"{'value'}_SafeStuff"` },
  {
    unseen: true,
    tainted: `thing = helpers.things.create_thing()\nbar = thing.do_something(param)`,
    imports: 'import helpers.things',
  },
  {
    unseen: true,
    tainted: `possible = "ABC"\nguess = possible[2]\nif guess == "A":\n    bar = "alice"\nelif guess == "B":\n    bar = "bob"\nelse:\n    bar = param`,
    safe: `possible = "ABC"\nguess = possible[1]\nif guess == "A":\n    bar = param\nelif guess == "B":\n    bar = "bob"\nelse:\n    bar = param`,
  },
  {
    unseen: true,
    tainted: `buffer = io.StringIO()\nbuffer.write("prefix")\nbuffer.write(param)\nbar = buffer.getvalue()`,
    safe: `buffer = io.StringIO()\nbuffer.write("prefix")\nbar = buffer.getvalue()`,
    imports: 'import io',
  },
  {
    unseen: true,
    tainted: `first, second = param, "safe"\nbar = first`,
    safe: `first, second = param, "safe"\nbar = second`,
  },
  {
    unseen: true,
    tainted: `pick = lambda value: value\nbar = pick(param)`,
    safe: `pick = lambda value: "always this"\nbar = pick(param)`,
  },
  {
    unseen: true,
    tainted: `values = ["safe", param, "moresafe"]\ndel values[0]\nbar = values[0]`,
    safe: `values = ["safe", param, "moresafe"]\nbar = values[-1]`,
  },
  { unseen: true, tainted: `bar = "%s%s" % ("a", param)`, safe: `bar = "%s%s" % ("a", "b")` },
  {
    unseen: true,
    tainted: `bar = ""\nfor letter in param:\n    bar += letter`,
    safe: `bar = ""\nfor letter in "constant":\n    bar += letter`,
  },
  { unseen: true, tainted: `bar = "-".join(["a", param])`, safe: `bar = str(int(param))` },
  {
    unseen: true,
    tainted: `class Holder:\n    def __init__(self, value):\n        self.value = value\n\n    def read(self):\n        return self.value\n\nbar = Holder(param).read()`,
    safe: `class Holder:\n    def __init__(self, value):\n        self.value = "fixed"\n\n    def read(self):\n        return self.value\n\nbar = Holder(param).read()`,
  },
  {
    unseen: true,
    tainted: `try:\n    bar = param.split(" ")[0]\nexcept IndexError:\n    bar = param`,
    safe: `options = {"a": "one", "b": "two"}\nbar = options.get("a", "none")`,
  },
  { unseen: true, tainted: `bar = param[:-1] + param[-1]`, safe: `bar = "constant" if len("ab") == 2 else param` },
];
