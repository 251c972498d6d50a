import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formats } from '../../src/findings/formats';
import { writeCsv } from '../../src/findings/csv';
import { mergeIssues } from '../../src/findings/merge';
import { importSarif } from '../../src/findings/importSarif';
import { FileSecrets, maskIssue } from '../../src/findings/secrets/maskIssue';
import { maskSecrets, secretsIn } from '../../src/findings/secrets/maskSecrets';
import { literalsOf, snippetOf } from '../../src/findings/secrets/snippet';
import type { FoundIssue, Report } from '../../src/protocol';

/** Notations of many languages and programs; S stands for the secret. */
const notations = [
  `a = requests.get("https://x", auth=("deploy", "S"), verify=False)`,
  `mysql -u root -pS`,
  `mysql -u root -p S db`,
  `mysql -u root --password=S`,
  `subprocess.run(["mysql","-u","root","-pS"])`,
  `curl -u deploy:S https://x`,
  `curl --user deploy:S`,
  `curl -H "Authorization: Bearer S" x`,
  `headers = {"Authorization": "Basic S"}`,
  `{ 'X-Api-Key': 'S' }`,
  `r.setRequestHeader("X-Api-Key", "S")`,
  `password: S`,
  `password = S`,
  `PASSWORD=S`,
  `export DB_PASSWORD=S`,
  `ENV DB_PASSWORD S`,
  `ENV DB_PASSWORD=S`,
  `  - DB_PASSWORD=S`,
  `  DB_PASSWORD: S # c`,
  `"Server=db;User Id=a;Password=S;"`,
  `Pwd=S;Server=x`,
  `jdbc:mysql://h/db?user=x&password=S`,
  `jdbc:sqlserver://h;user=a;password=S;encrypt=true`,
  `postgres://u:S@h/db`,
  `<password>S</password>`,
  `<add key="DbPassword" value="S"/>`,
  `<property name="password" value="S"/>`,
  `<entry key="password">S</entry>`,
  `<key>Password</key>\n<string>S</string>`,
  `<connection user="a" password="S"/>`,
  `define('DB_PASSWORD', 'S');`,
  `$config['password'] = 'S';`,
  `'password' => 'S',`,
  `:password => "S"`,
  `password := "S"`,
  `conn->password = "S";`,
  `let password: &str = "S";`,
  `var password: String = "S"`,
  `const password: string = 'S'`,
  `private static final String PASSWORD = "S";`,
  `#define PASSWORD "S"`,
  `set password "S"`,
  `password S`,
  `machine h login u password S`,
  `os.environ.get("PASSWORD", "S")`,
  `password = os.environ.get("PASSWORD", "S")`,
  `const password = process.env.PASSWORD || 'S';`,
  `DB_PASSWORD=\${DB_PASSWORD:-S}`,
  `spring.datasource.password=S`,
  `spring.datasource.password=\${P:S}`,
  `DriverManager.getConnection("jdbc:mysql://h/x", "root", "S")`,
  `mysqli_connect("h","root","S","db")`,
  `new PDO("mysql:h", "root", "S")`,
  `ftp.login("u", "S")`,
  `new NetworkCredential("u", "S")`,
  `HTTPBasicAuth('u', 'S')`,
  `req.SetBasicAuth("u", "S")`,
  `password = "abc" + "S"`,
  `password = ("abc"\n  "S")`,
  `password = """\nS\n"""`,
  `password: |\n  S\n  S\nother: x`,
  `password = <<~EOS\nS\nEOS\n`,
  `password=$(cat <<EOF\nS\nEOF\n)`,
  `cmd = "mysql -u root -pS"`,
  `echo "S" | docker login -u x --password-stdin`,
  `docker login -u x -p S reg`,
  `sshpass -p S ssh x`,
  `sshpass -p 'S' ssh x`,
  `redis-cli -a S`,
  `PGPASSWORD=S psql -h x`,
  `psql "host=h user=u password=S dbname=x"`,
  `"{\\"password\\": \\"S\\"}"`,
  `{&quot;password&quot;: &quot;S&quot;}`,
  `- name: DB_PASSWORD\n  value: S`,
  `{"name": "DB_PASSWORD", "value": "S"}`,
  `_authToken=S`,
  `//registry.npmjs.org/:_authToken=S`,
  `_password="S"`,
  `token: 'S'`,
  `secrets: ["S"]`,
  `passwords = {'alice': 'S'}`,
  `if (password == "S")`,
  `if password == 'S':`,
  `login(user, "S")`,
  `CREATE USER a IDENTIFIED BY 'S'`,
  `ALTER USER a WITH PASSWORD 'S'`,
  `openssl enc -pass pass:S`,
  `net use x /user:a S`,
  `db_pw = "S"`,
  `dbpass: "S"`,
  `$password = 'S';`,
  `@password = "S"`,
  `password="S",`,
  `foo(password="S", x=1)`,
  `foo(password: "S")`,
  `createConnection({ host: 'db', user: 'root', password: 'S' })`,
  `string pwd = @"S";`,
  `password = r'S'`,
  `password = f"S"`,
  `token=S&x=1`,
  `https://h/x?token=S&y=1`,
  `wget --http-password=S --http-user=a`,
  `wget --http-password S`,
  `aws_secret_access_key = S`,
  `clientSecret: "S"`,
  `client_secret: S`,
  `SECRET_KEY = 'S'`,
  `app.secret_key = b'S'`,
  `jwt.sign(data, 'S')`,
  `Fernet(key)`,
  `apiKey = S`,
  `api-key: S`,
  `x-api-key: S`,
  `private String password = "S";`,
  `setPassword("S")`,
  `user.setPassword("S")`,
  `.password("S")`,
  `withPassword("S")`,
  `PASSWORD ?= S`,
  `PASSWORD := S`,
  `set PASSWORD=S`,
  `$env:PASSWORD = "S"`,
  `ConvertTo-SecureString "S" -AsPlainText`,
  `password "S"`,
  `hash_password("S")`,
  `my $password = "S";`,
  `password <- "S"`,
  `(password "S")`,
  `:password "S"`,
  `password = 'it''s S'`,
  `Possible hardcoded password: 'S'`,
  `<input type="password" value="S">`,
  `jdbc:oracle:thin:scott/S@h:1521/x`,
  `sqlplus scott/S@db`,
  `amqp://:S@h`,
  `redis://:S@h:6379`,
  `Data Source=x;User ID=sa;Password="S"`,
  `Password='S';Server=x`,
  `DSN=x;PWD={S};`,
  `val password = "S"`,
  `password: 'S' as string`,
  `password!: string = "S"`,
  `requirepass S`,
  `--from-literal=password=S`,
  `kubectl create secret generic x --from-literal=password=S`,
  `-Dpassword=S`,
  `-Djavax.net.ssl.keyStorePassword=S`,
  `/p:Password=S`,
  `ansible-playbook -e "ansible_password=S"`,
  `variable "password" {\n default = "S"\n}`,
  `password = var.x ? "S" : ""`,
];

/** Text that merely mentions secrets. */
const readable = [
  'password = process.env.PASSWORD',
  'password = getpass()',
  'password = null',
  'token = None',
  'password: string;',
  'const { password } = req.body;',
  'def login(username, password):',
  'if (!password) return;',
  'password: str',
  'password = user.password',
  'password = ${DB_PASSWORD}',
  'password: {{ vault_pw }}',
  'const tokens = tokenize(input);',
  'subprocess.run(cmd, shell=True)',
  'hashlib.md5(password)',
  'token.type === TokenType.Foo',
  'jwt.verify(token, key)',
  'res.cookie(name, value)',
  'password = rawPassword',
  'cursor.execute("SELECT * FROM users WHERE id = " + id)',
  'key = keys[0]',
  'mkdir -p /tmp/foo',
  'docker run -p 8080:80 nginx',
  'new Token(a, b)',
  'session.get(url, verify=False)',
  'password = os.environ["PASSWORD"]',
  'password = config.get("password")',
  'import { password } from "./x";',
  'print(password)',
  'String password = request.getParameter("password");',
  '$password = $_POST["password"];',
  'innerHTML = value',
  'for key in keys:',
  'password = input("x")[1]',
  'password = new_password',
  'token = secrets.token_hex(16)',
  'exec("ls " + dir)',
  'if (token !== other) {',
  'eval(request.args.get("x"))',
  'cipher = AES.new(key, AES.MODE_ECB)',
  'crypto.createHash("md5").update(password)',
  'ssl.wrap_socket(sock)',
  'ssh.connect(host, username=user)',
  'conn = sqlite3.connect("x.db")',
  'passport.use(new Strategy(opts))',
  'token: Token,',
  'return keys.map((key) => key.name);',
];

const letters = 'q7Hn2Zk9Xw4Vb8Lc3Rm6Tp1Yd5Sf0GjAeUiOoEhKsNrDtBx7WqZmPvC2yJ4uLa9F6gT8d3';
const hex = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
/** Kinds of tokens, by prefix and length of the rest. */
const kinds: readonly (readonly [prefix: string, length: number, alphabet?: string])[] = [
  ['ghp_', 36],
  ['github_pat_', 70],
  ['glpat-', 20],
  ['sk-proj-', 48],
  ['sk-ant-api03-', 95],
  ['AIza', 35],
  ['npm_', 36],
  ['hf_', 34],
  ['sk_live_', 24],
  ['xoxb-123456789012-', 30],
  ['lin_api_', 40],
  ['dop_v1_', 64, hex],
  ['shpat_', 32, hex],
  ['dapi', 32, hex],
  ['glsa_', 32],
  ['hvs.', 60],
  ['figd_', 40],
  ['gsk_', 52],
  ['tskey-auth-', 40],
  ['dckr_pat_', 27],
  ['vcp_', 56],
  ['123456789:AA', 33],
  ['PMAK-', 24, hex],
];
const secrets = fc.oneof(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{5,14}[0-9][A-Za-z][0-9]$/),
  fc.constantFrom('hunter2', 'Tr0ub4dor3', 'correcthorse', 'aB3x9q!Z7'),
);

function filled(notation: string, secret: string): string {
  return notation.replaceAll('S"', `${secret}"`).replace(/\bS\b|(?<=-p)S\b/g, () => secret);
}

describe('masking', () => {
  it('masks a secret in every notation', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        for (const notation of notations) {
          const text = filled(notation, secret);
          assert.ok(!maskSecrets(text).includes(secret), `${text} → ${maskSecrets(text)}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('masks every kind of token anywhere', () => {
    const inText = fc.constantFrom(
      'f("S")',
      'x = S',
      '// S',
      'S',
      '{"a": "S"}',
      'https://h/S/x',
      "['S', 1]",
      '<a>S</a>',
    );
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.nat(60), inText, ([prefix, length, alphabet = letters], from, text) => {
        const rest = (alphabet + alphabet + alphabet).slice(from, from + length);
        const token =
          prefix === 'PMAK-'
            ? `${prefix}${rest}-${hex.slice(0, 34)}`
            : prefix === 'glsa_'
              ? `${prefix}${rest}_${hex.slice(0, 8)}`
              : prefix + rest;
        assert.ok(!maskSecrets(text.replace('S', token)).includes(rest), text.replace('S', token));
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves names, calls and placeholders as they are', () => {
    for (const text of readable) assert.equal(maskSecrets(text), text);
  });

  it('leaves already masked text as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...notations), secrets, (notation, secret) => {
        const once = maskSecrets(filled(notation, secret));
        assert.equal(maskSecrets(once), once);
      }),
      { numRuns: 1_000 },
    );
  });

  it('yields ordered, disjoint spans for any text', () => {
    const piece = fc.constantFrom(
      'password',
      '=',
      ':',
      '"',
      "'",
      '`',
      '(',
      ')',
      ',',
      ' ',
      '\n',
      'x1y2',
      '<',
      '>',
      'token',
      '\\',
      '{',
      '}',
      '-p',
      '://a:b@',
      'mysql',
      '|',
      '<<EOF',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        let end = 0;
        for (const span of secretsIn(text)) {
          assert.ok(span.start >= end && span.end > span.start && span.end <= text.length, JSON.stringify(text));
          end = span.end;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('happens before a line is truncated', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...notations),
        secrets,
        fc.nat(400),
        fc.nat(400),
        fc.nat(900),
        (notation, secret, before, after, column) => {
          const line = `${'a '.repeat(before)}; ${filled(notation, secret).replaceAll('\n', ' ')} ; ${'b '.repeat(after)}`;
          fc.pre(!maskSecrets(line).includes(secret));
          const snippet = snippetOf(line, column + 1);
          for (let from = 0; from + 6 <= secret.length; from += 1) {
            const part = secret.slice(from, from + 6);
            if (!notation.includes(part)) assert.ok(!snippet.includes(part), snippet);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('of a finding about a secret covers all literals', () => {
    const line = 'open_it("abc", \'def\')';
    assert.equal(snippetOf(line, 1, literalsOf(line)), 'open_it("********", \'********\')');
  });
});

const issue = (more: Partial<FoundIssue>): FoundIssue => ({
  tool: 'x',
  type: 'security',
  message: 'm',
  severity: 'high',
  file: 'a.py',
  line: 1,
  rule_id: 'r',
  suggestion: null,
  ...more,
});

describe('a finding', () => {
  const secret = 'Zx91kkPq2Tr0ub4dor';
  const text = `get("https://x", auth=("deploy", "${secret}"), verify=False)\nkey = """\n${secret}Q\n"""\n`;
  const secretsOfFile = new FileSecrets(text);

  it('shows no secret from its file in any field, even one from a later line', () => {
    const told = {
      note: [{ text: `got ${secret}` }],
      message: `the value ${secret} is weak`,
      snippet: text.split('\n')[0]!,
      suggestion: `remove ${secret}`,
    };
    const masked = maskIssue(issue(told), secretsOfFile);
    assert.ok(!JSON.stringify(masked).includes(secret), JSON.stringify(masked));
    assert.match(masked.snippet ?? '', /verify=False/);
  });

  it('that is a word masks no name in the code', () => {
    const source = `token = digest(values['group'], values.get('filename', ''))\npassword = "letmeinplease"\nopen(join(folder, filename), screenshot_filename)\n`;
    const of = new FileSecrets(source);
    const snippet = (line: number) => maskIssue(issue({ line, snippet: source.split('\n')[line - 1]! }), of).snippet;
    assert.equal(snippet(3), 'open(join(folder, filename), screenshot_filename)');
    assert.equal(of.hide("'filename' of letmeinplease, letmeinpleaseX"), "'********' of ********, letmeinpleaseX");
  });

  it('in the middle of a multi-line string is masked with the help of its file', () => {
    const masked = maskIssue(issue({ line: 3, snippet: `${secret}Q` }), secretsOfFile);
    assert.equal(masked.snippet, '********');
  });

  it('keeps a fix, reduced to what it changes', () => {
    const end = text.indexOf('\n');
    const line = text.slice(0, end);
    const replaced = line.replace('False', 'True').replace('get', 'fetch');
    const fix = { edits: [{ start: { line: 1, column: 1 }, end: { line: 1, column: end + 1 }, text: replaced }] };
    const masked = maskIssue(issue({ fix }), secretsOfFile);
    assert.ok(masked.fix && !JSON.stringify(masked.fix).includes(secret));
    let fixed = text;
    assert.ok(masked.fix.edits.every((edit) => edit.start.line === 1 && edit.end.line === 1));
    for (const edit of [...masked.fix.edits].sort((a, b) => b.start.column - a.start.column))
      fixed = fixed.slice(0, edit.start.column - 1) + edit.text + fixed.slice(edit.end.column - 1);
    assert.equal(fixed, fix.edits[0]!.text + text.slice(end));
  });

  it('drops a fix that would write a secret elsewhere', () => {
    const end = { line: text.split('\n').length, column: 1 };
    const fix = { edits: [{ start: end, end, text: `password = "${secret}"` }] };
    assert.equal(maskIssue(issue({ fix }), secretsOfFile).fix, undefined);
  });

  it('of another tool’s SARIF shows no secret', () => {
    const sarif = {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 't' } },
          results: [
            {
              ruleId: 'r',
              message: { text: `password = "${secret}" is bad` },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'a.py' },
                    region: { startLine: 1, snippet: { text: `mysql -u root -p${secret}` } },
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    const place = {
      id: 'x',
      folder: undefined,
      exists: () => false,
      read: () => undefined,
      now: '2026-01-01T00:00:00Z',
    };
    assert.ok(!JSON.stringify(importSarif(JSON.stringify(sarif), place)).includes(secret));
  });

  it('shows no secret in any format of a report', () => {
    fc.assert(
      fc.property(fc.constantFrom(...notations), secrets, (notation, value) => {
        const source = `before()\n${filled(notation, value)}\nafter()\n`;
        const of = new FileSecrets(source);
        const found = source
          .split('\n')
          .map((line, index) =>
            maskIssue(issue({ line: index + 1, snippet: snippetOf(line), message: `see ${line}` }), of),
          );
        const files = mergeIssues(found, () => '');
        const report: Report = {
          job_id: 'j',
          meta: {
            tools: [],
            repo: { source: 'path', url: null, ref: null, commit: null },
            generated_at: '2026-01-01T00:00:00Z',
            duration_ms: 0,
            labels: [],
          },
          summary: { critical: 0, high: found.length, medium: 0, low: 0 },
          files,
        };
        for (const { write } of Object.values(formats)) assert.ok(!write(report).includes(value), source);
        assert.ok(!writeCsv(report).includes(value));
      }),
      { numRuns: 500 },
    );
  });
});
