/** ELF machine, Mach-O CPU type or PE machine of a binary. */
const elf = (machine, interpreter) => ({ format: 'elf', machine, interpreter });
const machO = (machine) => ({ format: 'mach-o', machine });
const pe = (machine) => ({ format: 'pe', machine });

const megabyte = 1_000_000;

/**
 * The contents of each package in addition to our own code, by VS Code's name of the platform. `astGrep`: the npm package with ast-grep's
 * program, and its machine; targets without it have ast-grep as WebAssembly. `limit`: bytes of the .vsix.
 */
export const targets = {
  'win32-x64': { astGrep: '@ast-grep/cli-win32-x64-msvc', binary: pe(0x8664), limit: 16 * megabyte },
  'win32-arm64': { astGrep: '@ast-grep/cli-win32-arm64-msvc', binary: pe(0xaa64), limit: 16 * megabyte },
  'darwin-x64': { astGrep: '@ast-grep/cli-darwin-x64', binary: machO(0x01000007), limit: 16 * megabyte },
  'darwin-arm64': { astGrep: '@ast-grep/cli-darwin-arm64', binary: machO(0x0100000c), limit: 16 * megabyte },
  'linux-x64': {
    astGrep: '@ast-grep/cli-linux-x64-gnu',
    binary: elf(62, '/lib64/ld-linux-x86-64.so.2'),
    limit: 16 * megabyte,
  },
  'linux-arm64': {
    astGrep: '@ast-grep/cli-linux-arm64-gnu',
    binary: elf(183, '/lib/ld-linux-aarch64.so.1'),
    limit: 16 * megabyte,
  },
  // There are no builds of ast-grep for musl.
  'alpine-x64': { limit: 16 * megabyte },
  'alpine-arm64': { limit: 16 * megabyte },
  // For any other platform.
  universal: { limit: 8 * megabyte },
};

/** The name of ast-grep's program in `dist/ast-grep/` for a target that has one. */
export function programName(target) {
  return target.startsWith('win32') ? 'ast-grep.exe' : 'ast-grep';
}
