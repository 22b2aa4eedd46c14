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
