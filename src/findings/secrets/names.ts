/** The words of a name, in lower case: `dbPassword_1` has "db" and "password". */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-zß-ÿ]+/)
    .filter((word) => word !== '');
}

/** Prefixes of "pass" and "pw" without a separator: `dbpass`, but not `compass`, `bypass`. */
const owner =
  '(?:db|database|my|user|usr|root|admin|adm|sys|mysql|pg|postgres|sql|ora|smtp|imap|ftp|sftp|mail|email|ssh|redis|mongo|rabbit|mq|amqp|ldap|bind|login|auth|proxy|jdbc|key|keystore|store|trust|cert|pem|sudo|svn|git|app|web|http|https|net|wifi|wlan|vnc|rdp|sa|su|old|new|repo|registry|default|requires?|master|service|svc|client|account|acct)';
const passwordWord = new RegExp(
  String.raw`^(?:[a-z]*(?:password|passwd|passwort|passphrase|passcode|kennwort)s?(?:md)?|[a-z]{0,10}pwds?|pswd|psw|${owner}?pass|${owner}?pw|mdp|senha|contraseña|contrasena|wachtwoord)$`,
);
const secretWord =
  /^(?:[a-z]*secrets?|secret(?:key|value|string|text|access|accesskey)|[a-z]*apikeys?|[a-z]*apitokens?)$/;
const tokenWord = /^[a-z]*tokens?$/;
const keyWords =
  /(?:^| )(?:[a-z]*(?:api|access|auth|secret|private|priv|sign|signing|encrypt|encryption|crypt|crypto|decrypt|decryption|master|shared|account|storage|consumer|admin|service|webhook|hmac|jwt|aes|rsa|ssh|deploy|subscription|machine|validation|cipher|client|app|application|write|ingest|license|secure|bearer)) ?keys?(?: |$)/;
const credentialWord = /^(?:credentials?|creds?)$/;

/** Whether a name suggests a password. */
export function isPasswordName(name: string): boolean {
  const words = wordsOf(name);
  // In a long name, "pass" is a verb or part of a text.
  return words.some(
    (word) => passwordWord.test(word) && (word !== 'pass' || words.length <= 3 || words.at(-1) === word),
  );
}

/** Whether a name suggests a password, key, token or other secret. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  return (
    words.some(
      (word) => passwordWord.test(word) || secretWord.test(word) || tokenWord.test(word) || credentialWord.test(word),
    ) || keyWords.test(words.join(' '))
  );
}

/** Whether a name may, among other things, stand for a secret: `key`, `auth`, `salt`, `signature`. */
export function isDoubtfulName(name: string): boolean {
  return wordsOf(name).some((word) =>
    /^(?:\w*keys?|auth|authorization|salt|signature|session|cookie|pin|bearer|dsn|nonce)$/.test(word),
  );
}
