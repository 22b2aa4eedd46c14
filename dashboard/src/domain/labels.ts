/** Places name labels beside map markers so that none covers a marker or another label. */

export interface LabelWish {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a label stands from its marker: its own direction across and down, -1, 0 or 1. */
export interface Side {
  across: -1 | 0 | 1;
  down: -1 | 0 | 1;
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const SIDES: readonly Side[] = [
  { across: 1, down: 0 },
  { across: -1, down: 0 },
  { across: 1, down: -1 },
  { across: -1, down: 1 },
  { across: 1, down: 1 },
  { across: -1, down: -1 },
  { across: 0, down: 1 },
  { across: 0, down: -1 },
];

/** The label's top left corner from its marker's middle. A label aslant comes nearer, round the marker's corner. */
export function labelOffset(side: Side, width: number, height: number, radius: number): { x: number; y: number } {
  const aslant = side.across !== 0 && side.down !== 0;
  const gap = aslant ? radius * 0.72 : radius + 3;
  const lift = aslant ? radius * 0.5 : side.across === 0 ? gap : 0;
  return {
    x: side.across === 0 ? -width / 2 : side.across > 0 ? gap : -gap - width,
    y: side.down === 0 ? -height / 2 : side.down > 0 ? lift : -lift - height,
  };
}

function boxOf(wish: LabelWish, side: Side, radius: number): Box {
  const offset = labelOffset(side, wish.width, wish.height, radius);
  const left = wish.x + offset.x;
  const top = wish.y + offset.y;
  return { left, top, right: left + wish.width, bottom: top + wish.height };
}

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/**
 * The side each label goes to, in order of importance; a label without room is left out. `radius` is the
 * markers' radius and the frame is the map's size, all in pixels.
 */
export function placeLabels(
  wishes: readonly LabelWish[],
  markers: readonly { id: string; x: number; y: number }[],
  radius: number,
  frame: { width: number; height: number },
): Map<string, Side> {
  const placed = new Map<string, Side>();
  const taken: { id: string; box: Box }[] = markers.map(({ id, x, y }) => ({
    id,
    box: { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius },
  }));
  for (const wish of wishes) {
    for (const side of SIDES) {
      const box = boxOf(wish, side, radius);
      const inside = box.left >= 0 && box.top >= 0 && box.right <= frame.width && box.bottom <= frame.height;
      if (!inside || taken.some((other) => other.id !== wish.id && overlap(box, other.box))) continue;
      placed.set(wish.id, side);
      taken.push({ id: `${wish.id} label`, box });
      break;
    }
  }
  return placed;
}
