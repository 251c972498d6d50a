import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

// Caches V8's compiled code of our built files across starts: compiling them takes longer than everything else in a small scan. (Node's own
// module.enableCompileCache requires Node 22.) These scripts do not use import(), which would need more than that: see esbuild.mjs.

/** Node's method that compiles and runs a CommonJS file; its types omit it. */
interface Compiling {
  _compile(content: string, file: string, ...rest: unknown[]): unknown;
}

const digestBytes = 32;
const parameters = 'exports, require, module, __filename, __dirname';

/**
 * From now on, caches the compiled code of a folder's scripts in its `compiled/`: anyone who can write there could have changed the scripts
 * as well. Entries that are damaged, or belong to other scripts or another Node version, are compiled again; entries that cannot be written
 * are skipped.
 * @param folder the folder of the built files (dist)
 * @param saves whether this process writes missing entries. The main thread does so at exit, when everything that it uses is compiled.
 */
export function keepCompiledCode(folder: string, saves: boolean): void {
  // Coverage identifies scripts by the URLs that Node itself gives them.
  if (process.env['NODE_V8_COVERAGE'] !== undefined) return;
  const compiling = Module.prototype as unknown as Compiling;
  const original = Reflect.get(compiling, '_compile') as (this: unknown, ...args: unknown[]) => unknown;
  const missing: (() => void)[] = [];
  compiling._compile = function compile(this: NodeJS.Module, content: string, file: string, ...rest: unknown[]) {
    if (dirname(file) !== folder) return original.call(this, content, file, ...rest);
    const place = join(folder, 'compiled', nameOf(content));
    const start = `(function (${parameters}) { `;
    const cachedData = read(place);
    const script = new Script(`${start}${content.replace(/^#!.*/, '')}\n})`, {
      filename: file,
      columnOffset: -start.length,
      ...(cachedData && { cachedData }),
    });
    const run = script.runInThisContext() as (...args: unknown[]) => unknown;
    const result = run.call(this.exports, this.exports, createRequire(file), this, file, folder);
    if (saves && (!cachedData || script.cachedDataRejected === true)) {
      const save = () => write(place, script.createCachedData());
      // A worker thread ends without notice.
      if (isMainThread) missing.push(save);
      else save();
    }
    return result;
  };
  if (isMainThread && saves) process.once('exit', () => missing.forEach((save) => save()));
}

/** Names an entry after everything that it depends on. */
function nameOf(content: string): string {
  const hash = createHash('sha256').update(content);
  hash.update(JSON.stringify([process.version, process.arch, process.execArgv, process.env['NODE_OPTIONS']]));
  return hash.digest('hex').slice(0, 32);
}

/** The code, if it exists and is intact: V8 itself does not check that. */
function read(place: string): Buffer | undefined {
  try {
    const whole = readFileSync(place);
    const data = whole.subarray(digestBytes);
    return digest(data).equals(whole.subarray(0, digestBytes)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** If we cannot write to the installation, it just starts a little slower. */
function write(place: string, data: Buffer): void {
  const temporary = `${place}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
    writeFileSync(temporary, Buffer.concat([digest(data), data]), { mode: 0o644 });
    renameSync(temporary, place);
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // The folder does not exist.
    }
  }
}

function digest(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
