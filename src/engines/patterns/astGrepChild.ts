// ast-grep for platforms without its program: takes the arguments that pass.ts gives to it and writes what it would, by the WebAssembly of `wasm/`.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { brotliDecompressSync } from 'node:zlib';
import * as z from 'zod';
import { errorCode, errorMessage } from '../../base/errors';
import { readJson } from '../../base/jsonFile';

/** What languageRules.ts and syntax.ts write as ast-grep's configuration. */
const configuration = z.object({
  ruleDirs: z.array(z.string()),
  utilDirs: z.array(z.string()).default([]),
  languageGlobs: z.record(z.string(), z.array(z.string())),
});

/** The functions of wasm/lib.rs. Text is given as the place and length of its bytes. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  allocate(length: number): number;
  configure(order: number, length: number): number;
  announce(path: number, length: number): void;
  scan(path: number, pathLength: number, content: number, contentLength: number): void;
}

class AstGrep {
  readonly #exports: Exports;
  readonly #printed: { 1: string; 2: string } = { 1: '', 2: '' };

  constructor(file: string) {
    // A process lives for a few files, and optimizing some of a grammar's tables (Swift's) takes five seconds of CPU, for which Node waits at its end.
    setFlagsFromString('--liftoff-only');
    const module = new WebAssembly.Module(brotliDecompressSync(readFileSync(file)));
    const host_write = (stream: 1 | 2, at: number, length: number) => {
      this.#printed[stream] += Buffer.from(this.#exports.memory.buffer, at, length).toString('utf8');
    };
    // The functions are those of lib.rs, built together with this file.
    this.#exports = new WebAssembly.Instance(module, { env: { host_write } }).exports as unknown as Exports;
  }

  /** @returns ast-grep's exit code */
  configure(order: object): number {
    return this.#exports.configure(...this.#give(Buffer.from(JSON.stringify(order))));
  }

  announce(path: string): void {
    this.#exports.announce(...this.#give(Buffer.from(path)));
  }

  scan(path: string, content: Uint8Array): void {
    this.#exports.scan(...this.#give(Buffer.from(path)), ...this.#give(content));
  }

  /** Passes on what was printed. */
  async flush(): Promise<void> {
    await write(process.stdout, this.#printed[1]);
    await write(process.stderr, this.#printed[2]);
    this.#printed[1] = this.#printed[2] = '';
  }

  #give(bytes: Uint8Array): [at: number, length: number] {
    const at = this.#exports.allocate(bytes.length);
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes);
    return [at, bytes.length];
  }
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (text === '') resolve();
    else stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

function textsIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yml'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** @returns ast-grep's exit code */
async function main([wasm, config, ...files]: readonly string[]): Promise<number> {
  if (wasm === undefined || config === undefined) throw new Error('Usage: astGrepChild.js WASM CONFIG [FILE ...]');
  const read = await readJson(config, configuration);
  if (read.is !== 'read') throw new Error(`${config} is ${read.is}`);
  const { ruleDirs, utilDirs, languageGlobs } = read.value;
  const astGrep = new AstGrep(wasm);
  const textsOf = (folders: readonly string[]) => folders.flatMap((name) => textsIn(resolve(dirname(config), name)));
  const code = astGrep.configure({ rules: textsOf(ruleDirs), utils: textsOf(utilDirs), languageGlobs });
  await astGrep.flush();
  if (code !== 0) return code;
  for (const file of files) {
    const path = file.replace(/^\.\//, '');
    astGrep.announce(path);
    await astGrep.flush();
    try {
      astGrep.scan(path, readFileSync(path));
    } catch (error) {
      // As ast-grep does with a file that it cannot read. After anything else the module may be left in any state.
      if (errorCode(error) === undefined) throw error;
      await write(process.stderr, `ERROR: ${path}: ${errorMessage(error)}\n`);
    } finally {
      await astGrep.flush();
    }
  }
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.exitCode = 101;
    process.stderr.write(`Error: ${errorMessage(error)}\n`);
  },
);
