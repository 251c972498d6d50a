import type { Confidence, Severity } from '../../protocol';
import { longestBlock } from './literals';
import { entropy } from './values';

export interface SecretPattern {
  readonly id: string;
  /** As in "A hard-coded <kind>". */
  readonly kind: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Every text with such a secret contains one of these (in lower case), so that most files need no search. */
  readonly hints: readonly string[];
  /** Flags d and g, or y with `around`. The group `secret` is masked, or the whole match without one. */
  readonly pattern: RegExp;
  /** With flag g: a part of the name that `pattern` begins with and `accept` checks. Searching for it first takes a tenth of the time. */
  readonly around?: RegExp;
  /** Distinguishes a secret from text of the same shape. */
  accept?(match: RegExpExecArray): boolean;
  /** Where the secret ends, if `pattern` matches only its beginning. @param from the end of the match, an offset as those of `pattern` are */
  endOf?(text: string, from: number): number;
  /** Reported in tests and fixtures too, since its shape is unambiguous. */
  readonly certain: boolean;
}

function token(
  id: string,
  kind: string,
  hints: string[],
  pattern: RegExp,
  accept?: SecretPattern['accept'],
): SecretPattern {
  const shared = { id, kind, severity: 'high', confidence: 'high', hints, pattern, certain: true } as const;
  return accept ? { ...shared, accept } : shared;
}

const secretOf = (match: RegExpExecArray) => match.groups?.['secret'] ?? match[0];
const random = (bits: number) => (match: RegExpExecArray) => entropy(secretOf(match)) >= bits;

/** What may separate the parts of a key in source code: real or escaped line breaks, quotes, plus signs, comment marks. */
const glue = String.raw`(?:\\[rnt]|[\s"'\x60+,.\\#*>|-]){1,40}`;
/** The beginning of a private key. */
const privateKey = new RegExp(
  String.raw`-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP|SSH2 ENCRYPTED) )?PRIVATE KEY(?: BLOCK)?-----${glue}(?:(?:Proc-Type|DEK-Info|Version|Comment)[^\n\\]{0,80}(?=[\n\\])${glue}){0,4}(?:M[A-Z][A-Za-z0-9+/=]{6}|b3BlbnNza|[A-Za-z0-9+/=]{40})`,
  'gd',
);

/**
 * Where a private key whose first characters end at `from` ends: after its last line or, without one, at the end of the literal or of the
 * key's characters. It ends before the next marker at the latest, so that many starts take no longer than their text.
 */
function endOfKey(text: string, from: number): number {
  const marker = text.indexOf('-----', from);
  const most = Math.min(marker < 0 ? text.length : marker, from + longestBlock);
  const rest = /^[\w+/=\s"'`,.\\#*>|-]*/.exec(text.slice(from, most))?.[0] ?? '';
  const last = /-----END(?: [A-Z0-9 ]{0,40}-----)?/y;
  last.lastIndex = marker;
  if (from + rest.length === marker && last.test(text)) return last.lastIndex;
  const quote = rest.search(/["'`]/);
  return from + (quote < 0 ? rest.length : quote);
}

/** Keys and tokens that are recognized by their shape alone, including those that secretlint's preset does not know. */
export const tokens: readonly SecretPattern[] = [
  token(
    'aws-access-key-id',
    'AWS access key',
    ['akia', 'asia', 'abia', 'acca'],
    /(?<![A-Za-z0-9+/])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9+/=])/dg,
    (m) => random(2.5)(m),
  ),
  token(
    'aws-secret-key',
    'AWS secret key',
    ['aws', 'secret_access', 'secretaccess'],
    /(?:aws.{0,20}(?<!sha\d{1,3})|secret.?access.?key["'\x60]?\s{0,4})[=:]>?\s{0,4}["'\x60]?(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/dgi,
    random(4),
  ),
  { ...token('private-key', 'private key', ['private key'], privateKey), endOf: endOfKey },
  token(
    'openai-key',
    'OpenAI key',
    ['sk-'],
    /(?<![\w-])sk-(?:(?:proj|svcacct|admin|None)-[\w-]{20,200}|[A-Za-z0-9]{48})(?![\w-])/dg,
    random(3.5),
  ),
  token('google-api-key', 'Google API key', ['aiza'], /(?<![\w-])AIza[\w-]{35}(?![\w-])/dg, random(3.5)),
  token('google-oauth-secret', 'Google OAuth client secret', ['gocspx-'], /(?<![\w-])GOCSPX-[\w-]{28}(?![\w-])/dg),
  token(
    'stripe-key',
    'Stripe key',
    ['k_live_', 'k_test_'],
    /(?<![\w-])[sr]k_(?:live|test)_[A-Za-z0-9]{16,120}(?![\w-])/dg,
    random(3),
  ),
  token(
    'twilio-key',
    'Twilio key',
    ['twilio'],
    /(?<=twilio[\s\S]{0,300})(?<![\w])SK[0-9a-f]{32}(?!\w)|twilio.{0,30}["'\x60=:\s](?<secret>[0-9a-f]{32})(?!\w)/dgi,
    random(2.8),
  ),
  token('azure-storage-key', 'Azure storage key', ['accountkey'], /AccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/dg),
  token(
    'azure-shared-key',
    'Azure shared access key',
    ['sharedaccesskey'],
    /SharedAccessKey=(?<secret>[A-Za-z0-9+/]{43}=)/dg,
  ),
  token(
    'azure-client-secret',
    'Azure client secret',
    ['q~'],
    /(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])/dg,
    random(3.5),
  ),
  token('telegram-token', 'Telegram bot token', [':aa'], /(?<![\w:])\d{8,10}:AA[\w-]{33}(?![\w-])/dg),
  token(
    'discord-token',
    'Discord bot token',
    ['discord', 'bot', 'token'],
    /(?<![\w.-])[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,38}(?![\w.-])/dg,
    random(4),
  ),
  token(
    'discord-webhook',
    'Discord webhook',
    ['/api/webhooks/'],
    /https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/(?<secret>[\w-]{60,80})/dg,
  ),
  token(
    'slack-webhook',
    'Slack webhook',
    ['hooks.slack.com'],
    /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/(?<secret>[A-Za-z0-9+/]{30,80})/dg,
    random(3),
  ),
  token(
    'slack-token',
    'Slack token',
    ['xox', 'xapp-'],
    /(?<![\w-])(?:xox[abeoprs]|xapp)-[\w-]{20,200}(?![\w-])/dg,
    random(3),
  ),
  token(
    'notion-token',
    'Notion token',
    ['secret_', 'ntn_'],
    /(?<![\w-])(?:secret_[A-Za-z0-9]{43}|ntn_\d{9,11}[A-Za-z0-9]{35,37})(?![\w-])/dg,
    random(3.5),
  ),
  token(
    'cloudflare-token',
    'Cloudflare token',
    ['cloudflare', 'cf_api', 'cf_token', 'v1.0-'],
    /(?:cloudflare|\bcf).{0,40}?["'\x60=:\s](?<secret>[A-Za-z0-9_-]{40}|[a-f0-9]{37})(?![\w-])|(?<![\w-])v1\.0-[a-f0-9]{24}-[a-f0-9]{146}/dgi,
    random(3),
  ),
  token('digitalocean-token', 'DigitalOcean token', ['_v1_'], /(?<![\w-])do[opr]_v1_[a-f0-9]{64}(?!\w)/dg, random(3)),
  token('pypi-token', 'PyPI token', ['pypi-ageichlwas'], /(?<![\w-])pypi-AgEIcHlwaS[\w-]{50,1000}/dg),
  token('npm-token', 'npm token', ['npm_'], /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/dg, random(3.5)),
  token(
    'github-token',
    'GitHub token',
    ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{60,90})(?!\w)/dg,
    random(3.5),
  ),
  token('huggingface-token', 'Hugging Face token', ['hf_'], /(?<!\w)hf_[A-Za-z0-9]{30,40}(?!\w)/dg, random(3.5)),
  token('databricks-token', 'Databricks token', ['dapi'], /(?<!\w)dapi[0-9a-f]{32}(?:-\d)?(?!\w)/dg, random(3)),
  token(
    'shopify-token',
    'Shopify token',
    ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    /(?<!\w)shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}(?!\w)/dg,
    random(3),
  ),
  token('vault-token', 'Vault token', ['hvs.', 'hvb.'], /(?<![\w.])hv[sb]\.[\w-]{24,300}(?![\w-])/dg, random(3.5)),
  token(
    'grafana-token',
    'Grafana token',
    ['glsa_', 'glc_'],
    /(?<!\w)(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2})(?!\w)/dg,
    random(3.5),
  ),
  token('atlassian-token', 'Atlassian token', ['atatt3'], /(?<!\w)ATATT3[\w=-]{180,200}(?![\w=-])/dg, random(3.5)),
  token('postman-key', 'Postman key', ['pmak-'], /(?<!\w)PMAK-[0-9a-f]{24}-[0-9a-f]{34}(?!\w)/dg, random(3)),
  token('linear-key', 'Linear key', ['lin_api_'], /(?<!\w)lin_api_[A-Za-z0-9]{40}(?!\w)/dg, random(3.5)),
  token('gitlab-token', 'GitLab token', ['glpat-'], /(?<![\w-])glpat-[\w-]{20,60}(?![\w-])/dg, random(3)),
  token(
    'mailgun-key',
    'Mailgun key',
    ['mailgun'],
    /(?<=mailgun[\s\S]{0,200})(?<![\w-])key-[0-9a-z]{32}(?![\w-])/dgi,
    random(3),
  ),
  token('sendgrid-key', 'SendGrid key', ['sg.'], /(?<![\w.-])SG\.[\w-]{20,24}\.[\w-]{39,50}(?![\w.-])/dg, random(4)),
  token('anthropic-key', 'Anthropic key', ['sk-ant-'], /(?<![\w-])sk-ant-[a-z0-9]{3,8}-[\w-]{80,120}(?![\w-])/dg),
  token(
    'heroku-key',
    'Heroku key',
    ['heroku'],
    /heroku.{0,30}["'\x60=:\s](?<secret>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?![\w-])/dgi,
    random(3),
  ),
  {
    id: 'jwt',
    kind: 'JSON Web Token',
    severity: 'medium',
    confidence: 'medium',
    hints: ['eyj'],
    certain: false,
    pattern: /(?<![\w.-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}(?![\w-])/dg,
    // The example token of every tutorial.
    accept: (match) => !/1234567890|John Doe|example/i.test(decodePayload(match[0])),
  },
];

/** What secretlint's preset recognizes in addition to our patterns, for masking. */
const ofPreset: readonly Pick<SecretPattern, 'hints' | 'pattern'>[] = [
  {
    hints: [
      'ops_',
      'figd_',
      'gsk_',
      'tskey-',
      'dckr_pat_',
      'hvr.',
      'cfk_',
      'cfut_',
      'cfat_',
      'xapp-',
      'lin_',
      'sk-ant-',
    ],
    pattern:
      /(?<![\w-])(?:(?:ops_eyJ|figd_|gsk_|tskey-|dckr_pat_|hvr\.|cf(?:k|ut|at)_|xapp-|lin_|sk-ant-)[\w.+/=-]{16,2000})/dg,
  },
  { hints: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'], pattern: /(?<![\w-])vc[piark]_[\w-]{16,200}/dg },
  { hints: ['ghs_'], pattern: /(?<!\w)ghs_[\w.-]{36,500}/dg },
  { hints: ['x-oauth-basic'], pattern: /(?<secret>[\w-]{16,100}):x-oauth-basic/dg },
  {
    hints: ['t3blbkfj'],
    pattern: /(?<![\w-])sk-[\w-]{20,200}T3BlbkFJ[\w-]{20,200}/dg,
  },
  { hints: ['private_key_id'], pattern: /private_key_id["']?\s*[:=]\s*["']?(?<secret>[\da-f]{40})/dg },
];

/** Every secret that is masked by its shape. */
export const allTokens: readonly Pick<SecretPattern, 'hints' | 'pattern' | 'endOf'>[] = [...tokens, ...ofPreset];

function decodePayload(jwt: string): string {
  return Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8');
}
