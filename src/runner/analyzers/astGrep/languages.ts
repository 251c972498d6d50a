/** Extensions that ast-grep reads, by its name of the language, with those that our sgconfig.yml adds. */
const extensions: Readonly<Record<string, readonly string[]>> = {
  Bash: ['bash', 'bats', 'ksh', 'sh', 'zsh', 'dockerfile'],
  C: ['c', 'h'],
  Cpp: ['cc', 'cpp', 'cxx', 'c++', 'hpp', 'hh', 'hxx', 'cu', 'ino'],
  CSharp: ['cs'],
  Css: ['css', 'scss'],
  Go: ['go'],
  Hcl: ['hcl', 'tf', 'tfvars', 'nomad'],
  Html: ['html', 'htm', 'xhtml', 'vue', 'svelte'],
  Java: ['java'],
  JavaScript: ['js', 'cjs', 'mjs', 'jsx'],
  Json: ['json'],
  Kotlin: ['kt', 'ktm', 'kts'],
  Php: ['php', 'phtml', 'inc'],
  Python: ['py', 'py3', 'pyi', 'bzl'],
  Ruby: ['rb', 'rbw', 'gemspec', 'rake'],
  Rust: ['rs'],
  Scala: ['scala', 'sc', 'sbt'],
  Swift: ['swift'],
  Tsx: ['tsx'],
  TypeScript: ['ts', 'cts', 'mts'],
  Yaml: ['yaml', 'yml'],
};

const names: Readonly<Record<string, RegExp>> = {
  Bash: /^(Dockerfile(\..+)?|Containerfile)$/,
  Ruby: /^(Gemfile|Rakefile)$/,
};

const known = new Set(Object.values(extensions).flat());
const patterns = Object.values(names);

/** The languages that files are known for. */
export const languages = Object.keys(extensions);

/** Whether ast-grep has a language for a file of this name. */
export function hasLanguage(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return (dot >= 0 && known.has(name.slice(dot + 1).toLowerCase())) || patterns.some((pattern) => pattern.test(name));
}
