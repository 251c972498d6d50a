// The form of a rule source. The build reads our own rules by it, and a scan those of the team.
import * as z from 'zod';

/**
 * The suffix that tells one rule's languages apart inside ast-grep, which wants every id once.
 * The first language of a rule keeps the bare id; the others get `<id>.<suffix>`.
 */
export const languageSuffix = {
  Bash: 'sh',
  C: 'c',
  Cpp: 'cpp',
  CSharp: 'cs',
  Css: 'css',
  Elixir: 'ex',
  Go: 'go',
  Hcl: 'tf',
  Html: 'html',
  Java: 'java',
  JavaScript: 'js',
  Json: 'json',
  Kotlin: 'kt',
  Php: 'php',
  Python: 'py',
  Ruby: 'rb',
  Rust: 'rs',
  Scala: 'scala',
  Solidity: 'sol',
  Swift: 'swift',
  Tsx: 'tsx',
  TypeScript: 'ts',
  Yaml: 'yaml',
};

/** What people call ast-grep's languages that have another name there. */
const commonNames = { CSharp: 'C#', Cpp: 'C++', Hcl: 'Terraform', Html: 'HTML', Php: 'PHP', Tsx: 'TSX', Yaml: 'YAML' };

/**
 * @param {{ id: string, languages: readonly string[] }} rule
 * @returns {string} what it reads, as people say it: 'C, C++'
 */
export function languagesShown({ id, languages }) {
  // ast-grep has no grammar of Dockerfiles: they are read as shell scripts.
  return id.startsWith('docker-') ? 'Dockerfile' : languages.map((one) => commonNames[one] ?? one).join(', ');
}

const languageName = z.enum(/** @type {[string, ...string[]]} */ (Object.keys(languageSuffix)));

/** What comes in the match's place; an empty text where a variable stands for nothing means that this match has no fix. */
const fixTemplate = z.union([
  z.string(),
  z.strictObject({
    template: z.string(),
    expandStart: z.record(z.string(), z.unknown()).optional(),
    expandEnd: z.record(z.string(), z.unknown()).optional(),
  }),
]);

/** A rule source. Everything that is ast-grep's own (rule, constraints, utils, transform, rewriters, fix) passes through; `files` is set by the scan. */
export const ruleSource = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)+$/),
  language: z.union([languageName, z.array(languageName).min(1)]),
  /** One sentence or two: what is wrong and why it matters. */
  message: z.string().min(30).max(400).endsWith('.'),
  metadata: z.strictObject({
    /** What it is in the field's words, as "SQL injection": sentence case, no period. */
    title: z
      .string()
      .min(4)
      .max(60)
      .regex(/^(?:[A-Z0-9]|gRPC\b|\w+\W?\w*\s).*[^.]$/),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    /** The severity where data of a request is in what matches; its language's matchers must have `from-request`. */
    request_severity: z.enum(['critical', 'high']).optional(),
    confidence: z.enum(['high', 'medium', 'low']),
    cwe: z.array(z.string().regex(/^CWE-\d+$/)).min(1),
    owasp: z.array(z.string().regex(/^A\d\d:2021$/)).min(1),
    suggestion: z.string().min(10).max(400),
    help_url: z.url({ protocol: /^https$/ }),
    /** Describes `fix`. */
    fix: z
      .strictObject({
        /** What it does, as "Use SHA-256": sentence case, no period. */
        title: z
          .string()
          .max(60)
          .regex(/^[A-Z].*[^.]$/),
        /** Whether the behavior of correct code stays as it is. */
        safe: z.boolean(),
        /** What the file must import for it: the whole statement, as `import secrets` or `import java.security.SecureRandom;`. */
        import: z.string().min(4).optional(),
        /** A regular expression, of any case: no fix where it matches what stands before the match on its line, as the name that the result gets. */
        unless: z.string().min(3).optional(),
        /** The function of codeFixes/ that makes it, in place of the rule's own `fix`. */
        code: z.string().min(4).optional(),
      })
      .optional(),
  }),
  rule: z.record(z.string(), z.unknown()),
  constraints: z.record(z.string(), z.unknown()).optional(),
  utils: z.record(z.string(), z.unknown()).optional(),
  transform: z.record(z.string(), z.unknown()).optional(),
  rewriters: z.array(z.record(z.string(), z.unknown())).optional(),
  fix: fixTemplate.optional(),
  ignores: z.array(z.string()).optional(),
});

/** Other names that ast-grep has for languages. */
const languageAliases = {
  'c++': 'Cpp',
  cc: 'Cpp',
  cxx: 'Cpp',
  golang: 'Go',
  jsx: 'JavaScript',
  ktm: 'Kotlin',
  kts: 'Kotlin',
  yml: 'Yaml',
};

/** A language by its name, its suffix or another name of ast-grep's, in any case. */
const anyLanguage = z.string().transform((name, context) => {
  const lower = name.toLowerCase();
  const found = Object.entries(languageSuffix).find(([id, suffix]) => [id.toLowerCase(), suffix].includes(lower));
  const language = found?.[0] ?? languageAliases[lower];
  if (language !== undefined) return language;
  context.addIssue({
    code: 'custom',
    message: `there is no language ${name}: use one of ${Object.keys(languageSuffix).join(', ')}`,
  });
  return z.NEVER;
});

const cweId = z
  .union([z.int().positive(), z.string().regex(/^(?:CWE-)?\d+(?:: .*)?$/i, 'must be as in CWE-79')])
  .transform((one) => `CWE-${/\d+/.exec(String(one))?.[0] ?? ''}`);
const part = z.record(z.string(), z.unknown());
const listOf = (/** @type {z.ZodType} */ one) =>
  z.union([one, z.array(one)]).transform((value) => /** @type {any[]} */ ([value].flat()));

/** A rule of a team: the same form, of which less is required, with its examples beside the rule. Both ast-grep's own `severity`, `note` and `url` and our metadata count. */
export const ownRuleSource = z.strictObject({
  id: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'may have letters, digits and . _ -, and starts with a letter or digit')
    .describe('Unique. It is what the configuration, the baseline and comments name the rule by.'),
  language: listOf(anyLanguage).describe('One language, or a list of them.'),
  message: z
    .string()
    .min(1)
    .max(1000)
    .describe('What is wrong and why it matters. $NAME stands for what a variable matched.'),
  severity: z
    .enum(['error', 'warning', 'info', 'hint'])
    .optional()
    .describe(
      "ast-grep's severity, for rules that have it: error is high, warning is medium, info and hint are low. metadata.severity comes first.",
    ),
  note: z.string().max(1000).optional().describe("ast-grep's note: what to do, for rules without metadata.suggestion."),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("ast-grep's url, for rules without metadata.help_url."),
  metadata: z
    .strictObject({
      title: z.string().min(1).max(100).optional().describe('What it is, in two to six words: what people read first.'),
      severity: z
        .enum(['critical', 'high', 'medium', 'low'])
        .optional()
        .describe('How bad it is; medium if nothing is said.'),
      confidence: z
        .enum(['high', 'medium', 'low'])
        .optional()
        .describe('How sure a finding is; high if nothing is said.'),
      cwe: listOf(cweId).optional().describe('Its weakness, as in CWE-79; one or several.'),
      owasp: listOf(z.string().max(20)).optional().describe('Its category, as in A03:2021; one or several.'),
      suggestion: z.string().max(1000).optional().describe('What to do instead.'),
      help_url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('A page about it.'),
      fix: z
        .strictObject({
          title: z.string().min(1).max(100).optional().describe('What the fix does, as "Use SHA-256".'),
          safe: z
            .boolean()
            .default(false)
            .describe('Whether correct code behaves as before. Only safe fixes are applied unasked.'),
          import: z
            .string()
            .min(4)
            .max(300)
            .optional()
            .describe('What the file must import for it: the whole statement.'),
        })
        .optional()
        .describe('Describes `fix`.'),
    })
    .default({})
    .describe('What a finding says beside the message.'),
  rule: part.describe("What to find: ast-grep's rule object, as { pattern: 'eval($CODE)' }."),
  constraints: part.optional().describe('Rules that the variables of the rule must meet.'),
  utils: part
    .optional()
    .describe('Rules by name, for `matches`. Those in _utils.yml of the same folder can be named, too.'),
  transform: part.optional().describe('New variables for `fix`, made of those of the rule.'),
  rewriters: z.array(part).optional(),
  fix: fixTemplate
    .optional()
    .describe('What comes in the place of what matches; $NAME stands for what a variable matched.'),
  files: listOf(z.string().min(1).max(1000))
    .optional()
    .describe('Patterns as in .gitignore: only these files are searched.'),
  ignores: listOf(z.string().min(1).max(1000))
    .optional()
    .describe('Patterns as in .gitignore: these files are not searched.'),
  examples: z
    .array(
      z.strictObject({
        bad: z.string().optional().describe('Code in which the rule must find something.'),
        good: z.string().optional().describe('Code in which it must find nothing.'),
        language: anyLanguage
          .optional()
          .describe('Its language, if the rule has several; otherwise it is tried in each.'),
      }),
    )
    .max(200)
    .optional()
    .describe("The rule's tests."),
});
