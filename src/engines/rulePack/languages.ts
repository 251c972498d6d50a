/** The file extensions that ast-grep recognizes or compile.mjs adds, by ast-grep's name of the language. */
const extensions: Readonly<Record<string, readonly string[]>> = {
  Bash: ['bash', 'bats', 'ksh', 'sh', 'zsh', 'dockerfile'],
  C: ['c', 'h'],
  Cpp: ['cc', 'cpp', 'cxx', 'c++', 'hpp', 'hh', 'hxx', 'cu', 'ino'],
  CSharp: ['cs'],
  Css: ['css', 'scss'],
  Elixir: ['ex', 'exs'],
  Go: ['go'],
  Hcl: ['hcl', 'tf', 'tfvars', 'nomad'],
  Html: [
    ...['html', 'htm', 'xhtml', 'vue', 'svelte', 'heex', 'leex', 'eex', 'erb', 'ejs', 'hbs', 'handlebars', 'mustache'],
    ...['jinja', 'jinja2', 'twig', 'njk', 'jsp', 'ftl', 'cshtml'],
  ],
  Java: ['java'],
  JavaScript: ['js', 'cjs', 'mjs', 'jsx'],
  Json: ['json'],
  Kotlin: ['kt', 'ktm', 'kts'],
  Php: ['php', 'phtml', 'inc'],
  Python: ['py', 'py3', 'pyi', 'bzl'],
  Ruby: ['rb', 'rbw', 'gemspec', 'rake'],
  Rust: ['rs'],
  Scala: ['scala', 'sc', 'sbt'],
  Solidity: ['sol'],
  Swift: ['swift'],
  Tsx: ['tsx'],
  TypeScript: ['ts', 'cts', 'mts'],
  Yaml: ['yaml', 'yml'],
};

const names: readonly (readonly [RegExp, string])[] = [
  [/^(Dockerfile(\..+)?|Containerfile)$/, 'Bash'],
  [/^(Gemfile|Rakefile)$/, 'Ruby'],
];

const byExtension = new Map(
  Object.entries(extensions).flatMap(([language, list]) => list.map((extension) => [extension, language] as const)),
);

/** ast-grep's name for the language of a file; undefined if it has none. */
export function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const whole = names.find(([pattern]) => pattern.test(name));
  if (whole) return whole[1];
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : byExtension.get(name.slice(dot + 1));
}
