/** A recorded minute from its bytes; `docs/recording.md` has the layout, `junction/recording_chunk.py` writes it. */

export interface Chunk {
  first_s: number;
  moments: number;
  /** By moment: vehicle-seconds lost so far by every vehicle due, vehicles due so far, on the street, not let in. */
  lost_s: Float32Array;
  due: Uint32Array;
  running: Uint32Array;
  waiting: Uint32Array;
  /** By moment and junction, one moment after another. */
  queue_veh: Uint16Array;
  lostHere: Uint16Array;
  mode: Uint8Array;
  /** By moment and signal group: 0 dark or flashing, 1 red, 2 amber, 3 green. */
  lamp: Uint8Array;
  junctions: number;
  groups: number;
  /** By track, a vehicle's way through the minute: class, first moment, moments, and where its positions begin. */
  kind: Uint8Array;
  begins: Uint8Array;
  lasts: Uint8Array;
  starts: Uint32Array;
  /** By track and moment, in the box's units; 256 a turn. */
  x: Int16Array;
  y: Int16Array;
  heading: Uint8Array;
}

const HEADER_BYTES = 24;
const MAGIC = 0x50524843; // CHRP
const VERSION = 1;
const MAX_MOMENTS = 61;

/** Raises Error for bytes that are cut, or no chunk of this version. */
export function decodeChunk(bytes: ArrayBuffer): Chunk {
  const view = new DataView(bytes);
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) throw new Error('chunk: not a recording');
  const version = view.getUint16(4, true);
  if (version !== VERSION) throw new Error(`chunk: expected version ${VERSION}, got ${version}`);
  const moments = view.getUint16(6, true);
  const first_s = view.getUint32(8, true);
  const tracks = view.getUint32(12, true);
  const positions = view.getUint32(16, true);
  const junctions = view.getUint16(20, true);
  const groups = view.getUint16(22, true);
  const size =
    HEADER_BYTES + moments * (16 + 5 * junctions + groups) + positions * 5 + tracks * 3;
  if (moments < 1 || moments > MAX_MOMENTS || bytes.byteLength !== size) {
    throw new Error(`chunk: expected ${size} bytes, got ${bytes.byteLength}`);
  }
  let at = HEADER_BYTES;
  const take = (count: number, each: 1 | 2 | 4): number => {
    const from = at;
    at += count * each;
    return from;
  };
  const cells = moments * junctions;
  const chunk = {
    first_s, moments, junctions, groups,
    lost_s: new Float32Array(bytes, take(moments, 4), moments),
    due: new Uint32Array(bytes, take(moments, 4), moments),
    running: new Uint32Array(bytes, take(moments, 4), moments),
    waiting: new Uint32Array(bytes, take(moments, 4), moments),
    queue_veh: new Uint16Array(bytes, take(cells, 2), cells),
    lostHere: new Uint16Array(bytes, take(cells, 2), cells),
    x: new Int16Array(bytes, take(positions, 2), positions),
    y: new Int16Array(bytes, take(positions, 2), positions),
    mode: new Uint8Array(bytes, take(cells, 1), cells),
    lamp: new Uint8Array(bytes, take(moments * groups, 1), moments * groups),
    kind: new Uint8Array(bytes, take(tracks, 1), tracks),
    begins: new Uint8Array(bytes, take(tracks, 1), tracks),
    lasts: new Uint8Array(bytes, take(tracks, 1), tracks),
    heading: new Uint8Array(bytes, take(positions, 1), positions),
  };
  return { ...chunk, starts: undo(chunk.lasts, chunk.x, chunk.y) };
}

/** Positions were kept as differences within a track: adds them up in place, and tells where each track begins. */
function undo(lasts: Uint8Array, x: Int16Array, y: Int16Array): Uint32Array {
  const starts = new Uint32Array(lasts.length);
  let at = 0;
  for (let track = 0; track < lasts.length; track += 1) {
    starts[track] = at;
    const end = at + (lasts[track] as number);
    if (end === at || end > x.length) break;
    for (let i = at + 1; i < end; i += 1) {
      x[i] = (x[i] as number) + (x[i - 1] as number); // an Int16Array wraps, as it did when it was written
      y[i] = (y[i] as number) + (y[i - 1] as number);
    }
    at = end;
  }
  if (at !== x.length) throw new Error('chunk: its tracks do not add up to its positions');
  return starts;
}
