/** A file must contain one of these for most of `ruffRules` to match; the exceptions are below. */
const words = new RegExp(
  [
    String.raw`\bexec\s*\(|\beval\b|chmod|0\.0\.0\.0|["']::["']|\bdebug\s*=|extractall|\.extra\b|RawSQL`,
    String.raw`pickle|\bdill\b|\bshelve\b|\bmarshal\b|mark_safe|\bMarkup\b|mktemp|yaml|etree|expat|minidom|pulldom|\bsax\b`,
    String.raw`\bmd[245]\b|\bsha1?\b|\bcrypt\b|\b(?:arc[24]|blowfish|cast5|des|idea|seed|xor)\b|\bECB\b|generate(?:_private_key)?\s*\(`,
    String.raw`telnetlib|ftplib|_create_unverified_context|verify\s*=|SSLv|TLSv1|wrap_socket|missing_host_key|CommunityData|UsmUserData`,
    String.raw`\bshell\s*=|\bsystem\s*\(|popen|getoutput|getstatusoutput|logging\.config|jinja2|mako`,
  ].join('|'),
  'i',
);
/** A password-like name, assigned or compared to a string. */
const password = /(?:pas+wo?r?d|pass|pwd|token|secret)[\w"'\]\s:.[,|]{0,60}[=!]=?[\s(\\]*[rbuf]{0,2}["']/i;
/** The start of an SQL statement, and a function that runs one; `narrow` drops the other queries. */
const statement = /\b(?:select|insert|replace|update|delete)\s/i;
const runs = /\b(?:execute|fetch|raw|read_sql|exec_driver_sql|mogrify|query|copy_expert)/;

/** Python 2 statements. Ruff cannot parse them, and the user should know that the file was not checked. */
const python2 = /^[ \t]*(?:print\s+["'\w]|exec\s+["']|except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+[\w.]+\s*,)/m;

/**
 * Whether ruff can find something in a Python file, or must report that it cannot parse it. Most files contain none of these words, and parsing
 * takes a hundred times as long as this check.
 */
export function worthChecking(source: string): boolean {
  return (
    python2.test(source) || words.test(source) || password.test(source) || (runs.test(source) && statement.test(source))
  );
}
