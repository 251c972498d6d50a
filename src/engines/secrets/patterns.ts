import type { SecretPattern } from '../../findings/secrets/tokens';
import { tokens } from '../../findings/secrets/tokens';
import { entropy, isPlaceholder, looksLikePassword } from '../../findings/secrets/values';

const assigned = String.raw`(?<name>[A-Za-z_][\w.-]{0,60})["'\x60]?\]?\s{0,8}(?::\s{0,3}[A-Za-z_][\w.<>\[\]]{0,30}\s{0,3})?(?:=>|:=|==?=?|:)\s{0,8}`;
const settingWords = ['pass', 'pwd', 'secret', 'token', 'key', 'credential'];
const isSetting = new RegExp(settingWords.join('|'), 'i');

const presetRule = { severity: 'high', confidence: 'high', certain: true } as const;

/** What secretlint's preset has recognized since 13.0, which needs Node 22, and 12.0 does not. Remove this when Node 20 is no longer supported. */
export const laterPreset: readonly SecretPattern[] = [
  {
    ...presetRule,
    id: 'stripe',
    kind: 'Stripe key',
    hints: ['sk_live', 'sk_test', 'rk_live', 'rk_test'],
    pattern: /(?<!\p{L})(?:sk|rk)_(?:live|test)_[a-zA-Z0-9]{24,99}(?![a-zA-Z0-9])/dgu,
  },
  {
    ...presetRule,
    id: 'github',
    kind: 'GitHub token',
    hints: ['ghs_'],
    pattern: /(?<!\p{L})ghs_\d{1,20}_[\w-]{1,1000}\.[\w-]{1,10000}\.[\w-]{1,1000}(?![\w-])/dgu,
  },
  {
    ...presetRule,
    id: 'cloudflare',
    kind: 'Cloudflare token',
    hints: ['cfk_', 'cfut_', 'cfat_'],
    pattern: /(?<!\p{L})(?:cfk|cfut|cfat)_[A-Za-z0-9]{40}[0-9a-f]{8}(?![A-Za-z0-9])/dgu,
  },
  {
    ...presetRule,
    id: 'tailscale',
    kind: 'Tailscale key',
    hints: ['tskey-'],
    pattern: /(?<!\p{L})tskey-[a-z]{2,20}-\w{8,40}-\w{16,60}(?!\w)/dgu,
  },
];

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
      String.raw`${assigned}(?:[rbuf@$]{0,2})(?<quote>["'\x60])(?<secret>[^"'\x60\r\n]{5,300})\k<quote>`,
      'yd',
    ),
    around: new RegExp(isSetting, 'gi'),
    accept: ({ groups, input, index }) => {
      const { name = '', secret = '' } = groups ?? {};
      if (!isSetting.test(name) || !looksLikePassword(name, secret)) return false;
      // In a comparison, the text is not the value.
      return !/[=!]=/.test(input.slice(index + name.length, index + name.length + 12));
    },
  },
  found(
    ['password=', 'pwd=', 'password =', 'pwd ='],
    /(?<![\w.])(?<name>password|pwd)[ \t]{0,2}=[ \t]{0,2}\\?["']?(?<secret>[^;"'\x60<>\s\\&,]{4,200})/dgi,
    (match) => {
      const { input, index } = match;
      const before = lineBefore(input, index);
      const around = before + (input.slice(index, index + 300).split(/[\r\n]/, 1)[0] ?? '');
      return connection.test(around) && !/^[+.$%{(]|[)}(]$/.test(secretOf(match)) && isPassword(match);
    },
  ),
  found(
    ['password', 'passwd', 'passphrase', 'secret', 'token', 'pwd', 'apikey'],
    /<(?:\w{1,20}:)?(?<name>[A-Za-z_][\w.-]{0,60})(?:\s[^<>]{0,200})?>\s{0,40}(?:<!\[CDATA\[)?(?<secret>[^<>\s{}]{5,300}?)(?:\]\]>)?\s{0,40}<\//dg,
    isNamed,
  ),
  found(
    ['value="', "value='", 'value:', '"value"', 'value ='],
    /\b(?:key|name)["']?\s{0,3}[=:]\s{0,3}["']?(?<name>[\w.:-]{1,80})["']?,?\s{1,60}["']?value["']?\s{0,3}[=:]\s{0,3}["']?(?<secret>[^"'<>\s,]{5,300})/dgi,
    isNamed,
  ),
  found(
    ['define'],
    /\bdefine\s{0,3}\(\s{0,3}["'](?<name>\w{3,60})["']\s{0,3},\s{0,3}["'](?<secret>[^"'\r\n]{5,300})["']/dgi,
    isNamed,
  ),
  found(
    [
      'password("',
      "password('",
      'passwd("',
      "passwd('",
      'apikey("',
      "apikey('",
      'token("',
      "token('",
      'secret("',
      "secret('",
    ],
    /(?<![\w$])(?:set|with|add)?_?(?<name>\w{0,40}(?:passw(?:or)?d|apikey|token|secret))\(\s{0,3}["'](?<secret>[^"'\r\n\s]{5,300})["']\s{0,3}\)/dgi,
    (match) =>
      !/^(?:get|is|has|check|verify|hash|encode|encrypt|decrypt|validate|find|parse|decode|test)|^[A-Z\d_]+\(/.test(
        match[0],
      ) && isNamed(match),
  ),
  found(
    ['put(', 'set(', 'setproperty(', 'header(', 'setenv(', 'append(', 'add('],
    /\b(?:put|set|setProperty|setRequestHeader|setHeader|addHeader|header|append|setenv|putenv|add)\(\s{0,3}["'](?<name>[\w.-]{3,60})["']\s{0,3},\s{0,3}["'](?<secret>[^"'\r\n\s]{5,300})["']/dg,
    isNamed,
  ),
  found(
    ['auth', 'credential', 'login', 'getconnection'],
    /(?:\b(?:http_?)?(?:basic_?)?auth\s{0,3}[=:]\s{0,3}|\b(?:HTTP(?:Basic|Digest)Auth|SetBasicAuth|basicAuth|NetworkCredential|UsernamePassword\w{0,20}|PasswordAuthentication|login|authenticate)\s{0,3})[([]\s{0,3}[bru]?["'][^"'\r\n]{1,80}["']\s{0,3},\s{0,3}[bru]?["'](?<secret>[^"'\r\n\s]{5,200})["']/dgi,
    isPassword,
  ),
  found(
    ['mysql', 'mariadb', 'sshpass', 'redis-cli', 'docker login', 'podman login', '--password', '--pass', 'curl'],
    /(?:\b(?:mysql|mariadb)\w{0,10}\b[^\n|;&"']{0,200}?[ \t]-p|\bsshpass[ \t]+-p[ \t]?["']?|\bredis-cli\b[^\n|;&]{0,100}?[ \t]-a[ \t]+["']?|\b(?:docker|podman|helm registry)[ \t]+login\b[^\n|;&]{0,200}?[ \t]-p[ \t]+["']?|--?(?:http-|proxy-|db-|admin-)?pass(?:word|wd)?[= \t]["']?|\bcurl\b[^\n|;&]{0,200}?[ \t](?:-u|--user)[= \t]{0,2}["']?[\w.@%+-]{1,60}:)(?<secret>[^\s"'\x60|;&<>)]{5,100})/dg,
    (match) => !/^-|^[\w.]+\(|^[./]/.test(secretOf(match)) && isPassword(match),
  ),
  found(
    ['authorization'],
    /authorization["'\x60\]]{0,2}\s{0,3}[,:=]\s{0,3}[fbru]?["'\x60]?(?:bearer|basic|token)\s{1,3}(?<secret>[\w.~+/-]{16,2000}={0,2})/dgi,
    (match) => isRandom(secretOf(match)),
  ),
  found(
    ['environ', 'getenv', 'env.fetch', 'env('],
    /(?:\benviron\.get|\bgetenv|\bENV\.fetch|\benv|\bgetenv_or)\(\s{0,3}["'](?<name>\w{3,60})["']\s{0,3},\s{0,3}["'](?<secret>[^"'\r\n\s]{5,300})["']/dg,
    isNamed,
  ),
  found(
    ['process.env'],
    /\bprocess\.env(?:\.|\[["'])(?<name>\w{3,60})(?:["']\])?\s{0,3}(?:\|\||\?\?)\s{0,3}["'\x60](?<secret>[^"'\x60\r\n\s]{5,300})["'\x60]/dg,
    isNamed,
  ),
  found(['${'], /\$\{(?<name>[A-Za-z_][\w.]{2,60}):[-=]?(?<secret>[^}{\s$]{5,300})\}/dg, isNamed),
  found(
    ['identified by', 'password'],
    /\b(?:IDENTIFIED\s{1,3}BY|(?:WITH|ENCRYPTED|LOGIN)\s{1,3}PASSWORD)\s{1,3}["'](?<secret>[^"'\r\n]{5,200})["']/dgi,
    isPassword,
  ),
  found(
    ['securestring'],
    /\bConvertTo-SecureString\s{1,3}(?:-String\s{1,3})?["'](?<secret>[^"'$\r\n]{5,200})["']/dgi,
    isPassword,
  ),
  found(['<key>'], /<key>(?<name>[\w.-]{3,60})<\/key>\s{0,40}<string>(?<secret>[^<>\s]{5,300})<\/string>/dg, isNamed),
  found(
    ['ansible_'],
    /\bansible_\w{0,40}pass(?:word)?\s{0,3}[=:]\s{0,3}["']?(?<secret>[^\s"'{]{4,200})/dg,
    (match) => !isPlaceholder(secretOf(match)),
  ),
  found(
    ['validationkey', 'decryptionkey'],
    /\b(?:validation|decryption)Key\s{0,3}=\s{0,3}["'](?<secret>[\da-f]{32,256})["']/dgi,
    (match) => entropy(secretOf(match)) > 2.5,
  ),
  found(['"auths"'], /"auth"\s{0,3}:\s{0,3}"(?<secret>[A-Za-z\d+/]{12,2000}={0,2})"/dg, (match) =>
    /^[^\s:]+:.{3,}/.test(Buffer.from(secretOf(match), 'base64').toString('utf8')),
  ),
];

/** A pattern for values that are assigned or passed. */
function found(hints: readonly string[], pattern: RegExp, accept: NonNullable<SecretPattern['accept']>): SecretPattern {
  return {
    id: 'assigned-secret',
    kind: 'password, key or token',
    severity: 'medium',
    confidence: 'medium',
    hints,
    certain: false,
    pattern,
    accept,
  };
}

function secretOf({ groups }: RegExpExecArray): string {
  return groups?.['secret'] ?? '';
}

function isNamed({ groups }: RegExpExecArray): boolean {
  return looksLikePassword(groups?.['name'] ?? '', groups?.['secret'] ?? '');
}

function isPassword(match: RegExpExecArray): boolean {
  return looksLikePassword('password', secretOf(match));
}

function isRandom(value: string): boolean {
  return /\d/.test(value) && /[A-Za-z]/.test(value) && !isPlaceholder(value) && entropy(value) >= 3.3;
}

/** Other settings in a connection string. */
const connection =
  /jdbc:|(?:^|[;"'\x60>?&\s])(?:server|data source|datasource|host(?:name)?|addr(?:ess)?|user ?id|uid|user(?:name)?|database|dbname|initial catalog|driver|dsn|endpoint|port)[ \t]{0,2}=/i;

function lineBefore(text: string, index: number): string {
  return (
    text
      .slice(Math.max(0, index - 300), index)
      .split(/[\r\n]/)
      .at(-1) ?? ''
  );
}

/** For settings files, in which values have no quotes. */
export const settingPattern: SecretPattern = {
  id: 'assigned-secret',
  kind: 'password, key or token',
  severity: 'medium',
  confidence: 'medium',
  hints: settingWords,
  certain: false,
  pattern:
    /^[ \t]*(?:export[ \t]+|-[ \t]+|set[ \t]+|ENV[ \t]+|ARG[ \t]+)?(?<name>[A-Za-z_][\w.-]{0,60})[ \t]*[=:][ \t]*(?<secret>[^\s"'`]{5,300})[ \t]*(?:[#;].*)?\r?$/dgm,
  accept: ({ groups }) => {
    const { name = '', secret = '' } = groups ?? {};
    return isSetting.test(name) && looksLikePassword(name, secret);
  },
};

/** For the credential files of programs, by file name: in these positions, nothing but secrets occurs. */
export const filePatterns: readonly (Pick<SecretPattern, 'pattern'> & { readonly file: RegExp })[] = [
  { file: /(?:^|\/)[._]netrc$/, pattern: /\bpassword\s+(?<secret>\S{3,300})/dg },
  {
    file: /(?:^|\/)[^/]*\.conf$/,
    pattern: /^[ \t]*(?:requirepass|masterauth|(?:root)?bindpw|sasl_passwd)[ \t]+["']?(?<secret>[^\s"']{4,300})/dgm,
  },
  {
    file: /(?:^|\/)(?:[^/]*\.)?dockerfile(?:\.[\w.-]+)?$/i,
    pattern: /^[ \t]*ENV[ \t]+\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)[ \t]+["']?(?<secret>[^\s"'$]{5,300})/dgm,
  },
  { file: /(?:^|\/)\.?pgpass(?:\.conf)?$/, pattern: /^[^#:\s]+:[\d*]+:[^:\n]+:[^:\n]+:(?<secret>\S{3,300})\r?$/dgm },
  {
    file: /(?:^|\/)\.?htpasswd$/,
    pattern: /^[^:\s#]+:(?<secret>(?:\$(?:apr1|2[aby]|5|6)\$|\{SHA\})\S{8,200}|[./\w]{13})\r?$/dgm,
  },
  {
    file: /(?:^|\/)\.(?:npmrc|yarnrc)$/,
    pattern: /_(?:auth|authToken|password)\s*=\s*["']?(?<secret>[^\s"']{8,2000})/dg,
  },
  { file: /(?:^|\/)\.yarnrc\.yml$/, pattern: /npmAuth(?:Token|Ident):\s*["']?(?<secret>[^\s"']{8,2000})/dg },
  {
    file: /(?:^|\/)(?:\.pypirc|\.?my\.cnf|\.s3cfg|\.boto|\.dockercfg|\.?mylogin\.cnf)$/,
    pattern:
      /^[ \t]*(?:password|passwd|secret_key|access_token|gs_secret_access_key)[ \t]*[=:][ \t]*["']?(?<secret>[^\s"']{3,300})/dgm,
  },
];
