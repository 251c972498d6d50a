import type { Confidence, Severity } from '../../protocol';

export interface RuffRule {
  /** As in the URL of its documentation. */
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly cwe: string;
  readonly owasp: string;
  readonly message: string;
  readonly suggestion: string;
}

const access = 'A01:2021';
const crypto = 'A02:2021';
const injection = 'A03:2021';
const config = 'A05:2021';
const identity = 'A07:2021';
const integrity = 'A08:2021';
const logging = 'A09:2021';

function rule(
  name: string,
  title: string,
  severity: Severity,
  confidence: Confidence,
  cwe: number,
  owasp: string,
  message: string,
  suggestion: string,
): RuffRule {
  return { name, title, severity, confidence, cwe: `CWE-${cwe}`, owasp, message, suggestion };
}

const unpickling =
  'Loading this format runs whatever code its author put in; with untrusted data that is remote code execution.';
const useJson = 'Exchange data as JSON, or check a signature over the bytes before they are loaded.';
const xmlBomb =
  'The XML parsers of the standard library expand entities without limit, so a small document can use up all memory.';
const useDefused = 'Parse untrusted XML with defusedxml.';
const weakHash = 'MD5 and SHA-1 are broken: collisions can be produced at will.';
const useSha256 =
  'Use SHA-256 or better; for passwords, scrypt, bcrypt or Argon2. For plain checksums, pass usedforsecurity=False.';
const weakCipher = 'This cipher or mode is broken or reveals patterns in the plaintext.';
const useGcm = 'Use AES-GCM or ChaCha20-Poly1305.';
const plainText = 'This protocol sends everything, passwords included, in cleartext.';
const tlsOff = 'Without certificate checks, anyone on the network path can read and change the traffic.';
const oldTls = 'SSL 2, SSL 3, TLS 1.0 and TLS 1.1 have known attacks.';
const useTls12 = 'Use ssl.create_default_context(), which requires TLS 1.2 or newer.';
const password =
  'A password in the source is known to everyone who can read the code, and cannot be changed without a release.';
const fromSecrets = 'Read it from the environment or a secret store, and change the committed password.';
const shell = 'A shell interprets special characters in the command line, so any value in it can run other commands.';
const noShell = 'Pass the program and its arguments as a list, without shell=True.';

/**
 * The flake8-bandit rules of ruff that a default scan uses, chosen for precision. Left out as noise: asserts (S101), random (S311),
 * try-except-pass (S110, S112), imports (S4xx), subprocess without a shell (S603, S606, S607), timeouts (S113), /tmp (S108),
 * urlopen (S310), any exec_command (S601). `refine.ts` filters the diagnostics of some others.
 */
export const ruffRules: Readonly<Record<string, RuffRule>> = {
  S102: rule(
    'exec-builtin',
    'Code run by exec()',
    'medium',
    'medium',
    95,
    injection,
    'exec() runs a computed string as Python code; whoever controls the string controls the program.',
    'Replace it with a table of functions, or with importlib for modules.',
  ),
  S103: rule(
    'bad-file-permissions',
    'File permissions too wide',
    'medium',
    'high',
    732,
    access,
    'These permissions let every user of the machine change or run the file.',
    'Grant the owner what is needed and others nothing, for example 0o600 or 0o640.',
  ),
  S104: rule(
    'hardcoded-bind-all-interfaces',
    'Bound to all interfaces',
    'low',
    'medium',
    605,
    config,
    'Binding to 0.0.0.0 exposes the service on every network interface.',
    'Bind to 127.0.0.1, or read the address from the configuration.',
  ),
  S105: rule(
    'hardcoded-password-string',
    'Hard-coded password',
    'medium',
    'medium',
    798,
    identity,
    password,
    fromSecrets,
  ),
  S106: rule(
    'hardcoded-password-func-arg',
    'Hard-coded password argument',
    'medium',
    'medium',
    798,
    identity,
    password,
    fromSecrets,
  ),
  S107: rule(
    'hardcoded-password-default',
    'Hard-coded default password',
    'medium',
    'medium',
    798,
    identity,
    password,
    fromSecrets,
  ),
  S201: rule(
    'flask-debug-true',
    'Flask debugger on',
    'high',
    'high',
    489,
    config,
    'The Flask debugger lets anyone who can open the page run Python code.',
    'Turn it on with an environment variable, and only on developers’ machines.',
  ),
  S202: rule(
    'tarfile-unsafe-members',
    'Unchecked archive extraction',
    'medium',
    'medium',
    22,
    access,
    'An archive can contain paths outside the folder, and extractall() overwrites those files.',
    "Pass filter='data', or check every member's path.",
  ),
  S301: rule('suspicious-pickle-usage', 'Unsafe unpickling', 'medium', 'medium', 502, integrity, unpickling, useJson),
  S302: rule(
    'suspicious-marshal-usage',
    'Unsafe unmarshaling',
    'medium',
    'medium',
    502,
    integrity,
    unpickling,
    useJson,
  ),
  S303: rule('suspicious-insecure-hash-usage', 'Weak hash', 'medium', 'high', 328, crypto, weakHash, useSha256),
  S304: rule('suspicious-insecure-cipher-usage', 'Weak cipher', 'high', 'high', 327, crypto, weakCipher, useGcm),
  S305: rule(
    'suspicious-insecure-cipher-mode-usage',
    'Weak cipher mode',
    'high',
    'high',
    327,
    crypto,
    weakCipher,
    useGcm,
  ),
  S306: rule(
    'suspicious-mktemp-usage',
    'Race condition on temporary file',
    'medium',
    'high',
    377,
    access,
    'Before the file is opened, another program can create a file or link with the name that mktemp() returned.',
    'Use tempfile.mkstemp() or NamedTemporaryFile().',
  ),
  S307: rule(
    'suspicious-eval-usage',
    'Code run by eval()',
    'medium',
    'medium',
    95,
    injection,
    'eval() runs a computed string as Python code; whoever controls the string controls the program.',
    'Use ast.literal_eval() for values, or a table of functions.',
  ),
  S308: rule(
    'suspicious-mark-safe-usage',
    'Escaping off: mark_safe()',
    'medium',
    'medium',
    79,
    injection,
    'mark_safe() turns escaping off, so any part that a user controls can add scripts to the page.',
    'Use format_html(), which escapes its arguments.',
  ),
  S312: rule('suspicious-telnet-usage', 'Telnet in plain text', 'medium', 'high', 319, crypto, plainText, 'Use SSH.'),
  S313: rule(
    'suspicious-xmlc-element-tree-usage',
    'XML entity expansion',
    'low',
    'medium',
    776,
    config,
    xmlBomb,
    useDefused,
  ),
  S314: rule(
    'suspicious-xml-element-tree-usage',
    'XML entity expansion',
    'low',
    'medium',
    776,
    config,
    xmlBomb,
    useDefused,
  ),
  S315: rule(
    'suspicious-xml-expat-reader-usage',
    'XML entity expansion',
    'low',
    'medium',
    776,
    config,
    xmlBomb,
    useDefused,
  ),
  S316: rule(
    'suspicious-xml-expat-builder-usage',
    'XML entity expansion',
    'low',
    'medium',
    776,
    config,
    xmlBomb,
    useDefused,
  ),
  S317: rule('suspicious-xml-sax-usage', 'XML entity expansion', 'low', 'medium', 776, config, xmlBomb, useDefused),
  S318: rule(
    'suspicious-xml-mini-dom-usage',
    'XML entity expansion',
    'low',
    'medium',
    776,
    config,
    xmlBomb,
    useDefused,
  ),
  S319: rule(
    'suspicious-xml-pull-dom-usage',
    'XML entity expansion',
    'low',
    'medium',
    776,
    config,
    xmlBomb,
    useDefused,
  ),
  S321: rule(
    'suspicious-ftp-lib-usage',
    'FTP in plain text',
    'medium',
    'high',
    319,
    crypto,
    plainText,
    'Use SFTP, or ftplib.FTP_TLS.',
  ),
  S323: rule(
    'suspicious-unverified-context-usage',
    'TLS certificates not checked',
    'high',
    'high',
    295,
    identity,
    tlsOff,
    'Use ssl.create_default_context().',
  ),
  S324: rule('hashlib-insecure-hash-function', 'Weak hash', 'medium', 'high', 328, crypto, weakHash, useSha256),
  S501: rule(
    'request-with-no-cert-validation',
    'TLS certificates not checked',
    'high',
    'high',
    295,
    identity,
    tlsOff,
    'Leave verify at its default; for a private CA, pass the path of its certificate.',
  ),
  S502: rule('ssl-insecure-version', 'Outdated TLS version', 'high', 'high', 327, crypto, oldTls, useTls12),
  S503: rule('ssl-with-bad-defaults', 'Outdated default TLS version', 'medium', 'high', 327, crypto, oldTls, useTls12),
  S504: rule(
    'ssl-with-no-version',
    'TLS without a version',
    'low',
    'medium',
    327,
    crypto,
    'ssl.wrap_socket() without a version accepts old protocols, and does not check the host name.',
    useTls12,
  ),
  S505: rule(
    'weak-cryptographic-key',
    'Key too short',
    'high',
    'high',
    326,
    crypto,
    'A key this short can be broken by brute force.',
    'Use at least 2048 bits for RSA and DSA, and 224 bits for elliptic curves.',
  ),
  S506: rule(
    'unsafe-yaml-load',
    'Unsafe YAML loading',
    'high',
    'high',
    502,
    integrity,
    'yaml.load() with this loader creates any Python object that the document names, which can run code.',
    'Use yaml.safe_load().',
  ),
  S507: rule(
    'ssh-no-host-key-verification',
    'SSH host key not checked',
    'high',
    'high',
    295,
    identity,
    'Without checking the host key, anyone on the network path can impersonate the server.',
    'Load the known hosts and use paramiko.RejectPolicy.',
  ),
  S508: rule(
    'snmp-insecure-version',
    'SNMP in plain text',
    'medium',
    'high',
    319,
    crypto,
    'SNMP 1 and 2c send the community string, their password, in cleartext.',
    'Use SNMPv3.',
  ),
  S509: rule(
    'snmp-weak-cryptography',
    'SNMP without encryption',
    'medium',
    'high',
    319,
    crypto,
    'SNMPv3 messages without authentication and privacy keys can be read and forged.',
    'Pass both keys to UsmUserData.',
  ),
  S602: rule(
    'subprocess-popen-with-shell-equals-true',
    'Command run by a shell',
    'high',
    'medium',
    78,
    injection,
    shell,
    noShell,
  ),
  S604: rule('call-with-shell-equals-true', 'Call with shell=True', 'medium', 'medium', 78, injection, shell, noShell),
  S605: rule(
    'start-process-with-a-shell',
    'Command run by a shell',
    'high',
    'medium',
    78,
    injection,
    shell,
    'Use subprocess.run() with a list of arguments.',
  ),
  S608: rule(
    'hardcoded-sql-expression',
    'SQL built from strings',
    'medium',
    'medium',
    89,
    injection,
    'This query is built from strings, so a value that a user controls can change what it does.',
    'Use placeholders in the query and pass the values as parameters.',
  ),
  S609: rule(
    'unix-command-wildcard-injection',
    'Wildcard in a shell command',
    'medium',
    'medium',
    78,
    injection,
    'The shell expands the wildcard to file names, and a file may be named like an option.',
    'List the files in Python, or put ./ before the wildcard.',
  ),
  S610: rule(
    'django-extra',
    'SQL in Django extra()',
    'high',
    'medium',
    89,
    injection,
    'extra() puts its strings into the query unescaped.',
    'Use the query API, or pass the values in params.',
  ),
  S611: rule(
    'django-raw-sql',
    'SQL in Django RawSQL()',
    'medium',
    'medium',
    89,
    injection,
    'RawSQL() puts its string into the query unescaped.',
    'Use the query API, or pass the values in params.',
  ),
  S612: rule(
    'logging-config-insecure-listen',
    'Logging configuration from the network',
    'medium',
    'high',
    94,
    logging,
    'logging.config.listen() evaluates parts of what it receives, so any local user can run code.',
    'Pass a verify function that checks a signature.',
  ),
  S701: rule(
    'jinja2-autoescape-false',
    'Jinja2 without escaping',
    'high',
    'medium',
    79,
    injection,
    'Jinja2 does not escape by default, so any value that a user controls can add scripts to the page.',
    'Pass autoescape=select_autoescape().',
  ),
  S702: rule(
    'mako-templates',
    'Mako without escaping',
    'medium',
    'medium',
    79,
    injection,
    'Mako does not escape by default, so any value that a user controls can add scripts to the page.',
    "Pass default_filters=['h'].",
  ),
  S704: rule(
    'unsafe-markup-use',
    'Escaping off: Markup()',
    'medium',
    'medium',
    79,
    injection,
    'Markup() turns escaping off, so any part that a user controls can add scripts to the page.',
    "Use Markup('...').format(value), which escapes the value.",
  ),
};
