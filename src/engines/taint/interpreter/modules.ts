import type { Statement } from '../ir/ir';
import type { Host } from './host';
import type { Scope, Value } from './value';

/** What a file imports and exports. */
export class Modules {
  constructor(private readonly host: Host) {}

  /** @param file the one that imports it */
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
