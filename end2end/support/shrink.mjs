// Makes the pictures that tests compare with smaller: as many colours as fit into a palette, each a hair from what it
// was, far below what a comparison takes for another one.
//   node support/shrink.mjs FOLDER
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const PALETTE_MAX = 256;

/** The chunks of a file, by type; data of several of a type are joined. */
function chunks(file) {
    const found = new Map();
    for (let at = SIGNATURE.length; at < file.length; ) {
        const length = file.readUInt32BE(at);
        const type = file.toString('latin1', at + 4, at + 8);
        const data = file.subarray(at + 8, at + 8 + length);
        found.set(type, Buffer.concat([found.get(type) ?? Buffer.alloc(0), data]));
        at += length + 12;
    }
    return found;
}

/** The pixels as the browser drew them: `channels` bytes each (PNG, "Filter types"). */
function pixels(data, width, height, channels) {
    const row = width * channels;
    const out = Buffer.alloc(row * height);
    for (let y = 0; y < height; y++) {
        const filter = data[y * (row + 1)];
        for (let x = 0; x < row; x++) {
            const at = y * row + x;
            const left = x >= channels ? out[at - channels] : 0;
            const up = y > 0 ? out[at - row] : 0;
            const corner = x >= channels && y > 0 ? out[at - row - channels] : 0;
            let guess = 0;
            if (filter === 1) guess = left;
            else if (filter === 2) guess = up;
            else if (filter === 3) guess = (left + up) >> 1;
            else if (filter === 4) {
                const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
                guess = a <= b && a <= c ? left : b <= c ? up : corner;
            }
            out[at] = data[y * (row + 1) + 1 + x] + guess;
        }
    }
    return out;
}

/** What a colour becomes when only every so manyth is kept. */
const rounded = (value, step) => Math.min(255, Math.round(value / step) * step);

/** Colours and one index a pixel, as fine as a palette allows. The most frequent ones stay exactly as they are. */
function indexed(raw, channels) {
    const counts = new Map();
    const key = (at) => (raw[at] << 16) | (raw[at + 1] << 8) | raw[at + 2];
    for (let at = 0; at < raw.length; at += channels) {
        counts.set(key(at), (counts.get(key(at)) ?? 0) + 1);
    }
    const exact = new Set([...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, PALETTE_MAX / 4).map(([colour]) => colour));
    for (let step = 1; ; step++) {
        const palette = new Map();
        const becomes = new Map();
        for (const colour of [...counts.keys()].sort((a, b) => a - b)) {
            const coarse = [16, 8, 0].reduce((sum, shift) => sum | (rounded((colour >> shift) & 255, step) << shift), 0);
            const chosen = exact.has(colour) ? colour : coarse;
            if (!palette.has(chosen)) palette.set(chosen, palette.size);
            becomes.set(colour, palette.get(chosen));
        }
        if (palette.size <= PALETTE_MAX) {
            const indices = Buffer.alloc(raw.length / channels, 0);
            for (let n = 0; n < indices.length; n++) indices[n] = becomes.get(key(n * channels));
            return { palette: [...palette.keys()], indices };
        }
    }
}

/** The check that ends a chunk (PNG, "Cyclic Redundancy Code"). */
function crc(bytes) {
    let check = ~0;
    for (const byte of bytes) {
        check ^= byte;
        for (let bit = 0; bit < 8; bit++) check = check & 1 ? (check >>> 1) ^ 0xedb88320 : check >>> 1;
    }
    return ~check >>> 0;
}

function chunk(type, data) {
    const [length, end] = [Buffer.alloc(4), Buffer.alloc(4)];
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    length.writeUInt32BE(data.length);
    end.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, end]);
}

/** The same picture with a palette; anything but what browsers write stays as it is. */
function shrunk(file) {
    const parts = chunks(file);
    const header = Buffer.from(parts.get('IHDR'));
    const [width, height, depth, kind] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]];
    const channels = { 2: 3, 6: 4 }[kind];
    if (depth !== 8 || channels === undefined || header[12] !== 0) return file;
    const { palette, indices } = indexed(pixels(inflateSync(parts.get('IDAT')), width, height, channels), channels);
    const rows = Buffer.alloc((width + 1) * height);
    for (let y = 0; y < height; y++) {
        indices.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
    }
    header[9] = 3;
    const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
    const data = deflateSync(rows, { level: 9 });
    return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', colours), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

const folder = process.argv[2];
for (const name of readdirSync(folder).filter((name) => name.endsWith('.png'))) {
    const path = join(folder, name);
    writeFileSync(path, shrunk(readFileSync(path)));
}
