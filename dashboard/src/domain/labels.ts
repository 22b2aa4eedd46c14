/** Places name labels beside map markers so that none covers a marker or another label. */

export interface LabelWish {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Side = 'right' | 'left' | 'below' | 'above';

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const SIDES: readonly Side[] = ['right', 'left', 'below', 'above'];

function boxOf(wish: LabelWish, side: Side, gap: number): Box {
  const left =
    side === 'right' ? wish.x + gap : side === 'left' ? wish.x - gap - wish.width : wish.x - wish.width / 2;
  const top =
    side === 'below' ? wish.y + gap : side === 'above' ? wish.y - gap - wish.height : wish.y - wish.height / 2;
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
      const box = boxOf(wish, side, radius + 3);
      const inside = box.left >= 0 && box.top >= 0 && box.right <= frame.width && box.bottom <= frame.height;
      if (!inside || taken.some((other) => other.id !== wish.id && overlap(box, other.box))) continue;
      placed.set(wish.id, side);
      taken.push({ id: `${wish.id} label`, box });
      break;
    }
  }
  return placed;
}
