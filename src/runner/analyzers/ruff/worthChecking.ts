/** What must stand in a file for one of `ruffRules` to be broken there, but for the two below. */
const words = new RegExp(
  [
    String.raw`\bexec\s*\(|\beval\b|chmod|0\.0\.0\.0|["']::["']|\bdebug\b|extractall`,
    'pickle|dill|shelve|marshal|mark_safe|Markup|mktemp|yaml|xml',
    String.raw`\bmd[245]\b|\bsha1?\b|hashlib|crypt|cipher|blowfish|modes|generate`,
    'telnetlib|ftplib|_create_unverified_context|verify|ssl|tls|missing_host_key|CommunityData|UsmUserData',
    String.raw`shell|\bsystem\b|popen|spawn|getoutput|getstatusoutput|startfile|\bcommands\b|os\.exec`,
    String.raw`\.extra\b|RawSQL|logging\.config|\blisten\b|jinja2|\bEnvironment\b|mako|\bTemplate\b`,
  ].join('|'),
  'i',
);
/** A name that means a password, set to or compared with a string. */
const password = /(?:pas+wo?r?d|pass|pwd|token|secret)[\w"'\]\s:.[,|]{0,60}[=!]=?[\s(\\]*[rbuf]{0,2}["']/i;
/** The start of a statement and a function that runs one: `narrow` leaves out the others. */
const statement = /\b(?:select|insert|replace|update|delete)\s/i;
const runs = /\b(?:execute|fetch|raw|read_sql|exec_driver_sql|mogrify|query|copy_expert)/;

/** Whether ruff can find something in a Python file. Most files hold none of the names, and parsing them takes a hundred times as long as this. */
export function worthChecking(source: string): boolean {
  return words.test(source) || password.test(source) || (runs.test(source) && statement.test(source));
}
