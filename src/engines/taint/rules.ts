import type { Severity } from '../../protocol';
import type { Defect } from './value';

interface FlowRule {
  readonly title: string;
  readonly severity: Severity;
  /** The CWE, and its variants that other analyzers use. */
  readonly cwe: readonly [number, ...number[]];
  readonly owasp: string;
  readonly message: string;
  readonly suggestion: string;
  readonly help: string;
}

const access = 'A01:2021';
const crypto = 'A02:2021';
const injection = 'A03:2021';
const config = 'A05:2021';
const sheets = 'https://cheatsheetseries.owasp.org/cheatsheets';
const library = 'https://docs.python.org/3/library';

/** The texts of findings, by defect. */
export const flowRules: Readonly<Record<Defect, FlowRule>> = {
  code: {
    title: 'Code injection',
    severity: 'critical',
    cwe: [94, 95, 96, 470],
    owasp: injection,
    message: 'Request data reaches this call and is run as Python code.',
    suggestion: 'Use ast.literal_eval() for values, or a table of the functions that may be called.',
    help: 'https://owasp.org/www-community/attacks/Code_Injection',
  },
  command: {
    title: 'Command injection',
    severity: 'high',
    cwe: [78, 77, 88],
    owasp: injection,
    message: 'Request data becomes part of a system command.',
    suggestion:
      'Pass the program and its arguments as a list, without a shell, and choose the program from a fixed set.',
    help: `${sheets}/OS_Command_Injection_Defense_Cheat_Sheet.html`,
  },
  deserialization: {
    title: 'Unsafe deserialization',
    severity: 'critical',
    cwe: [502],
    owasp: 'A08:2021',
    message: 'Request data is deserialized here, which runs whatever code its author put in.',
    suggestion: 'Exchange data as JSON, or load YAML with yaml.safe_load().',
    help: `${sheets}/Deserialization_Cheat_Sheet.html`,
  },
  ldap: {
    title: 'LDAP injection',
    severity: 'high',
    cwe: [90],
    owasp: injection,
    message: 'Request data reaches an LDAP query and can change what it selects.',
    suggestion: 'Escape it with ldap.filter.escape_filter_chars() or ldap3.utils.conv.escape_filter_chars().',
    help: `${sheets}/LDAP_Injection_Prevention_Cheat_Sheet.html`,
  },
  path: {
    title: 'Path traversal',
    severity: 'high',
    cwe: [22, 23, 36, 73],
    owasp: access,
    message: 'Request data becomes part of a file path; with ../ or a leading / it can name any file.',
    suggestion: 'Use only the base name, or resolve the path and check that it is inside the intended folder.',
    help: 'https://owasp.org/www-community/attacks/Path_Traversal',
  },
  redirect: {
    title: 'Open redirect',
    severity: 'medium',
    cwe: [601],
    owasp: access,
    message: 'Request data determines where the browser is redirected, so it can be any site.',
    suggestion: 'Redirect only to a fixed set of URLs, or check the scheme and host first.',
    help: `${sheets}/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html`,
  },
  sql: {
    title: 'SQL injection',
    severity: 'critical',
    cwe: [89],
    owasp: injection,
    message: 'Request data becomes part of an SQL statement and can change what it does.',
    suggestion: 'Use a placeholder in the statement and pass the value as a parameter.',
    help: `${sheets}/SQL_Injection_Prevention_Cheat_Sheet.html`,
  },
  ssrf: {
    title: 'Server-side request forgery',
    severity: 'high',
    cwe: [918],
    owasp: 'A10:2021',
    message:
      'Request data becomes part of a URL that this server requests, so it can reach hosts on internal networks.',
    suggestion: 'Choose the host from a fixed set, and refuse private addresses after resolving its name.',
    help: `${sheets}/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html`,
  },
  trust: {
    title: 'Untrusted data in the session',
    severity: 'medium',
    cwe: [501],
    owasp: 'A04:2021',
    message: 'Request data is stored in the session without a check, and code that reads it may trust it.',
    suggestion: 'Check the value before storing it, and use constant keys.',
    help: 'https://cwe.mitre.org/data/definitions/501.html',
  },
  xpath: {
    title: 'XPath injection',
    severity: 'high',
    cwe: [643],
    owasp: injection,
    message: 'Request data reaches an XPath query and can change what it selects.',
    suggestion: 'Pass values as XPath variables: tree.xpath("//user[@name=$name]", name=value).',
    help: 'https://owasp.org/www-community/attacks/XPATH_Injection',
  },
  xss: {
    title: 'Cross-site scripting',
    severity: 'high',
    cwe: [79, 80, 116],
    owasp: injection,
    message: 'Request data reaches a page without being escaped, so it can contain a script.',
    suggestion: 'Render it with a template that escapes, or pass it through markupsafe.escape().',
    help: `${sheets}/Cross_Site_Scripting_Prevention_Cheat_Sheet.html`,
  },
  xxe: {
    title: 'XML external entities',
    severity: 'high',
    cwe: [611, 827],
    owasp: config,
    message: 'A document from the request reaches a parser that loads the files and URLs named by its entities.',
    suggestion: 'Turn external entities off (resolve_entities=False), or parse with defusedxml.',
    help: `${sheets}/XML_External_Entity_Prevention_Cheat_Sheet.html`,
  },
  hash: {
    title: 'Weak hash',
    severity: 'medium',
    cwe: [328, 327],
    owasp: crypto,
    message: 'The hash used here is MD5, SHA-1 or older: collisions can be produced at will.',
    suggestion: 'Use SHA-256 or better; for passwords, scrypt, bcrypt or Argon2.',
    help: `${library}/hashlib.html`,
  },
  random: {
    title: 'Predictable random value',
    severity: 'medium',
    cwe: [330, 338, 335],
    owasp: crypto,
    message: 'The response uses the random module, whose output can be predicted after a few values.',
    suggestion: 'Use the secrets module: secrets.token_urlsafe(), secrets.choice(), secrets.randbelow().',
    help: `${library}/secrets.html`,
  },
  cookie: {
    title: 'Cookie without Secure',
    severity: 'medium',
    cwe: [614],
    owasp: config,
    message: 'This cookie is set without Secure: the browser also sends it over plain HTTP, where others can read it.',
    suggestion: 'Pass secure=True, httponly=True, samesite="Lax".',
    help: 'https://owasp.org/www-community/controls/SecureCookieAttribute',
  },
};

const byCwe = new Map<string, Defect>(
  (Object.keys(flowRules) as Defect[]).flatMap((defect) =>
    flowRules[defect].cwe.map((cwe) => [`CWE-${cwe}`, defect] as const),
  ),
);

/** The defect of a finding with these CWEs; undefined if the data flow cannot disprove it. */
export function defectOf(cwe: readonly string[] | undefined): Defect | undefined {
  for (const id of cwe ?? []) {
    const defect = byCwe.get(id);
    if (defect) return defect;
  }
  return undefined;
}
