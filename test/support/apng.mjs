// Combines PNG files of the same size into an animation (APNG), which browsers, GitHub and VS Code show.
import { crc32 } from 'node:zlib';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

/** The chunks of a PNG file. */
function* chunksOf(png) {
  for (let at = signature.length; at < png.length;) {
    const size = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + size) };
    at += size + 12;
  }
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/**
 * @param {{png: Buffer, ms: number}[]} frames the first sets size and color type, and is shown where nothing moves
 * @returns {Buffer} an endless animation
 */
export function apng(frames) {
  const header = (png) => [...chunksOf(png)].find(({ type }) => type === 'IHDR').data;
  const first = header(frames[0].png);
  if (frames.some(({ png }) => !header(png).equals(first))) throw new Error('The frames differ in size or color type.');
  let sequence = 0;
  const parts = [signature, chunk('IHDR', first), chunk('acTL', Buffer.concat([uint32(frames.length), uint32(0)]))];
  frames.forEach(({ png, ms }, index) => {
    const place = Buffer.concat([first.subarray(0, 8), uint32(0), uint32(0)]);
    parts.push(
      chunk('fcTL', Buffer.concat([uint32(sequence++), place, uint16(ms), uint16(1000), Buffer.from([0, 0])])),
    );
    for (const { type, data } of chunksOf(png)) {
      if (type !== 'IDAT') continue;
      parts.push(index === 0 ? chunk('IDAT', data) : chunk('fdAT', Buffer.concat([uint32(sequence++), data])));
    }
  });
  return Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]);
}
