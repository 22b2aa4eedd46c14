/** Geometry of the junction diagram: arms by bearing, north up, left-hand traffic. Lengths in pixels. */

export interface Point {
  x: number;
  y: number;
}

const radians = (bearing_deg: number): number => (bearing_deg * Math.PI) / 180;

/** The point at `along` from the middle on a bearing, `aside` to its clockwise side. */
export function onArm(middle: Point, bearing_deg: number, along: number, aside: number): Point {
  const a = radians(bearing_deg);
  return {
    x: middle.x + Math.sin(a) * along + Math.cos(a) * aside,
    y: middle.y - Math.cos(a) * along + Math.sin(a) * aside,
  };
}

/** Distance from a box's middle to its edge on a bearing. */
export function reach(width: number, height: number, bearing_deg: number): number {
  const a = radians(bearing_deg);
  const across = Math.abs(Math.sin(a));
  const up = Math.abs(Math.cos(a));
  return Math.min(across < 1e-9 ? Infinity : width / 2 / across, up < 1e-9 ? Infinity : height / 2 / up);
}

/**
 * How far from the middle the arms come free of each other. Two roads of half width h at an angle d part at
 * h / tan(d / 2); the sharpest pair decides. At least `half` and at most `limit`.
 */
export function clearance(bearings_deg: readonly number[], half: number, limit: number): number {
  const sorted = [...bearings_deg].map((b) => ((b % 360) + 360) % 360).sort((a, b) => a - b);
  let most = half;
  sorted.forEach((bearing, index) => {
    const next = sorted[(index + 1) % sorted.length] ?? bearing;
    const gap = sorted.length < 2 ? 360 : (((next - bearing) % 360) + 360) % 360;
    if (gap > 0 && gap < 180) most = Math.max(most, half / Math.tan(radians(gap) / 2));
  });
  return Math.min(most, Math.max(half, limit));
}

/** Vehicles keep left: seen outwards from the middle, they come in on the clockwise half of the arm. */
export const INBOUND_SIDE = 1;

export interface Size {
  width: number;
  height: number;
}

/** A box by its middle. */
export interface Placed extends Size, Point {}

/** Half a box's extent along a direction. */
const support = (size: Size, along: Point): number =>
  (Math.abs(along.x) * size.width + Math.abs(along.y) * size.height) / 2;

/** How deep a box lies in a road of half width `half` that runs from the middle outwards; 0 when it is clear. */
export function depthInRoad(box: Placed, middle: Point, bearing_deg: number, half: number): number {
  const out = onArm({ x: 0, y: 0 }, bearing_deg, 1, 0);
  const aside = onArm({ x: 0, y: 0 }, bearing_deg, 0, 1);
  const from = { x: box.x - middle.x, y: box.y - middle.y };
  if (from.x * out.x + from.y * out.y + support(box, out) < 0) return 0;
  return Math.max(0, half + support(box, aside) - Math.abs(from.x * aside.x + from.y * aside.y));
}

function depthInBox(a: Placed, b: Placed): number {
  const across = (a.width + b.width) / 2 - Math.abs(a.x - b.x);
  const down = (a.height + b.height) / 2 - Math.abs(a.y - b.y);
  return across > 0 && down > 0 ? Math.min(across, down) : 0;
}

export interface Ground {
  frame: Size;
  middle: Point;
  bearings_deg: readonly number[];
  half: number;
  /** What already has its place. */
  taken: readonly Placed[];
}

/**
 * Where a box goes beside an arm: at the first of the distances `alongs`, on the first of the `sides`, where it
 * lies on no road and covers nothing; else where it covers least. It is kept inside the frame.
 */
export function besideArm(
  ground: Ground,
  bearing_deg: number,
  size: Size,
  alongs: readonly number[],
  sides: readonly number[],
  gap: number,
): Placed {
  const { frame, middle } = ground;
  let best: Placed = { ...middle, ...size };
  let least = Infinity;
  for (const along of alongs) {
    for (const side of sides) {
      const away = onArm({ x: 0, y: 0 }, bearing_deg, 0, side);
      const at = onArm(middle, bearing_deg, along, side * (ground.half + gap + support(size, away)));
      const box: Placed = {
        ...size,
        x: Math.min(Math.max(at.x, size.width / 2 + 4), frame.width - size.width / 2 - 4),
        y: Math.min(Math.max(at.y, size.height / 2 + 4), frame.height - size.height / 2 - 4),
      };
      const cover =
        ground.bearings_deg.reduce((sum, bearing) => sum + depthInRoad(box, middle, bearing, ground.half + 2), 0) +
        ground.taken.reduce((sum, other) => sum + 2 * depthInBox(box, other), 0);
      if (cover === 0) return box;
      if (cover < least) {
        least = cover;
        best = box;
      }
    }
  }
  return best;
}
