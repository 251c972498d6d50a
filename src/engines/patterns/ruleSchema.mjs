// The schema of a rule source, for built-in rules at build time and for a team's rules during a scan.
import * as z from 'zod';

/**
 * The suffix that distinguishes a rule's languages inside ast-grep, which requires unique IDs. The first language of a rule keeps the plain
 * ID; the others get `<id>.<suffix>`.
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

/** The replacement for the match; if it becomes empty because a variable matched nothing, the match has no fix. */
const fixTemplate = z.union([
  z.string(),
  z.strictObject({
    template: z.string(),
    expandStart: z.record(z.string(), z.unknown()).optional(),
    expandEnd: z.record(z.string(), z.unknown()).optional(),
  }),
]);

/** A rule source. All of ast-grep's own keys (rule, constraints, utils, transform, rewriters, fix) are passed through; `files` is set by the scan. */
export const ruleSource = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)+$/),
  language: z.union([languageName, z.array(languageName).min(1)]),
  /** One or two sentences: what is wrong and why it matters. */
  message: z.string().min(30).max(400).endsWith('.'),
  metadata: z.strictObject({
    /**
     * The defect in the field's terms, such as "SQL injection": sentence case, no period. What tells it from others comes first, since a side
     * bar of 300 px shows some 30 characters.
     */
    title: z
      .string()
      .min(4)
      .max(40)
      .regex(/^(?:[A-Z0-9]|gRPC\b|\w+\W?\w*\s).*[^.]$/),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    /** The severity if the match contains request data; its language's matchers must have `from-request`. */
    request_severity: z.enum(['critical', 'high']).optional(),
    confidence: z.enum(['high', 'medium', 'low']),
    cwe: z.array(z.string().regex(/^CWE-\d+$/)).min(1),
    owasp: z.array(z.string().regex(/^A\d\d:2021$/)).min(1),
    suggestion: z.string().min(10).max(400),
    help_url: z.url({ protocol: /^https$/ }),
    /** Describes `fix`. */
    fix: z
      .strictObject({
        /** What it does, such as "Use SHA-256": sentence case, no period. */
        title: z
          .string()
          .max(60)
          .regex(/^[A-Z].*[^.]$/),
        /** Whether correct code keeps its behavior. */
        safe: z.boolean(),
        /** The import that it needs: a whole statement, such as `import secrets` or `import java.security.SecureRandom;`. */
        import: z.string().min(4).optional(),
        /**
         * A case-insensitive regular expression: there is no fix if it matches the text before the match on its line, such as the name that
         * the result is assigned to.
         */
        unless: z.string().min(3).optional(),
        /** The function in codeFixes/ that creates it, instead of the rule's own `fix`. */
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

/** Alternative names that ast-grep has for languages. */
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

/** Finds a language by its name, its suffix or an alternative ast-grep name, in any case. */
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
  .union([z.int().positive(), z.string().regex(/^(?:CWE-)?\d+(?:: .*)?$/i, 'must look like CWE-79')])
  .transform((one) => `CWE-${/\d+/.exec(String(one))?.[0] ?? ''}`);
const part = z.record(z.string(), z.unknown());
const listOf = (/** @type {z.ZodType} */ one) =>
  z.union([one, z.array(one)]).transform((value) => /** @type {any[]} */ ([value].flat()));

/**
 * A team's rule: the same schema with fewer required keys, and with the examples in the rule's file. Both ast-grep's own `severity`, `note`
 * and `url` and our metadata are supported.
 */
export const customRuleSource = z.strictObject({
  id: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'may contain letters, digits and . _ -, and must start with a letter or digit')
    .describe('Unique. The configuration, the baseline and comments refer to the rule by it.'),
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
      title: z.string().min(1).max(100).optional().describe('The defect in two to six words: what people read first.'),
      severity: z.enum(['critical', 'high', 'medium', 'low']).optional().describe('How bad it is; medium by default.'),
      confidence: z
        .enum(['high', 'medium', 'low'])
        .optional()
        .describe('How certain its findings are; high by default.'),
      cwe: listOf(cweId).optional().describe('Its weakness, such as CWE-79; one or more.'),
      owasp: listOf(z.string().max(20)).optional().describe('Its category, such as A03:2021; one or more.'),
      suggestion: z.string().max(1000).optional().describe('What to do instead.'),
      help_url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('A web page about the defect.'),
      fix: z
        .strictObject({
          title: z.string().min(1).max(100).optional().describe('What the fix does, such as "Use SHA-256".'),
          safe: z
            .boolean()
            .default(false)
            .describe('Whether correct code keeps its behavior. Only safe fixes are applied without asking.'),
          import: z.string().min(4).max(300).optional().describe('The complete import statement that the fix needs.'),
        })
        .optional()
        .describe('Describes `fix`.'),
    })
    .default({})
    .describe('Details of a finding besides its message.'),
  rule: part.describe("What to find: an ast-grep rule object, such as { pattern: 'eval($CODE)' }."),
  constraints: part.optional().describe('Conditions on the variables of the rule.'),
  utils: part
    .optional()
    .describe('Rules by name, for `matches`. Those in _utils.yml of the same folder can be named, too.'),
  transform: part.optional().describe('New variables for `fix`, derived from those of the rule.'),
  rewriters: z.array(part).optional(),
  fix: fixTemplate.optional().describe('The replacement for the match; $NAME stands for what a variable matched.'),
  files: listOf(z.string().min(1).max(1000)).optional().describe('.gitignore patterns: only these files are searched.'),
  ignores: listOf(z.string().min(1).max(1000))
    .optional()
    .describe('.gitignore patterns: these files are not searched.'),
  examples: z
    .array(
      z.strictObject({
        bad: z.string().optional().describe('Code in which the rule must find something.'),
        good: z.string().optional().describe('Code in which it must find nothing.'),
        language: anyLanguage
          .optional()
          .describe('Its language, if the rule has several; by default it is tried in each.'),
      }),
    )
    .max(200)
    .optional()
    .describe("The rule's tests."),
});
