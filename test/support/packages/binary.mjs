/** The machine that a program file is for, judging by its first bytes; undefined if it is not a program. */
export function binaryOf(content) {
  if (content.length < 64) return undefined;
  switch (content.readUInt32BE(0)) {
    case 0x7f454c46:
      return { format: 'elf', machine: content.readUInt16LE(18), interpreter: interpreterOf(content) };
    case 0xcffaedfe:
      return { format: 'mach-o', machine: content.readUInt32LE(4) };
    case 0xcafebabe:
      return { format: 'mach-o of several machines' };
  }
  if (content.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = content.readUInt32LE(60);
  return { format: 'pe', machine: content.readUInt16LE(header + 4) };
}

/** The loader that a 64-bit ELF file names (its PT_INTERP), or undefined. */
function interpreterOf(content) {
  const table = Number(content.readBigUInt64LE(32));
  const [size, count] = [content.readUInt16LE(54), content.readUInt16LE(56)];
  for (let at = table; at < table + size * count; at += size) {
    if (content.readUInt32LE(at) !== 3) continue;
    const start = Number(content.readBigUInt64LE(at + 8));
    const length = Number(content.readBigUInt64LE(at + 32));
    return content.toString('latin1', start, start + length - 1);
  }
  return undefined;
}
