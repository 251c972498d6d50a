// Builds ast-grep.wasm.br from lib.rs (README.md says what that takes). Arguments are passed on to cargo.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const folder = dirname(fileURLToPath(import.meta.url));
const target = 'wasm32-unknown-unknown';

/** Runs cargo. @returns what it wrote to standard output */
function cargo(args, env = {}) {
  const options = { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] };
  const { status, stdout, error } = spawnSync('cargo', args, { ...options, maxBuffer: 1 << 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`cargo ${args.join(' ')} ended with exit code ${status}`);
  return stdout.toString('utf8');
}

// The C headers that tree-sitter has for WebAssembly: the grammars' own build scripts do not all know of them.
const { packages } = JSON.parse(cargo(['metadata', '--format-version', '1', '--locked', '--filter-platform', target]));
const { manifest_path } = packages.find(({ name }) => name === 'tree-sitter-language');
const headers = join(dirname(manifest_path), 'wasm', 'include');
// Its paths are in the messages of panics, and should not be this machine's.
const registry = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src');
const [index] = readdirSync(registry);
const flags = [`--remap-path-prefix=${join(registry, index)}=`, `--remap-path-prefix=${folder}=`];
// Some build scripts would add a second C library to tree-sitter's own: they get one of empty files.
const empty = join(folder, 'target', 'empty');
mkdirSync(empty, { recursive: true });
for (const name of ['stdio.c', 'stdlib.c', 'string.c']) writeFileSync(join(empty, name), '');
const metadata = { 'wasm-headers': headers, 'wasm-src': empty };
const options = Object.entries(metadata).flatMap(([key, value]) => [
  '--config',
  `target.${target}.tree-sitter-language.${key}=${JSON.stringify(value)}`,
]);
cargo(['build', '--release', '--locked', '--target', target, ...options, ...process.argv.slice(2)], {
  CFLAGS_wasm32_unknown_unknown: `-I${headers} -include ${join(folder, 'prelude.h')} -ffile-prefix-map=${registry}=`,
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: flags.join(' '),
});

const wasm = readFileSync(join(folder, 'target', target, 'release', 'ast_grep_wasm.wasm'));
const packed = brotliCompressSync(wasm, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length,
  },
});
writeFileSync(join(folder, 'ast-grep.wasm.br'), packed);
console.log(`ast-grep.wasm.br: ${packed.length} bytes, ${wasm.length} unpacked`);
