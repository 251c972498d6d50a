// Writes a screenshot as a PNG of 256 colors, which is a third of its size and looks the same: most pixels of a window have one of few colors.
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

/**
 * @param {Buffer} png of 8 bits a channel, without transparent pixels, as browsers write them
 * @returns {Buffer} the same picture with a palette
 */
export function png8(png) {
  const { width, height, pixels } = decode(png);
  const counts = new Map();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = paletteOf(counts);
  const indexes = new Map([...counts.keys()].map((color) => [color, nearest(palette, color).index]));
  const raw = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) raw[y * (width + 1) + 1 + x] = indexes.get(pixels[y * width + x]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colors = Buffer.from(palette.flatMap((color) => channels(color)));
  const parts = [
    ['IHDR', header],
    ['PLTE', colors],
    ['IDAT', deflateSync(raw, { level: 9 })],
    ['IEND', Buffer.alloc(0)],
  ];
  return Buffer.concat([signature, ...parts.map(([type, data]) => chunk(type, data))]);
}

function decode(png) {
  const data = [];
  let header = Buffer.alloc(0);
  for (let at = signature.length; at < png.length;) {
    const size = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + size);
    if (type === 'IHDR') header = body;
    if (type === 'IDAT') data.push(body);
    at += size + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bytes = { 2: 3, 6: 4 }[header[9]];
  if (header[8] !== 8 || bytes === undefined || header[12] !== 0) throw new Error('This kind of PNG is not read here.');
  const raw = inflateSync(Buffer.concat(data));
  const rows = Buffer.alloc(width * height * bytes);
  const length = width * bytes;
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (length + 1)];
    for (let x = 0; x < length; x += 1) {
      const at = y * length + x;
      const left = x >= bytes ? rows[at - bytes] : 0;
      const up = y > 0 ? rows[at - length] : 0;
      const corner = x >= bytes && y > 0 ? rows[at - length - bytes] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      rows[at] = raw[y * (length + 1) + 1 + x] + guess;
    }
  }
  const pixels = new Uint32Array(width * height);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = rows.readUIntBE(at * bytes, 3);
  return { width, height, pixels };
}

function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** Adds again and again the color whose pixels are the most, and the farthest from their nearest one so far. */
function paletteOf(counts) {
  const colors = [...counts].map(([color, count]) => ({ color, weight: Math.sqrt(count), far: Infinity }));
  const palette = [];
  while (palette.length < 256) {
    const next = colors.reduce((best, one) => (one.weight * one.far > best.weight * best.far ? one : best));
    if (next.far === 0) break;
    palette.push(next.color);
    for (const one of colors) one.far = Math.min(one.far, distance(one.color, next.color));
  }
  return palette;
}

function nearest(palette, color) {
  let best = { index: 0, far: Infinity };
  for (const [index, one] of palette.entries()) {
    const far = distance(one, color);
    if (far < best.far) best = { index, far };
  }
  return best;
}

function channels(color) {
  return [color >> 16, (color >> 8) & 255, color & 255];
}

function distance(a, b) {
  const [red, green, blue] = [(a >> 16) - (b >> 16), ((a >> 8) & 255) - ((b >> 8) & 255), (a & 255) - (b & 255)];
  return 2 * red * red + 4 * green * green + blue * blue;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}
