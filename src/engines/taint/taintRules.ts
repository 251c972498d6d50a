import type { Severity } from '../../protocol';
import type { Defect } from './models/defects';

/** The texts of a finding. */
export interface TaintRule {
  readonly title: string;
  readonly severity: Severity;
  /** Set if even untrusted data that certainly arrives does little harm. */
  readonly confidence?: 'low';
  /** The CWE, and the variants that other analyzers use. */
  readonly cwe: readonly [number, ...number[]];
  readonly owasp: string;
  readonly message: string;
  readonly suggestion: string;
  readonly help: string;
}

const injection = 'A03:2021';
const access = 'A01:2021';
const sheets = 'https://cheatsheetseries.owasp.org/cheatsheets';
const weakness = 'https://cwe.mitre.org/data/definitions';

/** The rules of the taint engine, by defect, in all languages: `js-flow-<defect>`. */
export const taintRules: Readonly<Record<Defect, TaintRule>> = {
  sql: {
    title: 'SQL injection',
    severity: 'critical',
    cwe: [89, 564],
    owasp: injection,
    message: 'Untrusted data becomes part of the text of an SQL statement and can change what it does.',
    suggestion: 'Keep the statement constant and pass the values as parameters.',
    help: `${sheets}/SQL_Injection_Prevention_Cheat_Sheet.html`,
  },
  nosql: {
    title: 'NoSQL injection',
    severity: 'high',
    cwe: [943],
    owasp: injection,
    message:
      'Untrusted data reaches a query unchanged. If it is an object such as {"$ne": null}, the condition matches everything.',
    suggestion: 'Convert each value to text or a number first, or check its type.',
    help: `${sheets}/NoSQL_Security_Cheat_Sheet.html`,
  },
  command: {
    title: 'Command injection',
    severity: 'critical',
    cwe: [78, 77, 88],
    owasp: injection,
    message: 'Untrusted data becomes part of a system command and can start others.',
    suggestion: 'Start a constant program without a shell, with the values as a list of arguments.',
    help: `${sheets}/OS_Command_Injection_Defense_Cheat_Sheet.html`,
  },
  code: {
    title: 'Code injection',
    severity: 'critical',
    cwe: [94, 95, 96, 470],
    owasp: injection,
    message: 'Untrusted data is run as code.',
    suggestion: 'Parse data as JSON, or choose from a fixed table of functions by name.',
    help: 'https://owasp.org/www-community/attacks/Code_Injection',
  },
  path: {
    title: 'Path traversal',
    severity: 'high',
    cwe: [22, 23, 36, 73],
    owasp: access,
    message: 'Untrusted data becomes part of a file path. With "../" it can reach files outside the intended folder.',
    suggestion: 'Resolve the path and check that it still begins with the intended folder, or take only the base name.',
    help: 'https://owasp.org/www-community/attacks/Path_Traversal',
  },
  'zip-slip': {
    title: 'Zip slip',
    severity: 'high',
    cwe: [22],
    owasp: access,
    message: 'A name inside an archive decides where a file is written.',
    suggestion: 'Resolve the path and check that it still begins with the target folder.',
    help: 'https://security.snyk.io/research/zip-slip-vulnerability',
  },
  xss: {
    title: 'Cross-site scripting',
    severity: 'high',
    cwe: [79, 80, 116],
    owasp: injection,
    message: 'Untrusted data becomes part of a page without being escaped, so it can contain a script.',
    suggestion: 'Let a template escape it, set it as text, or send JSON.',
    help: `${sheets}/Cross_Site_Scripting_Prevention_Cheat_Sheet.html`,
  },
  ssrf: {
    title: 'Server-side request forgery',
    severity: 'high',
    cwe: [918],
    owasp: 'A10:2021',
    message: 'Untrusted data determines which host is contacted, so it can reach hosts on internal networks.',
    suggestion: 'Choose the host from a fixed set, and refuse private addresses after resolving its name.',
    help: `${sheets}/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html`,
  },
  redirect: {
    title: 'Open redirect',
    severity: 'medium',
    cwe: [601],
    owasp: access,
    message: 'Untrusted data determines where the browser goes, so a link to this site can lead to another one.',
    suggestion: 'Redirect only to paths of this site, or to addresses from a fixed set.',
    help: `${sheets}/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html`,
  },
  xxe: {
    title: 'XML external entities',
    severity: 'high',
    cwe: [611, 827, 776],
    owasp: 'A05:2021',
    message: 'An untrusted document reaches a parser that loads the files and URLs named by its entities.',
    suggestion: 'Leave external entities off.',
    help: `${sheets}/XML_External_Entity_Prevention_Cheat_Sheet.html`,
  },
  xpath: {
    title: 'XPath injection',
    severity: 'high',
    cwe: [643],
    owasp: injection,
    message: 'Untrusted data reaches an XPath query and can change what it selects.',
    suggestion: 'Pass values as XPath variables, or check them against a fixed set.',
    help: 'https://owasp.org/www-community/attacks/XPATH_Injection',
  },
  ldap: {
    title: 'LDAP injection',
    severity: 'high',
    cwe: [90],
    owasp: injection,
    message: 'Untrusted data reaches an LDAP query and can change what it selects.',
    suggestion: 'Escape it for filters or names.',
    help: `${sheets}/LDAP_Injection_Prevention_Cheat_Sheet.html`,
  },
  template: {
    title: 'Template injection',
    severity: 'critical',
    cwe: [1336, 94],
    owasp: injection,
    message: 'Untrusted data becomes part of a template and can run code in it.',
    suggestion: 'Keep the template constant and pass the values to it.',
    help: `${weakness}/1336.html`,
  },
  deserialization: {
    title: 'Unsafe deserialization',
    severity: 'critical',
    cwe: [502],
    owasp: 'A08:2021',
    message: 'Untrusted data is deserialized, which can run code that its author put in.',
    suggestion: 'Exchange data as JSON.',
    help: `${sheets}/Deserialization_Cheat_Sheet.html`,
  },
  header: {
    title: 'Header injection',
    severity: 'medium',
    cwe: [113, 93],
    owasp: injection,
    message: 'Untrusted data becomes part of a header. A line break in it can add other headers.',
    suggestion: 'Remove line breaks, or encode the value.',
    help: `${weakness}/113.html`,
  },
  log: {
    title: 'Log injection',
    severity: 'low',
    confidence: 'low',
    cwe: [117],
    owasp: 'A09:2021',
    message: 'Untrusted data is logged. A line break in it can forge log entries.',
    suggestion: 'Remove line breaks, or log it as JSON.',
    help: `${weakness}/117.html`,
  },
  regexp: {
    title: 'Regular expression injection',
    severity: 'medium',
    cwe: [730, 400],
    owasp: injection,
    message: 'Untrusted data becomes a regular expression, which can take exponential time.',
    suggestion: 'Escape it before it becomes part of an expression.',
    help: `${weakness}/730.html`,
  },
  format: {
    title: 'Format string injection',
    severity: 'low',
    cwe: [134],
    owasp: injection,
    message: 'Untrusted data is used as a format string.',
    suggestion: 'Keep the format constant and pass the data as a value.',
    help: `${weakness}/134.html`,
  },
  prototype: {
    title: 'Prototype pollution',
    severity: 'high',
    cwe: [1321],
    owasp: 'A08:2021',
    message:
      'Untrusted data is merged into an object with all of its keys. With "__proto__" among them, it changes all objects.',
    suggestion: 'Refuse the keys __proto__, constructor and prototype, or copy only the fields that are expected.',
    help: `${sheets}/Prototype_Pollution_Prevention_Cheat_Sheet.html`,
  },
  'mass-assignment': {
    title: 'Mass assignment',
    severity: 'medium',
    cwe: [915],
    owasp: 'A08:2021',
    message: 'All fields of untrusted data are stored, including those that nobody should be able to set.',
    suggestion: 'Copy only the fields that are expected.',
    help: `${sheets}/Mass_Assignment_Cheat_Sheet.html`,
  },
  trust: {
    title: 'Trust boundary violation',
    severity: 'medium',
    cwe: [501, 15],
    owasp: 'A04:2021',
    message:
      'Untrusted data is stored in the session or the environment without a check, and code that reads it may trust it.',
    suggestion: 'Check the value before storing it, and use constant keys.',
    help: `${weakness}/501.html`,
  },
  module: {
    title: 'Externally controlled module or class',
    severity: 'high',
    cwe: [829, 98, 470],
    owasp: 'A08:2021',
    message: 'Untrusted data determines which module or class is loaded and run.',
    suggestion: 'Choose it from a fixed set.',
    help: `${weakness}/829.html`,
  },
  exhaustion: {
    title: 'Resource exhaustion',
    severity: 'medium',
    cwe: [770],
    owasp: 'A04:2021',
    message: 'Untrusted data determines how much memory or time is used.',
    suggestion: 'Refuse values above a limit.',
    help: `${weakness}/770.html`,
  },
  hash: {
    title: 'Weak hash',
    severity: 'medium',
    cwe: [328, 327],
    owasp: 'A02:2021',
    message: 'The hash used here is MD5, SHA-1 or older: collisions can be produced at will.',
    suggestion: 'Use SHA-256 or better; for passwords, scrypt, bcrypt or Argon2.',
    help: `${sheets}/Cryptographic_Storage_Cheat_Sheet.html`,
  },
  random: {
    title: 'Predictable random value',
    severity: 'medium',
    cwe: [330, 338, 335],
    owasp: 'A02:2021',
    message: 'The response uses random numbers that can be predicted after a few values.',
    suggestion: 'Use a cryptographic source, such as the secrets module of Python.',
    help: `${weakness}/330.html`,
  },
  cookie: {
    title: 'Cookie without Secure',
    severity: 'medium',
    cwe: [614],
    owasp: 'A05:2021',
    message: 'This cookie is set without Secure: the browser also sends it over plain HTTP, where others can read it.',
    suggestion: 'Pass secure=True, httponly=True, samesite="Lax".',
    help: 'https://owasp.org/www-community/controls/SecureCookieAttribute',
  },
};

/** From lowest to highest. */
export const confidences = ['low', 'medium', 'high'] as const;

/** The confidence of a finding. @param sure how certain it is that the data arrives: 0 to 2 */
export function confidenceOf(defect: Defect, sure: 0 | 1 | 2): (typeof confidences)[number] {
  return taintRules[defect].confidence ?? confidences[sure];
}

/** Findings of other engines with these CWEs can be disproved. */
const disprovable: readonly Defect[] = [
  'sql',
  'nosql',
  'command',
  'code',
  'path',
  'xss',
  'ssrf',
  'redirect',
  'xpath',
  'ldap',
  'template',
  'header',
  'log',
  'trust',
  'xxe',
  'deserialization',
  'hash',
  'random',
  'cookie',
];

/**
 * Whether the defect can be caused by a text that is built in one line and used in another. A NoSQL object is not a text, but patterns also
 * use its CWE for queries as texts.
 */
export function isTextDefect(defect: Defect): boolean {
  return !/^(?:nosql|xxe|deserialization|hash|random|cookie)$/.test(defect);
}

/** The defect of another engine's finding with these CWEs; undefined if the taint engine cannot disprove it. */
export function taintDefectOf(cwe: readonly string[] | undefined): Defect | undefined {
  // Every one of them must be disprovable by the same defect.
  if (!cwe || cwe.length === 0) return undefined;
  return disprovable.find((defect) => cwe.every((id) => taintRules[defect].cwe.some((one) => `CWE-${one}` === id)));
}
