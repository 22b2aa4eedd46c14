/** What is drawn on a camera's picture, and the camera file's parts that it becomes. */

import type { Drawing, Point } from '../api/cameras';

export const KINDS = ['zone', 'stop', 'line', 'mask'] as const;
/** A lane group's zone, its stop line, a counting line, or what nobody may see. */
export type Kind = (typeof KINDS)[number];

export interface Shape {
  /** Told apart by it, whatever its name. */
  key: number;
  kind: Kind;
  /** The lane group of a zone or a stop line, a counting line's own name, nothing for a mask. */
  name: string;
  points: readonly Point[];
  /** Of a zone: how many vehicles stand side by side. */
  lanes: number;
}

export const isArea = (kind: Kind): boolean => kind === 'zone' || kind === 'mask';
/** How many points it needs; a line has no more. */
export const leastPoints = (kind: Kind): number => (isArea(kind) ? 3 : 2);
/** Names that a camera file takes. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.:#-]{0,79}$/;
export const stopName = (laneGroupId: string): string => `stop-${laneGroupId}`.slice(0, 80);

const DIGITS = 1e4;
/** Within the picture, to a ten-thousandth of its size. */
export function placed([x, y]: Point): Point {
  const held = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * DIGITS) / DIGITS;
  return [held(x), held(y)];
}

/** Positive where the point lies on the right of a walk along the line, in a picture whose y grows downwards. */
function side([[x1, y1], [x2, y2]]: readonly [Point, Point], [x, y]: Point): number {
  return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1);
}

/** The direction in which vehicles leave their zone over its stop line: `a` is from the walker's left to the right. */
export function leaving(stop: readonly Point[], zone: readonly Point[]): 'a' | 'b' {
  const [from, to] = stop;
  if (from === undefined || to === undefined) return 'a';
  const sum = zone.reduce((total, point) => total + side([from, to], point), 0);
  return sum > 0 ? 'b' : 'a';
}

/** The camera file's parts. A zone whose lane group has a stop line names it, with the direction of leaving. */
export function drawingOf(id: string, shapes: readonly Shape[]): Drawing {
  const of = (kind: Kind): Shape[] => shapes.filter((one) => one.kind === kind);
  const stops = of('stop');
  return {
    id,
    lines: [
      ...stops.map((one) => ({ name: stopName(one.name), points: one.points })),
      ...of('line').map(({ name, points }) => ({ name, points })),
    ],
    zones: of('zone').map((zone) => {
      const stop = stops.find((one) => one.name === zone.name);
      return {
        lane_group_id: zone.name,
        polygon: zone.points,
        stop: stop === undefined ? null : `${stopName(stop.name)}:${leaving(stop.points, zone.points)}`,
        lanes: zone.lanes,
      };
    }),
    privacy_masks: of('mask').map((one) => ({ polygon: one.points })),
  };
}

/** What a new shape of that kind is called: the next lane group that has none, a free name, or nothing. */
export function nextName(kind: Kind, shapes: readonly Shape[], laneGroupIds: readonly string[]): string {
  const taken = new Set(shapes.filter((one) => one.kind === kind).map((one) => one.name));
  if (kind === 'mask') return '';
  if (kind !== 'line') return laneGroupIds.find((one) => !taken.has(one)) ?? laneGroupIds[0] ?? '';
  let number = 1;
  while (taken.has(`line-${number}`)) number += 1;
  return `line-${number}`;
}

/** A line's middle and a step from it in direction `a`, in the picture's own measure (`width` to `height`). */
export function arrowOf(
  [from, to]: readonly [Point, Point],
  direction: 'a' | 'b',
  size: { width: number; height: number },
  length: number,
): { from: Point; to: Point } {
  const [x1, y1, x2, y2] = [from[0] * size.width, from[1] * size.height, to[0] * size.width, to[1] * size.height];
  const far = Math.hypot(x2 - x1, y2 - y1) || 1;
  const sign = direction === 'a' ? 1 : -1;
  const middle: Point = [(x1 + x2) / 2, (y1 + y2) / 2];
  return {
    from: middle,
    to: [middle[0] - (sign * length * (y2 - y1)) / far, middle[1] + (sign * length * (x2 - x1)) / far],
  };
}
