/** From a recording's units to the map: Web Mercator, as parts of the whole world from the box's middle. */

import type { Box } from '../api/rehearsals';

export interface Placing {
  /** The box's middle, 0 to 1 from west to east and from north to south. */
  origin: { x: number; y: number };
  /** Metres on the ground in one world, at the box's middle. */
  world_m: number;
  /** Parabolas through the nine points: coefficients of 1, u, u², v, uv, u²v, v², uv², u²v², u and v from -1 to 1. */
  east: Float64Array;
  south: Float64Array;
}

const EQUATOR_M = 40_075_016.686;

export const mercatorX = (lon: number): number => (lon + 180) / 360;
export const mercatorY = (lat: number): number =>
  (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;

/** Coefficients of 1, t and t² of the parabola through values at -1, 0 and 1. */
const parabola = (low: number, middle: number, high: number): [number, number, number] => [
  middle, (high - low) / 2, (high + low) / 2 - middle,
];

function surface(points: number[][]): Float64Array {
  const rows = points.map((row) => parabola(row[0] ?? NaN, row[1] ?? NaN, row[2] ?? NaN));
  const along = [0, 1, 2].map((k) => parabola(rows[0]?.[k] ?? NaN, rows[1]?.[k] ?? NaN, rows[2]?.[k] ?? NaN));
  return Float64Array.from([0, 1, 2].flatMap((power) => along.map((of) => of[power] ?? NaN)));
}

/** Raises Error for a box that has not its nine points. */
export function placingOf(box: Box): Placing {
  const lat = box.lat[1]?.[1];
  const lon = box.lon[1]?.[1];
  if (lat === undefined || lon === undefined) throw new Error('box: expected 3 x 3 points');
  const origin = { x: mercatorX(lon), y: mercatorY(lat) };
  const placing = {
    origin,
    world_m: EQUATOR_M * Math.cos((lat * Math.PI) / 180),
    east: surface(box.lon.map((row) => row.map((one) => mercatorX(one) - origin.x))),
    south: surface(box.lat.map((row) => row.map((one) => mercatorY(one) - origin.y))),
  };
  if (placing.east.length !== 9 || [...placing.east, ...placing.south].some((one) => !Number.isFinite(one))) {
    throw new Error('box: expected 3 x 3 points');
  }
  return placing;
}

/** Places of positions in units, as parts of the world from the origin. */
export function place(
  placing: Placing, box: Box, x: Int16Array, y: Int16Array,
): { x: Float32Array; y: Float32Array } {
  const n = x.length;
  const out = { x: new Float32Array(n), y: new Float32Array(n) };
  const [a0, a1, a2, a3, a4, a5, a6, a7, a8] = placing.east as unknown as Nine;
  const [b0, b1, b2, b3, b4, b5, b6, b7, b8] = placing.south as unknown as Nine;
  for (let i = 0; i < n; i += 1) {
    const u = (x[i] as number) / box.half_x;
    const v = (y[i] as number) / box.half_y;
    out.x[i] = a0 + u * (a1 + u * a2) + v * (a3 + u * (a4 + u * a5) + v * (a6 + u * (a7 + u * a8)));
    out.y[i] = b0 + u * (b1 + u * b2) + v * (b3 + u * (b4 + u * b5) + v * (b6 + u * (b7 + u * b8)));
  }
  return out;
}

type Nine = [number, number, number, number, number, number, number, number, number];
