import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { lintSource } from '@secretlint/core';
import { creator as preset } from '@secretlint/secretlint-rule-preset-recommend';
import fc from 'fast-check';
import { findSecrets, matchesAround } from '../../src/engines/secrets/find';
import { patterns } from '../../src/engines/secrets/patterns';

// Keys are assembled here, so that this file contains none.
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
  ['a name that begins with a digit', 'assigned-secret', '"1password": "Tr0ub4dor&3x"', 'Tr0ub4dor&3x', 'a.json'],
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
  ['a parameter put together', 'url = "/login?password="+pw1+"&x=1"'],
  ['a comparison', 'if (password === "Tr0ub4dor&3") reject();'],
];

/** What the rules of secretlint's preset find, except for the two that do not count here. */
const ofPreset: Readonly<Record<string, readonly (string | readonly [path: string, text: string])[]>> = {
  '1password': [`ops_${btoa(JSON.stringify({ a: letters, b: `${letters}xx` }))}`],
  anthropic: [`${key('sk-ant-api03-', 60)}${letters.slice(0, 35)}AA`],
  aws: [`Aws_Secret_AccessKey = "${letters.slice(0, 40)}"`, `secretaccess_key: ${letters.slice(0, 40)}`],
  databricks: [`dapi${hex(32)}`],
  docker: [key('dckr_pat_', 27)],
  figma: [key('figd_', 44)],
  gcp: [['key.json', JSON.stringify({ private_key_id: hex(40), private_key: pem('\n') })]],
  github: [key('ghp_', 36), `${key('github_pat_', 70)}${letters.slice(0, 12)}`],
  gitlab: [key('glpat-', 20)],
  grafana: [key('glc_', 40), `${key('glsa_', 32)}_${hex(8)}`],
  groq: [key('gsk_', 52)],
  'hashicorp-vault': ['hvs.', 'hvb.', 'hvr.'].map((prefix) =>
    `${prefix}${letters}${letters}`.slice(0, 150 - 50 * Number(prefix !== 'hvb.')),
  ),
  huggingface: [`hf_${letters.replace(/\d/g, '').slice(0, 34)}`],
  linear: [key('lin_api_', 40)],
  notion: [`ntn_12345678901${letters.slice(0, 35)}`],
  npm: [
    ['.npmrc', `_authToken=${letters.slice(0, 36)}`],
    key('npm_', 36),
    ['package.json', `https://${letters.slice(0, 20)}:x-oauth-basic@github.com/a/b`],
  ],
  openai: [`${key('sk-proj-', 58)}T3BlbkFJ${letters.slice(0, 58)}`],
  privatekey: [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
  sendgrid: [`SG.${letters.slice(0, 22)}.${letters.slice(0, 43)}`],
  shopify: [`shppa_${hex(32)}`],
  slack: [
    `xoxb-123456789012-1234567890123-${letters.slice(0, 24)}`,
    `https://hooks.slack.com/services/T0A9B8C7/B0D6E5F4/${letters.slice(0, 24)}`,
  ],
  vercel: [key('vcp_', 56), key('vck_', 56)],
};

/** What they have found since 13.0, which we detect ourselves as long as Node 20 is supported. */
const ofLaterPreset: Readonly<Record<string, readonly string[]>> = {
  cloudflare: ['cfk_', 'cfut_', 'cfat_'].map((prefix) => `${key(prefix, 40)}${hex(8)}`),
  github: [`ghs_7_${letters}.${letters}.${letters}`],
  stripe: ['x_sk_live_', 'x_sk_test_', '9rk_live_', '-rk_test_'].map((prefix) => key(prefix, 24)),
  tailscale: [
    `tskey-auth-${letters.slice(0, 17)}-${letters.slice(0, 32)}`,
    `tskey-new-${letters.slice(0, 8)}-${letters.slice(0, 20)}`,
  ],
};

describe('secrets', () => {
  it('include those of newer preset rules, under the same names', async () => {
    for (const [id, samples] of Object.entries(ofLaterPreset)) {
      for (const sample of samples) {
        const [found, ...others] = await findSecrets('a.txt', `first\n ${sample}\n`);
        assert.deepEqual([found?.id, found?.severity, found?.line, others.length], [id, 'high', 2, 0], sample);
        assert.ok(!found?.snippet.includes(sample));
      }
    }
  });

  it('include everything that the preset finds, though it skips most files', async () => {
    const source = readFileSync('node_modules/@secretlint/secretlint-rule-preset-recommend/module/index.js', 'utf8');
    const others = ['basicauth', 'database-connection-string', 'filter-comments', 'preset-recommend'];
    const ids = [...source.matchAll(/^ +id: "@secretlint\/secretlint-rule-([\w-]+)"/gm)].map(([, id = '']) => id);
    assert.deepEqual(Object.keys(ofPreset).sort(), ids.filter((id) => !others.includes(id)).sort());
    for (const [id, samples] of Object.entries(ofPreset)) {
      for (const sample of samples) {
        const [name, content] = typeof sample === 'string' ? ['a.txt', `first\n ${sample}\n`] : sample;
        const { messages } = await lintSource({
          source: { filePath: name, content, ext: name.slice(name.lastIndexOf('.')), contentType: 'text' },
          options: { config: { rules: [{ id: 'preset', rule: preset }] }, noPhysicFilePath: true },
        });
        const found = messages.map(({ ruleId }) => ruleId.replace('@secretlint/secretlint-rule-', ''));
        assert.ok(found.includes(id), `${content} is of ${found.join()}`);
        assert.ok((await findSecrets(name, content)).length > 0, content);
      }
    }
  });

  it('that are assigned to names are found around words as in a search of the whole text', () => {
    const { pattern, around } = patterns.find(({ id }) => id === 'assigned-secret') ?? assert.fail();
    assert.ok(around);
    const whole = new RegExp(pattern, 'gd');
    const long = 'a_very_long_name_of_a_variable_'.repeat(2);
    const parts = [
      'password',
      'key',
      'Token',
      'url',
      '1',
      '_',
      '-',
      '.',
      ' ',
      '\n',
      '=',
      ':',
      '=>',
      '+',
      '?',
      '&',
      ']',
      long,
    ];
    const piece = fc.constantFrom(
      ...parts,
      '"',
      "'",
      '"abcdef"',
      "'x1y2z3'",
      ' = "',
      '": "',
      ': Secret = "',
      'password = "x1y2z3"',
      'api_key: "abcdefg"',
    );
    const told = (matches: Iterable<RegExpExecArray>) =>
      [...matches]
        .filter(({ groups }) => new RegExp(around, 'i').test(groups?.['name'] ?? ''))
        .map((m) => [m.index, m[0]]);
    let found = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const expected = told(text.matchAll(whole));
        found += expected.length;
        assert.deepEqual(told(matchesAround(around, pattern, text)), expected);
      }),
      {
        numRuns: 3_000,
        examples: [[[long, '=>', '\n', "'x1y2z3'", '\n', ': Secret = "', ': Secret = "']]],
      },
    );
    assert.ok(found > 100);
  });

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

  it('include those that secretlint’s own comments suppress, which the policy decides', async () => {
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
    const again = await findSecrets('a.py', lines.join('\n'));
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

  it('rates keys in tests lower', async () => {
    assert.equal((await findSecrets('test/a.ts', `x("${awsId}")`))[0]?.severity, 'low');
    for (const path of ['test/login.test.ts', 'examples/login.ts', 'docs/login.md', 'i18n/de.json'])
      assert.equal((await findSecrets(path, 'const password = "Tr0ub4dor&3";'))[0]?.severity, 'low', path);
    assert.equal((await findSecrets('src/login.ts', 'const password = "Tr0ub4dor&3";'))[0]?.severity, 'medium');
  });

  it('recognizes labels and versions', async () => {
    const labels = '{ "LABEL_PASSWORD": "Password", "FORGOT_PASSWORD": "Forgot?", "CURRENT_PASSWORD": "Passwort" }';
    for (const path of ['src/assets/i18n/en.json', 'src/labels.json', 'src/app.ts'])
      assert.deepEqual(await findSecrets(path, labels), [], path);
    const foreign =
      '{ "Change Password": "เปลี่ยนรหัสผ่าน", "Password": "Пароль!", "Repeat Password": "パスワードを再入力" }';
    for (const path of ['src/lang/th-TH.json', 'src/labels.json'])
      assert.deepEqual(await findSecrets(path, foreign.replace(path.includes('lang') ? '' : '!', '')), [], path);
    assert.equal((await findSecrets('src/lang/db.php', `$db['password'] = 'x8Kq2vPz';`)).length, 1);
    for (const version of ['^1.7.1', '~2.0.0-beta.3', '>=1.2.3', '1.2.3'])
      assert.deepEqual(await findSecrets('package.json', `{ "generate-password": "${version}" }`), [], version);
  });
});
