import assert from 'node:assert/strict';
import { findSecrets } from '../../src/runner/analyzers/secretlint/find';

// Keys are put together here, so that this file has none.
const letters = 'q7Hn2Zk9Xw4Vb8Lc3Rm6Tp1Yd5Sf0GjAeUiOoEhKsNrDtBx7WqZmPvC2yJ4uLa9F6gT8d3';
const key = (prefix: string, length: number) => prefix + letters.slice(0, length);
const hex = (length: number) => '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'.slice(0, length);
const secretWord = 'PRIVATE';
const awsId = ['AKIA', '7KLFYYLBEG3RHDSV'].join('');
const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJyIjo5LCJ1IjoiazgifQ', key('', 43)].join('.');
const pem = (line: string) =>
  `-----BEGIN ${secretWord} KEY-----${line}MC4CAQAwBQYDK2VwBCIEIIa52k/Qs26i6cCEPBJaHEl0ll57qHYox5Kc78YWffn7${line}-----END ${secretWord} KEY-----`;

const planted: readonly (readonly [name: string, id: string, text: string, secret: string, path?: string])[] = [
  ['AWS access key', 'aws-access-key-id', `x = "${awsId}"`, awsId, 'a.py'],
  ['AWS access key in .env', 'aws-access-key-id', `AWS_ACCESS_KEY_ID=${awsId}`, awsId, '.env'],
  [
    'AWS access key of digits',
    'aws-access-key-id',
    `x = "${awsId.slice(0, 4)}1234567890ABCDEF"`,
    '1234567890ABCDEF',
    'a.js',
  ],
  ['OpenAI project key', 'openai-key', `k("${key('sk-proj-', 48)}")`, key('sk-proj-', 48)],
  ['Google key', 'google-api-key', `k("${key('AIza', 35)}")`, key('AIza', 35)],
  ['Telegram', 'telegram-token', `t = "123456789:${key('AA', 33)}"`, key('AA', 33)],
  ['DigitalOcean', 'digitalocean-token', `t("dop_v1_${hex(64)}")`, hex(64)],
  ['Twilio', 'twilio-key', `twilio("SK${hex(32)}")`, hex(32)],
  ['Azure', 'azure-storage-key', `AccountKey=${(letters + letters).slice(0, 86)}==;x`, letters],
  [
    'Discord',
    'discord-webhook',
    `u("https://discord.com/api/webhooks/123456789012345678/${key('', 68)}")`,
    key('', 68),
  ],
  ['Notion', 'notion-token', `t("${key('secret_', 43)}")`, key('secret_', 43)],
  ['Cloudflare', 'cloudflare-token', `cloudflare_value = "${key('', 40)}"`, key('', 40)],
  ['PyPI', 'pypi-token', `t("${key('pypi-AgEIcHlwaS', 60)}")`, key('pypi-AgEIcHlwaS', 60)],
  ['Hugging Face', 'huggingface-token', `login("${key('hf_', 34)}")`, key('hf_', 34)],
  ['Databricks', 'databricks-token', `t("dapi${hex(32)}")`, hex(32)],
  ['Shopify', 'shopify-token', `t("shpat_${hex(32)}")`, hex(32)],
  ['Vault', 'vault-token', `t("${key('hvs.', 60)}")`, key('hvs.', 60)],
  ['Grafana', 'grafana-token', `t("${key('glsa_', 32)}_${hex(8)}")`, key('glsa_', 32)],
  ['Postman', 'postman-key', `t("PMAK-${hex(24)}-${hex(34)}")`, hex(34)],
  ['Linear', 'linear-key', `t("${key('lin_api_', 40)}")`, key('lin_api_', 40)],
  ['JWT', 'jwt', `t("${jwt}")`, jwt],
  ['password in an address', 'url-password', 'u("postgres://shop:Wq8-rT2x@db.corp.internal/x")', 'Wq8-rT2x'],
  ['password', 'assigned-secret', 'const password = "Tr0ub4dor&3";', 'Tr0ub4dor&3'],
  ['api_key', 'assigned-secret', `api_key: '${key('', 24)}',`, key('', 24)],
  ['password in settings', 'assigned-secret', 'DB_PASSWORD=Tr0ub4dor3', 'Tr0ub4dor3', 'prod.env'],
  ['private key', 'private-key', `const k = \`${pem('\n')}\`;`, 'MC4CAQAwBQYDK2VwBCIE', 'k.tsx'],
  ['private key, escaped', 'private-key', `k = "${pem(String.raw`\n`)}"`, 'MC4CAQAwBQYDK2VwBCIE', 'k.py'],
];

const harmless: readonly (readonly [name: string, text: string, path?: string])[] = [
  ["AWS's documented key in a comment", '// Example only:\n// AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE'],
  ['a key in a comment that says example', `# for example\n# ${awsId}`, 'a.py'],
  ['a placeholder', 'password = "changeme-now1"; api_key = "your-api-key-000111222"'],
  ['crosses', 'const apiKey = "xxxxxxxxxxxxxxxx1234";'],
  ['a variable', 'password = "${DB_PASSWORD_1}"; u("postgres://u:${PASS}@db.corp.io/x")'],
  ['the environment', "const password = process.env['PASSWORD1'];"],
  ['a label', '{ "password": "Passwort", "passwordHint": "At least 8 characters" }', 'de.json'],
  ['a name of a field', 'const passwordField = "password1"; const tokenName = "x-csrf-token-2020-header";'],
  ['a local database', 'u("postgres://postgres:postgres@localhost:5432/x")'],
  ["the account of Oracle's manuals", 'u("oracle://scott:tiger@db.corp.io/x")'],
  ['a check for a key', 'if (s.startsWith("-----BEGIN PRIVATE KEY-----")) parse(s)'],
  ['a password among tests', 'const password = "Tr0ub4dor&3";', 'test/login.test.ts'],
  ['a comparison', 'if (password === "Tr0ub4dor&3") reject();'],
];

describe('secrets', () => {
  for (const [name, id, text, secret, path = 'a.ts'] of planted) {
    it(`finds ${name} at its line, and masks it`, async () => {
      const hits = await findSecrets(path, `\n\n${text}\n`);
      assert.deepEqual([...new Set(hits.map((hit) => hit.id))], [id]);
      assert.equal(hits[0]?.line, 3);
      assert.ok(!JSON.stringify(hits).includes(secret));
      assert.match(hits[0].snippet, /\*{8}/);
    });
  }

  for (const [name, text, path = 'a.ts'] of harmless) {
    it(`does not report ${name}`, async () => {
      assert.deepEqual(await findSecrets(path, text), []);
    });
  }

  it('heeds secretlint’s own comments, for every kind of secret', async () => {
    const lines = [
      `x = "${awsId}"  # secretlint-disable-line`,
      '# secretlint-disable-next-line',
      `k = "${key('sk-proj-', 48)}"`,
      '# secretlint-disable-next-line',
      `p = '''${pem('\n')}'''`,
      '# secretlint-disable',
      `t = "123456789:${key('AA', 33)}"`,
      '# secretlint-enable',
    ];
    assert.deepEqual(await findSecrets('a.py', lines.join('\n')), []);
    const again = await findSecrets('a.py', lines.map((line) => line.replace(/secretlint-\S+/, '')).join('\n'));
    assert.deepEqual(
      again.map((hit) => hit.line),
      [1, 3, 5, 9],
    );
  });

  it('masks every secret of the line', async () => {
    const hits = await findSecrets('a.ts', `f("${awsId}", "${key('AIza', 35)}")`);
    assert.deepEqual(
      hits.map((hit) => hit.snippet),
      Array(2).fill('f("********", "********")'),
    );
  });

  it('takes keys among tests less seriously', async () => {
    assert.equal((await findSecrets('test/a.ts', `x("${awsId}")`))[0]?.severity, 'low');
  });
});
