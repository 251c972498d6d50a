import { posix } from 'node:path';

/** The specifier of a constant: its possible full names, the first of which that is declared counts: `constant App::User User`. */
export function constantSpecifier(names: readonly string[]): string {
  return `constant ${names.join(' ')}`;
}

/** The specifier of a method that a script declares for all others. */
export function methodSpecifier(name: string): string {
  return `method ${name}`;
}

const viewSuffixes = ['.html.erb', '.erb', '.js.erb', '.turbo_stream.erb', '.html.haml'];

/** The specifier of a view, without suffix: `view app/views/users/show`. */
export function viewSpecifier(path: string): string {
  return `view ${path}`;
}

/** The file of a view: below the folder of the file that renders it, or below an ancestor. Constants are found by `declaredIn`. */
export function resolve(from: string, specifier: string, has: (path: string) => boolean): string | undefined {
  const [kind, view] = specifier.split(' ');
  if (kind !== 'view' || view === undefined) return undefined;
  for (let folder = posix.dirname(from); ; folder = posix.dirname(folder)) {
    const path = posix.join(folder, view);
    const found = path.startsWith('..') ? undefined : viewSuffixes.map((one) => path + one).find((one) => has(one));
    if (found !== undefined) return found;
    if (folder === '.' || folder === '/') return undefined;
  }
}

/** Frameworks' base classes, by the conventional names of applications' own base classes. */
const conventions: readonly (readonly [RegExp, string])[] = [
  [/Controller$/, 'ActionController::Base'],
  [/Channel$/, 'ActionCable::Channel::Base'],
  [/^Mutations::|(?:^|::)Base(?:Mutation|Resolver)$/, 'GraphQL::Schema::Mutation'],
  [/(?:^|::)BaseObject$|^Types::/, 'GraphQL::Schema::Object'],
];

/** The name that models use for a library's constant: the shortest of its names. */
export function libraryName(specifier: string): string {
  const [kind, ...names] = specifier.split(' ');
  const name = names.at(-1) ?? specifier;
  if (kind !== 'constant') return name;
  return conventions.find(([pattern]) => pattern.test(name))?.[1] ?? name;
}

/** Library classes that applications add methods to. */
const ofLibraries =
  /^(?:(?:ActionController|ActionView|ActionDispatch|ActionCable|ActionMailer|ActiveRecord|ActiveModel|ActiveSupport|ActiveJob|Rack|Sinatra|Grape|Hanami|GraphQL|WEBrick|Net|Sequel|Mongo|PG|Mysql2|SQLite3|Nokogiri|Zip|Faraday|HTTParty|RestClient|OpenSSL|Digest)::\w.*|Object|Kernel|Module|Class|String|Symbol|Array|Hash|Integer|Float|Numeric|NilClass|File|IO|Dir|Pathname|URI|CGI|ERB|Logger|Time|Date|DateTime|Regexp|Process|Open3|Marshal|YAML|JSON|Shellwords)$/;

const declaration =
  /^([ \t]*)(?:(class|module)[ \t]+((?:::)?[A-Z]\w*(?:::[A-Z]\w*)*)(?![^\n]*;[ \t]*end[ \t]*$)|([A-Z]\w*)[ \t]*=(?![=~>])|def[ \t]+(\w+[?!]?))/gm;

/**
 * The specifiers of a file's constants and, outside classes, methods, in lower case. Nesting is determined by indentation. A module that
 * only contains others is omitted, since every file has it.
 */
export function declaredIn(source: string): string[] {
  const found: string[] = [];
  const open: { indent: number; name: string }[] = [];
  const code = source.replace(/^=begin\b[^]*?^=end\b/gm, '');
  for (const match of code.matchAll(declaration)) {
    const [all, space = '', kind, type, constant, method] = match;
    const indent = space.replaceAll('\t', '  ').length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const inside = open.at(-1)?.name;
    if (method !== undefined) {
      if (inside === undefined && indent === 0) found.push(methodSpecifier(method));
      continue;
    }
    const own = (type ?? constant ?? '').replace(/^::/, '');
    const name = inside === undefined || type?.startsWith('::') === true ? own : `${inside}::${own}`;
    if (kind !== undefined) open.push({ indent, name });
    const isNamespace =
      kind === 'module' && /^[^\n]*\n\s*(?:#[^\n]*\n\s*)*(?:class|module)\s/.test(code.slice(match.index + all.length));
    if (!isNamespace && !ofLibraries.test(name)) found.push(constantSpecifier([name]));
  }
  return found.map((one) => one.toLowerCase());
}
