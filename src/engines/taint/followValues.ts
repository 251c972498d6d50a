import { Interpreter, TooComplex } from './interpreter';
import { Sites, type FileSites } from './sites';
import { parsePython } from './tree';

/**
 * Follows the values of a Python file from sources to sinks.
 * @returns undefined if the file is too complex to analyze
 */
export function followValues(source: string): FileSites | undefined {
  const imports = new Set<string>();
  for (const [, module] of source.matchAll(/^[ \t]*(?:from|import)[ \t]+(\w+)/gm))
    if (module !== undefined) imports.add(module);
  const globals = new Set<string>();
  for (const [, names = ''] of source.matchAll(/^[ \t]*global[ \t]+([\w, \t]+)/gm))
    for (const name of names.split(',')) globals.add(name.trim());
  const interpreter = new Interpreter(source, { imports, globals }, new Sites());
  try {
    interpreter.follow(parsePython(source));
  } catch (error) {
    if (error instanceof TooComplex || error instanceof RangeError) return undefined;
    throw error;
  }
  return interpreter.sites.result();
}
