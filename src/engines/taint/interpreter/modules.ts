import type { Range, Statement } from '../ir/ir';
import type { Host } from './host';
import { unknown, type Scope, type Value } from './value';

/** A file's imports and exports. */
export class Modules {
  constructor(private readonly host: Host) {}

  /** @param file the importing file */
  imported(specifier: string, name: string | undefined, file = this.host.file): Value {
    const { language } = this.host;
    const found = this.host.importModule(specifier, file, name);
    if (name !== undefined && !found?.object?.fields.has(name)) {
      const inner = language.submodule?.(specifier, name);
      const part = inner === undefined ? undefined : this.host.importModule(inner, file);
      if (part) return part;
    }
    const module = found ?? this.host.library(language.libraryName(specifier));
    if (name === undefined) return module;
    if (name === 'default') return this.#defaultOf(module);
    return this.host.property(module, name, { from: 0, to: 0 });
  }

  /** The export with this name of the first module that has one; otherwise, the global with that name. */
  importedAmong(specifiers: readonly string[], name: string, at: Range, file: string): Value {
    const { language, models } = this.host;
    const owner = specifiers.find((one) => {
      const found = this.host.importModule(one, file, name);
      return found ? found.object?.fields.has(name) === true : models.isKnown(`${language.libraryName(one)}.${name}`);
    });
    if (owner !== undefined) return this.imported(owner, name, file);
    if (models.isGlobal(name)) return this.host.read(name, { ...unknown, name }, at);
    const library = specifiers.find((one) => this.host.importModule(one, file, name) === undefined);
    return library === undefined ? unknown : this.imported(library, name, file);
  }

  #defaultOf(module: Value): Value {
    return module.object?.fields.get('default') ?? module;
  }

  export(one: Statement & { kind: 'export' }, scope: Scope): void {
    const { exports } = this.host;
    if (!exports) return;
    if (one.value && one.name !== undefined) {
      this.host.setField(exports, one.name, this.host.evaluate(one.value, scope));
      return;
    }
    if (!one.source) return;
    const module = this.imported(one.source.module, one.source.name);
    if (one.name !== undefined) this.host.setField(exports, one.name, module);
    else if (module.object)
      for (const [key, value] of module.object.fields) if (key !== 'default') this.host.setField(exports, key, value);
  }
}
