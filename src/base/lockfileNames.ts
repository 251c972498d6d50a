const names =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock(?:\.[^/]+)?\.yaml|bun\.lockb?|deno\.lock|poetry\.lock|Pipfile\.lock|uv\.lock|pdm\.lock|go\.sum|Cargo\.lock|[\w.-]*Gemfile[\w.-]*\.lock|gems\.locked|composer\.lock|packages(?:\.[^/]+)?\.lock\.json|pylock(?:\.[^/]+)?\.toml|(?:buildscript-|settings-)?gradle\.lockfile|flake\.lock|mix\.lock|Podfile\.lock|pubspec\.lock|Package\.resolved|renv\.lock|conan\.lock|pixi\.lock)$/;

/** Whether a file is a package manager's lockfile, which is not code and may be long. */
export function isLockfile(path: string): boolean {
  return names.test(path);
}
