// The cases in Java: servlets. As in flows.mjs and sinks.mjs, `param` comes from the request, `bar` from `param` or a constant, and `unseen` shapes were held back.

const head = `import java.io.*;
import java.nio.file.*;
import java.sql.*;
import java.util.*;
import javax.naming.directory.*;
import javax.servlet.*;
import javax.servlet.annotation.*;
import javax.servlet.http.*;`;

/** @param {string} name @param {{imports: (string | undefined)[], module?: string, source: string, flow: string, sink: string}} parts */
function page(name, { imports, module, source, flow, sink }) {
  const more = [...new Set(imports.flatMap((text) => (text ? text.split('\n') : [])))].map((one) => `import ${one};\n`);
  const body = `${source}\n${flow}\n${sink}`.replace(/^(?=.)/gm, '        ');
  return `package benchmark.testcode;

${head}
${more.join('')}
@WebServlet(value = "/benchmark/${name}")
public class ${name} extends HttpServlet {
    @Override
    public void doGet(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        doPost(request, response);
    }

    @Override
    public void doPost(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        response.setContentType("text/html;charset=UTF-8");
${body}
    }
${module ? `\n${module.replace(/^(?=.)/gm, '    ')}\n` : ''}}
`;
}

const sources = [
  { code: `String param = request.getParameter("vector");\nif (param == null) param = "";` },
  {
    code: `String param = "";\nif (request.getHeader("vector") != null) param = request.getHeader("vector");\nparam = java.net.URLDecoder.decode(param, "UTF-8");`,
  },
  {
    code: `Cookie[] theCookies = request.getCookies();\nString param = "noCookieValueSupplied";\nif (theCookies != null) {\n    for (Cookie theCookie : theCookies) {\n        if (theCookie.getName().equals("vector")) {\n            param = java.net.URLDecoder.decode(theCookie.getValue(), "UTF-8");\n            break;\n        }\n    }\n}`,
  },
  {
    code: `String[] values = request.getParameterValues("vector");\nString param;\nif (values != null && values.length > 0) param = values[0];\nelse param = "";`,
  },
  {
    code: `Map<String, String[]> map = request.getParameterMap();\nString param = "";\nif (!map.isEmpty()) {\n    String[] values = map.get("vector");\n    if (values != null) param = values[0];\n}`,
  },
  {
    unseen: true,
    code: `String param = "";\nEnumeration<String> headers = request.getHeaders("vector");\nif (headers != null && headers.hasMoreElements()) param = headers.nextElement();`,
  },
  {
    unseen: true,
    code: `String query = request.getQueryString();\nString name = "vector=";\nint at = query.indexOf(name);\nString param = query.substring(at + name.length());\nint end = query.indexOf("&", at);\nif (end != -1) param = query.substring(at + name.length(), end);`,
  },
  {
    unseen: true,
    code: `String param = "";\nEnumeration<String> names = request.getParameterNames();\nwhile (names.hasMoreElements()) {\n    String name = names.nextElement();\n    for (String value : request.getParameterValues(name)) if (value.equals("vector")) param = name;\n}`,
  },
  { unseen: true, code: `String param = request.getReader().readLine();` },
];

const flows = [
  { tainted: `String bar = param;`, safe: `String bar = "some constant";` },
  {
    tainted: `String bar;\nint num = 106;\nif ((7 * 42) - num > 200) bar = "This should never happen";\nelse bar = param;`,
    safe: `String bar;\nint num = 106;\nif ((7 * 18) + num > 200) bar = "This_should_always_happen";\nelse bar = param;`,
  },
  {
    tainted: `String bar;\nint num = 86;\nbar = (7 * 42) - num < 200 ? "never" : param;`,
    safe: `String bar;\nint num = 106;\nbar = (7 * 18) + num > 200 ? "always" : param;`,
  },
  {
    tainted: `String bar = "safe!";\nHashMap<String, Object> map = new HashMap<String, Object>();\nmap.put("keyA", "a-Value");\nmap.put("keyB", param);\nmap.put("keyC", "another-Value");\nbar = (String) map.get("keyB");`,
    safe: `String bar = "safe!";\nHashMap<String, Object> map = new HashMap<String, Object>();\nmap.put("keyA", "a-Value");\nmap.put("keyB", param);\nbar = (String) map.get("keyB");\nbar = (String) map.get("keyA");`,
  },
  {
    tainted: `String bar = "alsosafe";\nif (param != null) {\n    List<String> valuesList = new ArrayList<String>();\n    valuesList.add("safe");\n    valuesList.add(param);\n    valuesList.add("moresafe");\n    valuesList.remove(0);\n    bar = valuesList.get(0);\n}`,
    safe: `String bar = "alsosafe";\nif (param != null) {\n    List<String> valuesList = new ArrayList<String>();\n    valuesList.add("safe");\n    valuesList.add(param);\n    valuesList.add("moresafe");\n    valuesList.remove(0);\n    bar = valuesList.get(1);\n}`,
  },
  {
    tainted: `String bar;\nString guess = "ABC";\nchar target = guess.charAt(2);\nswitch (target) {\n    case 'A': bar = "bob"; break;\n    case 'B': bar = "bob"; break;\n    case 'C':\n    case 'D': bar = param; break;\n    default: bar = "bob's your uncle"; break;\n}`,
    safe: `String bar;\nString guess = "ABC";\nchar target = guess.charAt(1);\nswitch (target) {\n    case 'A': bar = param; break;\n    case 'B': bar = "bob"; break;\n    case 'C':\n    case 'D': bar = param; break;\n    default: bar = "bob's your uncle"; break;\n}`,
  },
  {
    tainted: `String bar = doSomething(request, param);`,
    safe: `String bar = doSomething(request, "no taint");`,
    module: `private static String doSomething(HttpServletRequest request, String value) {\n    String result = value.trim();\n    return result;\n}`,
  },
  {
    tainted: `String bar = new Test().doSomething(param);`,
    safe: `String bar = new Test().constant(param);`,
    module: `private class Test {\n    public String doSomething(String value) { return value; }\n    public String constant(String value) { return "fixed"; }\n}`,
  },
  {
    tainted: `StringBuilder builder = new StringBuilder(param);\nString bar = builder.append("_SafeStuff").toString();`,
    safe: `StringBuilder builder = new StringBuilder("value");\nString bar = builder.append("_SafeStuff").toString();`,
  },
  {
    tainted: `String bar = new String(Base64.getDecoder().decode(Base64.getEncoder().encode(param.getBytes())));`,
    safe: `String bar = new String(Base64.getDecoder().decode(Base64.getEncoder().encode("constant".getBytes())));`,
  },
  {
    unseen: true,
    tainted: `String a = param;\nStringBuilder b = new StringBuilder(a);\nb.append(" SafeStuff");\nb.replace(b.length() - "Chars".length(), b.length(), "Chars");\nHashMap<String, Object> map = new HashMap<String, Object>();\nmap.put("key", b.toString());\nString c = (String) map.get("key");\nString d = c.substring(0, c.length() - 1);\nString bar = d;`,
    safe: `String a = "safe";\nStringBuilder b = new StringBuilder(a);\nb.append(" SafeStuff");\nString bar = b.toString().substring(1);`,
  },
  {
    unseen: true,
    tainted: `Optional<String> some = Optional.of(param);\nString bar = some.map(one -> one + "x").orElse("none");`,
    safe: `Optional<String> some = Optional.of("x");\nString bar = some.map(one -> one + "x").orElse("none");`,
  },
  {
    unseen: true,
    tainted: `String bar = String.format("%s-%s", "a", param);`,
    safe: `String bar = String.format("%s-%s", "a", "b");`,
  },
  {
    unseen: true,
    tainted: `String[] parts = {"a", param};\nString bar = parts[1];`,
    safe: `String[] parts = {"a", param};\nString bar = parts[0];`,
  },
  {
    unseen: true,
    tainted: `String bar = "";\nfor (char one : param.toCharArray()) bar += one;`,
    safe: `String bar = "";\nfor (char one : "constant".toCharArray()) bar += one;`,
  },
  {
    unseen: true,
    tainted: `Holder holder = new Holder(param);\nString bar = holder.getValue();`,
    safe: `Holder holder = new Holder(param);\nholder.setValue("fixed");\nString bar = holder.getValue();`,
    module: `private static class Holder {\n    private String value;\n    Holder(String value) { this.value = value; }\n    String getValue() { return value; }\n    void setValue(String other) { this.value = other; }\n}`,
  },
  {
    unseen: true,
    tainted: `Deque<String> stack = new ArrayDeque<>();\nstack.push("safe");\nstack.push(param);\nString bar = stack.pop();`,
    safe: `String bar = String.valueOf(Integer.parseInt(param));`,
  },
  {
    unseen: true,
    tainted: `java.util.function.Function<String, String> pick = value -> value;\nString bar = pick.apply(param);`,
    safe: `java.util.function.Function<String, String> pick = value -> "always";\nString bar = pick.apply(param);`,
  },
  {
    unseen: true,
    tainted: `String bar;\ntry {\n    bar = param.split(" ")[0];\n} catch (ArrayIndexOutOfBoundsException e) {\n    bar = param;\n}`,
    safe: `String bar = param.length() > 3 ? "long" : "short";`,
  },
];

const tried = (/** @type {string} */ code) =>
  `try {\n${code.replace(/^(?=.)/gm, '    ')}\n} catch (Exception e) {\n    throw new ServletException(e);\n}`;
const connection = `Connection connection = DriverManager.getConnection("jdbc:hsqldb:mem:x");\n`;
const xpath = `org.w3c.dom.Document doc = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new File("employees.xml"));\njavax.xml.xpath.XPath xp = javax.xml.xpath.XPathFactory.newInstance().newXPath();\n`;
const ldap = `DirContext ctx = new InitialDirContext();\nSearchControls sc = new SearchControls();\n`;

/** @type {Record<string, {cwes: number[], flow?: boolean, bad: Sink[], good: Sink[]}>}
 * @typedef {{code: string, imports?: string, unseen?: boolean}} Sink */
const categories = {
  cmdi: {
    cwes: [77, 78, 88],
    bad: [
      {
        code: `String[] args = {"sh", "-c", "echo " + bar};\nProcess p = Runtime.getRuntime().exec(args, null, new File("/tmp"));`,
      },
      {
        code: `List<String> argList = new ArrayList<String>();\nargList.add("sh");\nargList.add("-c");\nargList.add("echo " + bar);\nProcessBuilder pb = new ProcessBuilder(argList);\nProcess p = pb.start();`,
      },
      { code: `Runtime r = Runtime.getRuntime();\nProcess p = r.exec("ls " + bar);` },
      { unseen: true, code: `ProcessBuilder pb = new ProcessBuilder();\npb.command("sh", "-c", bar);\npb.start();` },
      { unseen: true, code: `new ProcessBuilder("bash", "-c", String.join(" ", "ls", bar)).start();` },
    ],
    good: [
      { code: `if (!bar.matches("[a-z0-9]+")) return;\nRuntime.getRuntime().exec("ls " + bar);` },
      { code: `Process p = Runtime.getRuntime().exec("ls " + bar.length());` },
      {
        unseen: true,
        code: `if (!bar.equals("a") && !bar.equals("b")) return;\nRuntime.getRuntime().exec("ls " + bar);`,
      },
      {
        unseen: true,
        code: `Map<String, String> programs = Map.of("a", "ls", "b", "df");\nRuntime.getRuntime().exec(programs.getOrDefault("a", "ls"));`,
      },
    ],
  },
  crypto: {
    cwes: [327, 326],
    flow: false,
    bad: [
      {
        code: tried(
          `javax.crypto.Cipher c = javax.crypto.Cipher.getInstance("DES/CBC/PKCS5Padding");\nc.init(1, javax.crypto.KeyGenerator.getInstance("DES").generateKey());`,
        ),
      },
      { code: tried(`javax.crypto.Cipher c = javax.crypto.Cipher.getInstance("DESede/ECB/PKCS5Padding");`) },
      { unseen: true, code: tried(`Cipher c = Cipher.getInstance("RC4");`), imports: 'javax.crypto.Cipher' },
    ],
    good: [
      { code: tried(`javax.crypto.Cipher c = javax.crypto.Cipher.getInstance("AES/GCM/NoPadding");`) },
      {
        unseen: true,
        code: tried(`Cipher c = Cipher.getInstance("ChaCha20-Poly1305");`),
        imports: 'javax.crypto.Cipher',
      },
    ],
  },
  hash: {
    cwes: [327, 328, 916],
    flow: false,
    bad: [
      {
        code: tried(
          `java.security.MessageDigest md = java.security.MessageDigest.getInstance("MD5");\nmd.update(bar.getBytes());`,
        ),
      },
      { code: tried(`java.security.MessageDigest md = java.security.MessageDigest.getInstance("SHA1");`) },
      {
        unseen: true,
        code: tried(`MessageDigest md = MessageDigest.getInstance("MD2", "SUN");`),
        imports: 'java.security.MessageDigest',
      },
    ],
    good: [
      { code: tried(`java.security.MessageDigest md = java.security.MessageDigest.getInstance("SHA-256");`) },
      {
        unseen: true,
        code: tried(`MessageDigest md = MessageDigest.getInstance("SHA-512");`),
        imports: 'java.security.MessageDigest',
      },
    ],
  },
  ldapi: {
    cwes: [90],
    bad: [
      {
        code: tried(
          `${ldap}String filter = "(&(objectclass=person)(uid=" + bar + "))";\nctx.search("ou=users,ou=system", filter, sc);`,
        ),
      },
      {
        unseen: true,
        code: tried(
          `InitialDirContext ctx = new InitialDirContext();\nctx.search("ou=" + bar, "(uid=a)", new SearchControls());`,
        ),
      },
    ],
    good: [
      {
        code: tried(
          `${ldap}Object[] filterArgs = {"a", bar};\nctx.search("ou=users,ou=system", "(&(objectclass=person)(uid={1}))", filterArgs, sc);`,
        ),
      },
      {
        unseen: true,
        code: tried(`${ldap}if (!bar.matches("\\\\w+")) return;\nctx.search("ou=users", "(uid=" + bar + ")", sc);`),
      },
    ],
  },
  pathtraver: {
    cwes: [22, 23, 36, 73],
    bad: [
      {
        code: `File fileTarget = new File("/data/testfiles", bar);\nFileInputStream in = new FileInputStream(fileTarget);`,
      },
      { code: `FileOutputStream out = new FileOutputStream("/data/" + bar, false);` },
      {
        code: `Path path = Paths.get("/data/" + bar);\nInputStream is = Files.newInputStream(path, StandardOpenOption.READ);`,
      },
      { unseen: true, code: `String text = Files.readString(Path.of("/data").resolve(bar));` },
      { unseen: true, code: `new File("/data/" + bar).delete();` },
    ],
    good: [
      { code: `FileInputStream in = new FileInputStream("/data/" + Paths.get(bar).getFileName());` },
      {
        code: `File file = new File("/data", bar);\nif (!file.getCanonicalPath().startsWith("/data/")) return;\nFileInputStream in = new FileInputStream(file);`,
      },
      {
        unseen: true,
        code: `Path base = Paths.get("/data");\nPath path = base.resolve(bar).normalize();\nif (!path.startsWith(base)) return;\nbyte[] all = Files.readAllBytes(path);`,
      },
      { unseen: true, code: `String text = Files.readString(Path.of("/data", Integer.parseInt(bar) + ".txt"));` },
    ],
  },
  securecookie: {
    cwes: [614],
    flow: false,
    bad: [
      {
        code: `Cookie cookie = new Cookie("SomeCookie", "value");\ncookie.setSecure(false);\nresponse.addCookie(cookie);`,
      },
      { unseen: true, code: `Cookie cookie = new Cookie("SomeCookie", "value");\nresponse.addCookie(cookie);` },
    ],
    good: [
      {
        code: `Cookie cookie = new Cookie("SomeCookie", "value");\ncookie.setSecure(true);\ncookie.setHttpOnly(true);\nresponse.addCookie(cookie);`,
      },
      {
        unseen: true,
        code: `boolean isSecure = true;\nCookie cookie = new Cookie("SomeCookie", "value");\ncookie.setSecure(isSecure);\nresponse.addCookie(cookie);`,
      },
    ],
  },
  sqli: {
    cwes: [89, 564],
    bad: [
      {
        code: tried(
          `String sql = "SELECT * from USERS where USERNAME='foo' and PASSWORD='" + bar + "'";\n${connection}Statement statement = connection.createStatement();\nstatement.execute(sql, Statement.RETURN_GENERATED_KEYS);`,
        ),
      },
      {
        code: tried(
          `String sql = "{call " + bar + "}";\n${connection}CallableStatement statement = connection.prepareCall(sql);\nResultSet rs = statement.executeQuery();`,
        ),
      },
      {
        code: tried(
          `String sql = "SELECT * from USERS where PASSWORD='" + bar + "'";\n${connection}PreparedStatement statement = connection.prepareStatement(sql);`,
        ),
      },
      {
        unseen: true,
        code: `int rows = jdbc.queryForObject("SELECT userid from USERS where USERNAME='" + bar + "'", Integer.class);`.replace(
          /^/,
          'org.springframework.jdbc.core.JdbcTemplate jdbc = new org.springframework.jdbc.core.JdbcTemplate();\n',
        ),
      },
      {
        unseen: true,
        code: tried(`${connection}connection.createStatement().addBatch("delete from t where a = '" + bar + "'");`),
      },
    ],
    good: [
      {
        code: tried(
          `${connection}PreparedStatement statement = connection.prepareStatement("SELECT * from USERS where PASSWORD=?");\nstatement.setString(1, bar);\nstatement.execute();`,
        ),
      },
      {
        unseen: true,
        code: tried(
          `String order = bar.equals("name") ? "name" : "id";\n${connection}connection.createStatement().executeQuery("select * from t order by " + order);`,
        ),
      },
    ],
  },
  trustbound: {
    cwes: [501],
    bad: [
      { code: `request.getSession().setAttribute("userid", bar);` },
      { code: `request.getSession().putValue(bar, "10340");` },
      { unseen: true, code: `HttpSession session = request.getSession(true);\nsession.setAttribute(bar, "10340");` },
    ],
    good: [
      { code: `request.getSession().setAttribute("userid", "fixed");` },
      { unseen: true, code: `request.getSession().setAttribute("count", Integer.parseInt(bar));` },
    ],
  },
  weakrand: {
    cwes: [330, 335, 338],
    flow: false,
    bad: [
      { code: `double value = Math.random();\nString key = Double.toString(value).substring(2);` },
      { code: `float rand = new java.util.Random().nextFloat();\nString key = Float.toString(rand).substring(2);` },
      { unseen: true, code: `long l = new Random().nextLong();\nString key = Long.toString(l);` },
    ],
    good: [
      {
        code: tried(
          `double value = java.security.SecureRandom.getInstance("SHA1PRNG").nextDouble();\nString key = Double.toString(value).substring(2);`,
        ),
      },
      { unseen: true, code: `int l = new SecureRandom().nextInt();`, imports: 'java.security.SecureRandom' },
    ],
  },
  xpathi: {
    cwes: [643],
    bad: [
      {
        code: tried(
          `${xpath}String expression = "/Employees/Employee[@emplid='" + bar + "']";\nString result = xp.evaluate(expression, doc);`,
        ),
      },
      {
        unseen: true,
        code: tried(`${xpath}javax.xml.xpath.XPathExpression compiled = xp.compile("//e[@id='" + bar + "']");`),
      },
    ],
    good: [
      { code: tried(`${xpath}String result = xp.evaluate("/Employees/Employee[@emplid='1']", doc);`) },
      {
        unseen: true,
        code: tried(
          `${xpath}if (!bar.matches("[0-9]+")) return;\nString result = xp.evaluate("/Employees/Employee[@emplid='" + bar + "']", doc);`,
        ),
      },
    ],
  },
  xss: {
    cwes: [79, 80],
    bad: [
      { code: `response.getWriter().println(bar);` },
      { code: `Object[] obj = {"a", "b"};\nresponse.getWriter().format(bar, obj);` },
      { code: `response.getWriter().write(bar.toCharArray());` },
      { unseen: true, code: `PrintWriter out = response.getWriter();\nout.print("<b>" + bar + "</b>");\nout.flush();` },
      { unseen: true, code: `response.getOutputStream().write(("<b>" + bar).getBytes());` },
    ],
    good: [
      {
        code: `response.getWriter().println(org.owasp.esapi.ESAPI.encoder().encodeForHTML(bar));`,
      },
      { code: `response.getWriter().println(org.apache.commons.lang.StringEscapeUtils.escapeHtml(bar));` },
      {
        unseen: true,
        code: `response.getWriter().println(HtmlUtils.htmlEscape(bar));`,
        imports: 'org.springframework.web.util.HtmlUtils',
      },
      { unseen: true, code: `response.getWriter().println(Encode.forHtml(bar));`, imports: 'org.owasp.encoder.Encode' },
    ],
  },
};

/** @type {import('./cases.mjs').Language} */
export const java = { extension: 'java', sources, flows, categories, page };
