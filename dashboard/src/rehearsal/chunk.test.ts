import { describe, expect, it } from 'vitest';
import { decodeChunk } from './chunk';
import { pixelOf } from './draw';
import { momentAt, mostDifferent } from './moment';
import { place, placingOf, mercatorX, mercatorY } from './place';

/** Three moments from second 60, one junction with two groups, two tracks; laid out as docs/recording.md says. */
function bytes(change: (view: DataView) => void = () => undefined, cut = 0): ArrayBuffer {
  const parts: [1 | 2 | 4 | 'f', number[]][] = [
    ['f', [0, 10, 20]], [4, [4, 4, 5]], [4, [1, 2, 2]], [4, [0, 0, 1]], // lost_s, due, running, waiting
    [2, [7, 8, 9]], [2, [25, 25, 25]], // queue_veh, lost_here
    [2, [100, 3, 0, -32768]], [2, [-5, 0, -2, 32767]], // x, y as differences
    [1, [0, 0, 2]], [1, [3, 1, 3, 1, 2, 0]], // mode, lamp
    [1, [1, 4]], [1, [0, 2]], [1, [3, 1]], [1, [64, 64, 64, 128]], // kind, begins, lasts, heading
  ];
  const size = parts.reduce((sum, [kind, values]) => sum + values.length * (kind === 'f' ? 4 : kind), 24);
  const view = new DataView(new ArrayBuffer(size - cut));
  [0x43, 0x48, 0x52, 0x50].forEach((one, at) => view.setUint8(at, one));
  view.setUint16(4, 1, true);
  view.setUint16(6, 3, true);
  [60, 2, 4].forEach((one, n) => view.setUint32(8 + 4 * n, one, true));
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  let at = 24;
  for (const [kind, values] of parts) {
    for (const value of values) {
      if (at + (kind === 'f' ? 4 : kind) > view.byteLength) break;
      if (kind === 'f') view.setFloat32(at, value, true);
      else if (kind === 4) view.setUint32(at, value, true);
      else if (kind === 2) view.setInt16(at, value, true);
      else view.setUint8(at, value);
      at += kind === 'f' ? 4 : kind;
    }
  }
  change(view);
  return view.buffer;
}

describe('a recorded minute', () => {
  it('is read as it was written, its differences added up', () => {
    const chunk = decodeChunk(bytes());
    expect([chunk.first_s, chunk.moments, chunk.junctions, chunk.groups]).toEqual([60, 3, 1, 2]);
    expect([...chunk.x]).toEqual([100, 103, 103, -32768]);
    expect([...chunk.y]).toEqual([-5, -5, -7, 32767]);
    expect([...chunk.starts]).toEqual([0, 3]);
    expect([...chunk.kind, ...chunk.begins, ...chunk.lasts]).toEqual([1, 4, 0, 2, 3, 1]);
    expect([...chunk.heading]).toEqual([64, 64, 64, 128]);
  });

  it('wraps as it did when it was written', () => {
    const chunk = decodeChunk(bytes((view) => view.setInt16(24 + 48 + 12 + 2, 32767, true)));
    expect(chunk.x[1]).toBe(100 + 32767 - 65536);
  });

  it('is refused when it is cut, another thing, or of another version', () => {
    expect(() => decodeChunk(bytes(undefined, 3))).toThrow('expected 119 bytes, got 116');
    expect(() => decodeChunk(new ArrayBuffer(10))).toThrow('not a recording');
    expect(() => decodeChunk(bytes((view) => view.setUint8(0, 0)))).toThrow('not a recording');
    expect(() => decodeChunk(bytes((view) => view.setUint16(4, 2, true)))).toThrow('version 1, got 2');
    const lasts = 119 - 4 - 2;
    expect(() => decodeChunk(bytes((view) => view.setUint8(lasts, 2)))).toThrow('do not add up');
    expect(() => decodeChunk(bytes((view) => view.setUint8(lasts + 1, 9)))).toThrow('do not add up');
  });

  it('has the figures of its last whole second', () => {
    const chunk = decodeChunk(bytes());
    expect(momentAt(chunk, 61.9)).toMatchObject({ delay_s: 2.5, queue_veh: 8, running: 2, waiting: 0 });
    expect(momentAt(chunk, 62)).toMatchObject({ delay_s: 4, queue_veh: 9, waiting: 1 });
    expect([...momentAt(chunk, 62).lamps]).toEqual([2, 0]);
    expect(momentAt(chunk, 99).queue_veh).toBe(9);
    expect(momentAt(decodeChunk(bytes((view) => view.setUint32(24 + 12, 0, true))), 60).delay_s).toBeNull();
  });
});

describe('places', () => {
  const box = {
    unit_m: 0.2, half_x: 32500, half_y: 30000,
    lon: [[80.2, 80.3, 80.4], [80.2, 80.3, 80.4], [80.2, 80.3, 80.4]],
    lat: [[26.4, 26.4, 26.4], [26.45, 26.45, 26.45], [26.5, 26.5, 26.5]],
  };

  it('of the nine points are exact, and between them within a hand of Mercator', () => {
    const placing = placingOf(box);
    const at = (x: number, y: number) => {
      const { x: east, y: south } = place(placing, box, Int16Array.of(x), Int16Array.of(y));
      return [(east[0] ?? 0) + placing.origin.x, (south[0] ?? 0) + placing.origin.y] as const;
    };
    for (const [x, y, lon, lat] of [
      [0, 0, 80.3, 26.45], [-32500, -30000, 80.2, 26.4], [32500, 30000, 80.4, 26.5], [16250, 15000, 80.35, 26.475],
    ] as const) {
      const [east, south] = at(x, y);
      expect(Math.abs(east - mercatorX(lon)) * placing.world_m).toBeLessThan(0.05);
      expect(Math.abs(south - mercatorY(lat)) * placing.world_m).toBeLessThan(0.05);
    }
  });

  it('need all nine points', () => {
    expect(() => placingOf({ ...box, lat: [[26.4, 26.4, 26.4]] })).toThrow('3 x 3');
    expect(() => placingOf({ ...box, lon: box.lon.map((row) => row.slice(1)) })).toThrow('3 x 3');
  });
});

describe('the junctions that differ most', () => {
  it('come first by the difference, then by the queue', () => {
    const rows = mostDifferent(Uint16Array.of(5, 9, 0, 30), Uint16Array.of(5, 2, 7, 30), 3);
    expect(rows).toEqual([{ index: 1, ai: 9, fixed: 2 }, { index: 2, ai: 0, fixed: 7 }, { index: 3, ai: 30, fixed: 30 }]);
  });
});

describe('a colour', () => {
  it('is a pixel with its bytes in order: red, green, blue, opaque', () => {
    expect([...new Uint8Array(Uint32Array.of(pixelOf('#c22f12')).buffer)]).toEqual([0xc2, 0x2f, 0x12, 0xff]);
  });
});
