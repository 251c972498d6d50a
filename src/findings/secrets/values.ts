/** Words that mark a value as a stand-in. */
const standIn =
  /example|sample|placeholder|change[-_ ]?(?:me|this|it)|your[-_ ]?|dummy|fake|mock|redacted|replace|insert|\btodo\b|\bfixme\b|xxxx|\.\.\.|…|\*\*\*|foo[-_]?bar|lorem|secret[-_]?here|(.)\1{5}/i;
/** Digits and letters in order: no sign of a stand-in in a key of a sure shape, but in anything else. */
const inOrder = /12345678|abcdefgh|deadbeef/i;
/** Values that are put in later: ${X}, {{ x }}, %(x)s, <x>, #{x}, $X, process.env.X, os.environ[...], ENV["X"] ... */
const putInLater =
  /\$\{|\{\{|\{%|#\{|%[sdr(]|^<[^>]*>$|^\$[A-Za-z_(]|^%[A-Za-z_]+%$|^\[[^\]]*\]$|process\.env|import\.meta|environ|getenv|\bENV\b|^(?:env|vault|secret|ssm|arn|ref|file|op|kms):|\bsecrets?[.[]|\bvars?[.[]|\bconfig[.[(]|^\{[^}]*\}$/;

/** Whether a value is an example, a placeholder, or the name of one that comes later. */
export function isPlaceholder(value: string): boolean {
  return isExample(value) || inOrder.test(value);
}

/** The same for a value whose shape alone says that it is a key. */
export function isExample(value: string): boolean {
  return standIn.test(value) || putInLater.test(value);
}

/** Bits of information a character. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

const passwordName = /(?:^|[_\-.]|[a-z](?=P))(?:pass(?:word|wd|wort|phrase)?|pwd|passwd)(?:$|[_\-.\d])/i;
const secretName = /secret|token|api_?key|access_?key|auth_?key|private_?key|encryption_?key|signing_?key|credential/i;
/** Names that speak about a secret, but hold something else. */
const otherName =
  /(?:field|label|name|hint|help|text|title|placeholder|error|message|msg|regex|pattern|url|uri|path|file|type|policy|length|min|max|header|param|prefix|suffix|class|id|input|selector|form|page|view|route|template|column|attr|mode|hash(?:er)?|expir\w*|ttl|reset|forgot|confirm\w*|changed?|required|invalid|salt_len|endpoint|scope|format|public[_-]?key)s?$/i;

/** Whether `name = value` is a password, key or token in the source. */
export function looksLikePassword(name: string, value: string): boolean {
  if (otherName.test(name) || isPlaceholder(value) || /\s/.test(value)) return false;
  if (/^(?:https?|ftp|file|data):|^[./~@#]|[()<>]|^\w+(?:\.[A-Za-z_]\w*)+$/.test(value)) return false;
  const digits = /\d/.test(value);
  const letters = /[A-Za-z]/.test(value);
  if (passwordName.test(name)) {
    if (value.length < 5 || value.length > 200) return false;
    // Words, as in labels and keys of translations, are not passwords; unless they are the well-known bad ones.
    if (/^[A-Za-z]+(?:[-_.: ][A-Za-z]+)*$/.test(value)) return wellKnown.test(value);
    return digits || /[!$%^&+=?|~]/.test(value) || !letters;
  }
  if (!secretName.test(name)) return false;
  return value.length >= 16 && value.length <= 300 && digits && letters && entropy(value) >= 3;
}

const wellKnown =
  /^(?:password|passw0rd|letmein|hunter|qwerty\w*|admin\w*|root|secret|iloveyou|welcome|monkey|dragon|superuser|supersecret\w*|topsecret\w*|\w*p(?:ass)?word\w*)$/i;
