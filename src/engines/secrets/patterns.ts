import type { SecretPattern } from '../../findings/secrets/tokens';
import { tokens } from '../../findings/secrets/tokens';
import { isPlaceholder, looksLikePassword } from '../../findings/secrets/values';

const assigned = String.raw`(?<name>[A-Za-z_][\w.-]{0,60})["'\x60]?\]?\s{0,8}(?::\s{0,3}[A-Za-z_][\w.<>\[\]]{0,30}\s{0,3})?(?:=>|:=|==?=?|:)\s{0,8}`;
const settingWords = ['pass', 'pwd', 'secret', 'token', 'key', 'credential'];
const isSetting = new RegExp(settingWords.join('|'), 'i');

/** Our own patterns. */
export const patterns: readonly SecretPattern[] = [
  ...tokens,
  {
    id: 'url-password',
    kind: 'password in an address',
    severity: 'high',
    confidence: 'medium',
    hints: ['://'],
    certain: false,
    pattern:
      /\b[a-z][a-z0-9+.-]{1,30}:\/\/(?<user>[^\s:@/"'\x60<>{}$%|\\]{0,60}):(?<secret>[^\s:@/"'\x60<>|\\]{3,120})@(?<host>[^\s:@/"'\x60<>?#\\]{1,120})/dgi,
    accept: ({ groups }) => {
      const { user = '', secret = '', host = '' } = groups ?? {};
      return (
        secret.toLowerCase() !== user.toLowerCase() &&
        !isPlaceholder(secret) &&
        !/^(?:pass(?:word|wd)?|pwd|pw|secret|token|user(?:name)?|test\w*|admin|root|postgres|guest|key|tiger)$/i.test(
          secret,
        ) &&
        !/^(?:localhost|127\.|0\.0\.0\.0|\[::1|host(?:name)?\b|server\b|test\b)|example\.|\.test$/i.test(host)
      );
    },
  },
  {
    id: 'assigned-secret',
    kind: 'password, key or token',
    severity: 'medium',
    confidence: 'medium',
    hints: settingWords,
    certain: false,
    pattern: new RegExp(
      String.raw`${assigned}[rbuf@$]{0,2}(?<quote>["'\x60])(?<secret>[^"'\x60\r\n]{5,300})\k<quote>`,
      'yd',
    ),
    around: new RegExp(isSetting, 'gi'),
    accept: ({ groups, input, index }) => {
      const { name = '', secret = '' } = groups ?? {};
      if (!isSetting.test(name) || !looksLikePassword(name, secret)) return false;
      // A comparison tells what a value is not allowed to be; a text that goes on is put together from parts.
      return !/[=!]=/.test(input.slice(index + name.length, index + name.length + 12));
    },
  },
];

/** For files that hold settings, where values stand without quotes. */
export const settingPattern: SecretPattern = {
  id: 'assigned-secret',
  kind: 'password, key or token',
  severity: 'medium',
  confidence: 'medium',
  hints: settingWords,
  certain: false,
  pattern:
    /^[ \t]*(?:export[ \t]+|-[ \t]+|set[ \t]+)?(?<name>[A-Za-z_][\w.-]{0,60})[ \t]*[=:][ \t]*(?<secret>[^\s"'`#;,]{5,300})[ \t]*(?:#.*)?\r?$/dgm,
  accept: ({ groups }) => {
    const { name = '', secret = '' } = groups ?? {};
    return isSetting.test(name) && looksLikePassword(name, secret);
  },
};
