import { isPasswordName, isSecretName, wordsOf } from './names';

/** Words that mark a value as a placeholder. */
const standIn =
  /example|sample|placeholder|change[-_ ]?(?:me|this|it)|your[-_ ]?|dummy|fake|mock|redacted|replace|insert|\btodo\b|\bfixme\b|xxxx|\.\.\.|…|\*\*\*|foo[-_]?bar|lorem|secret[-_]?here|mysecret|my[-_]?password|verylongsecret|some[-_]?kind|czZCaGRSa3F0Mzpn|2YotnFZFEjr1|tGzv3JOkF0XG|dpf43f3p2l4k3l03|hh5s93j4hdidpola|kkk9d7dh3k39sjv7|A3ddj3w|(.)\1{5}/i;
/** Consecutive digits or letters: a sign of a placeholder, unless the shape of the key is unambiguous. */
const inOrder = /12345678|abcdefgh|deadbeef/i;
/** Values that are filled in later: ${X}, {{ x }}, %(x)s, <x>, #{x}, $X, process.env.X, os.environ[...], ENV["X"] ... */
const putInLater =
  /\$\{|\{\{|\{%|#\{|%[sdr(]|^<[^>]*>$|^\$[A-Za-z_(]|^%[A-Za-z_]+%$|^\[[^\]]*\]$|process\.env|import\.meta|environ|getenv|\bENV\b|^(?:env|vault|secret|ssm|arn|ref|file|op|kms):|\bsecrets?[.[]|\bvars?[.[]|\bconfig[.[(]|^\{[^}]*\}$|^ENC[[(]|^\$ANSIBLE_VAULT|^!vault|^@@?[\w.-]+@@?$|^__\w+__$|^%%|^\$\(/;

/** Whether a value is an example, a placeholder, or a reference to the actual value. */
export function isPlaceholder(value: string): boolean {
  return isExample(value) || inOrder.test(value);
}

/** The same for a value that is a key by its shape alone. */
export function isExample(value: string): boolean {
  return standIn.test(value) || putInLater.test(value);
}

/** Bits of information per character. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** Names that mention a secret but stand for something else. */
const otherName =
  /(?:field|label|name|hint|help|text|title|caption|tooltip|placeholder|error|message|msg|regexp?|pattern|url|uri|path|file|type|policy|length|min|max|header|param|prefix|suffix|class|id|input|selector|form|page|view|route|template|column|attr|mode|hash(?:er|ed)?|expir\w*|ttl|reset|forgot|confirm\w*|changed?|required|invalid|salt_len|endpoint|scope|format|address(?:es)?|contract|digest|checksum|fingerprint|thumbprint|sha\d*|etag|version|arn|region|alias|store|provider|manager|service|handler|factory|encoder|encoding|generator|validator|strategy|algorithm|alg|model|kind|count|index|size|limit|usage|status|state|event|action|uuid|guid|abi|mint|symbol|icon|link|button|btn|placeholder|description|desc|info|docs?|key_?path|mapping|enum|flag|option|rule|module|package|import|component|element|attribute|property|schema)s?(?:[_-]?\d+)?$/i;
/** Names of public tokens and keys: paging tokens, public keys, or only the hash of another one. */
const publicName =
  /public|publishable|pub_?key|site_?key|(?:next|prev|previous|page|paging|pagination|continuation|continue|sync|resume|start|end|cursor|offset|scroll|search|list|change|marker|watch|resource|delta|skip|seek)[\w-]{0,20}token|token[_-]?(?:before|after|next)|csrf|xsrf|hashed|encrypted|sealed|measurement|tracking|analytics|client_?request_?token|lifecycle_?action_?token|(?:in|out)put_?token|contract|erc\d|wrapped|idempoten|cache_?key|sort_?key|partition_?key|primary_?key|foreign_?key|row_?key|i18n|translation|keyboard|(?:^|[_.-])(?:LABEL|MSG|ERR|ERROR|TXT|TEXT|TITLE|HINT|BTN)[_.-]/i;
/** Values that are public whatever their name: blockchain addresses and keys, publishable keys, digests with their algorithm. */
const publicValue =
  /^(?:0x[\da-f]{40}|pk_(?:live|test)_\w+|sha\d{1,3}[-:]\S+|ssh-(?:rsa|ed25519|dss)\b.*|ecdsa-\S+|age1[a-z\d]+|[xyz]pub[A-Za-z\d]{80,}|(?:UA|G|GTM|AW|ca-pub)-[\w-]+|urn:\S+|[\w.-]+@[\w-]+\.[\w.-]+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\S*|(?:[\^~<>=]{1,2}\s?)?v?\d+(?:\.\d+)+\S*|\$2[aby]\$\d+\$[./]*)$/i;

/** Whether `name = value` is a hard-coded password, key or token. */
export function looksLikePassword(name: string, value: string): boolean {
  if (otherName.test(name) || publicName.test(name) || publicValue.test(value)) return false;
  if (isPlaceholder(value) || /[\s\u3000-\u9fff\uac00-\ud7af]/.test(value)) return false;
  if (/^(?:https?|ftp|file|data):|^[./~@#]|[()<>]|^\w+(?:\.[A-Za-z_]\w*)+$/.test(value)) return false;
  const digits = /\d/.test(value);
  const letters = /\p{L}/u.test(value);
  if (isPasswordName(name)) {
    if (value.length < 5 || value.length > 200) return false;
    // Plain words, as in labels and translation keys, are not passwords, except for well-known bad ones.
    if (/^[\p{L}\p{M}]+(?:[-_.:’' ][\p{L}\p{M}]+)*[?:.…]?$/u.test(value))
      return wellKnown.test(value) && !wordsOf(name).includes(value.toLowerCase()) && !/^[A-Z_]+$/.test(value);
    return digits || /[!$%^&+=?|~]/.test(value) || !letters;
  }
  if (!isSecretName(name)) return false;
  return value.length >= 16 && value.length <= 300 && digits && letters && entropy(value) >= 3;
}

const wellKnown =
  /^(?:password|passw0rd|letmein|hunter|qwerty\w*|admin\w*|root|secret|iloveyou|welcome|monkey|dragon|superuser|supersecret\w*|topsecret\w*|(?:my|test|the|db|root|admin|user|new|super|secret)?pass(?:word|w0rd)|mypass)$/i;
