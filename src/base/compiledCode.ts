import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

// V8's compiled code of our built files, kept from one start to the next: to compile them takes longer than all else that a small scan does.
// (Node's own module.enableCompileCache comes with Node 22.) These scripts have no import(), which would need more than that: see esbuild.mjs.

/** Node's method that compiles and runs a CommonJS file; it is not in its types. */
interface Compiling {
  _compile(content: string, file: string, ...rest: unknown[]): unknown;
}

const digestBytes = 32;
const parameters = 'exports, require, module, __filename, __dirname';

/**
 * From now on, the code of the scripts in a folder is kept in its `compiled/`, where who can write could have changed the scripts as well. What is
 * damaged there, or of other scripts or another Node, is compiled anew; what cannot be written there is not kept.
 * @param folder the folder of the built files (dist)
 * @param saves whether this process writes what is missing. In the main thread that happens at its end, when all that it uses is compiled.
 */
export function keepCompiledCode(folder: string, saves: boolean): void {
  // Coverage knows scripts by the URLs that Node itself gives them.
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
      // A worker thread is ended without notice.
      if (isMainThread) missing.push(save);
      else save();
    }
    return result;
  };
  if (isMainThread && saves) process.once('exit', () => missing.forEach((save) => save()));
}

/** Names compiled code by all that it depends on. */
function nameOf(content: string): string {
  const hash = createHash('sha256').update(content);
  hash.update(JSON.stringify([process.version, process.arch, process.execArgv, process.env['NODE_OPTIONS']]));
  return hash.digest('hex').slice(0, 32);
}

/** The code, if it is there and as it was written: V8 itself does not check that. */
function read(place: string): Buffer | undefined {
  try {
    const whole = readFileSync(place);
    const data = whole.subarray(digestBytes);
    return digest(data).equals(whole.subarray(0, digestBytes)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** An installation that is not ours to write starts a little slower: that is no error. */
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
      // There is no such folder.
    }
  }
}

function digest(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
