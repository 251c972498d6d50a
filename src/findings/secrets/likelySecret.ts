import { isSecretName } from './names';

/** Whether a value is a placeholder, or no value at all: `${X}`, `{{ x }}`, `<x>`, `null`, … */
export function isPlaceholderOrEmpty(value: string): boolean {
  return (
    value === '' ||
    /^(?:\$\{[^}]*\}|\{\{.*\}\}|\$\([^)]*\)|\$[A-Za-z_]\w*|\$\{\{.*\}\}|%\(?\w*\)?[sdrvq]|%[A-Za-z_]\w*%|#\{[^}]*\}|<[^<>]*>|<%.*%>|\{\w*\}|@[\w.]+@|\*+|!\w+|&\w+|__\w+__)[,;]?$/s.test(
      value,
    ) ||
    /^(?:null|nil|none|true|false|undefined|yes|no|on|off|nullptr|void|required|optional|string|str|number|boolean|bool|bytes?|int|any|object|unknown|never)[,;)?]?$/i.test(
      value,
    ) ||
    /^(?:\$\{|\{\{|\$\(|\$[A-Za-z_]\w*$|ENC\(|ENC\[AES|\$ANSIBLE_VAULT)/.test(value)
  );
}

/** Whether a word is more likely the name of a variable or of a type than a value. */
export function isIdentifier(word: string, isSetting: boolean, operator: string, whole: string): boolean {
  if (isPlaceholderOrEmpty(word) || /^(?:char|varchar|text|self|this)$/i.test(word)) return true;
  if (/\d/.test(word)) return word.length < 5 || /^(?:[a-z]+_)+[a-z]+\d?$/.test(word);
  // Only a setting on a line of its own has bare words as values: `password = letmein`, but not `password: rawPassword`, `token: Token;`,
  // `secret = secret_name`.
  if (!isSetting || /[,;]$/.test(whole)) return true;
  if (operator === '=' && isSecretName(word)) return true;
  return /_|^[a-z]{1,20}[A-Z][a-z]+$|^[A-Z][a-z]+(?:[A-Z][a-z]+)*$/.test(word);
}

/** Whether a literal may be a secret, rather than an address, a path or punctuation. */
export function mayBeSecret(value: string): boolean {
  return (
    value.length >= 3 &&
    !isPlaceholderOrEmpty(value) &&
    !/^(?:[a-z][\w+.-]*:\/\/[^@]*|[./~][\w./-]*|[\W_]*|utf-?8|\w+\/\w+|[a-z]{1,4})$/i.test(value)
  );
}

/** Whether a literal is the name by which a secret is looked up. */
export function isLookup(value: string): boolean {
  return /^[A-Za-z_][\w.:/-]*$/.test(value) && !/\d/.test(value) && (isSecretName(value) || /^[A-Z_]+$/.test(value));
}

/** Whether a short value has digits among its letters, as a password has. */
export function mixesLettersAndDigits(value: string): boolean {
  return value.length >= 6 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^[a-z]+\d{1,2}$/.test(value);
}

/** Whether a longer value has digits among its letters, as a key has. */
export function isRandom(value: string): boolean {
  return value.length >= 12 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^(?:[a-z]+[-_.:/])+[a-z]+$/.test(value);
}
