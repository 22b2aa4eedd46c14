import { describe, expect, it } from 'vitest';
import { arrowOf, drawingOf, leaving, nextName, placed, type Shape } from './drawing';

const ZONE: Shape = { key: 1, kind: 'zone', name: 'n1', points: [[0.2, 0.2], [0.8, 0.2], [0.9, 0.8]], lanes: 2 };
const STOP: Shape = { key: 2, kind: 'stop', name: 'n1', points: [[0.1, 0.8], [0.9, 0.8]], lanes: 1 };

describe('a drawing', () => {
  it('names a zone’s stop line with the direction in which its vehicles leave', () => {
    // The walker goes to the right; the zone is above, on his left: from left to right is `a`.
    expect(leaving(STOP.points, ZONE.points)).toBe('a');
    expect(leaving([...STOP.points].reverse(), ZONE.points)).toBe('b');
    const drawing = drawingOf('cam', [ZONE, STOP]);
    expect(drawing.lines).toEqual([{ name: 'stop-n1', points: STOP.points }]);
    expect(drawing.zones).toEqual([{ lane_group_id: 'n1', polygon: ZONE.points, stop: 'stop-n1:a', lanes: 2 }]);
  });

  it('leaves a zone without a stop line, and another lane group’s line, alone', () => {
    const drawing = drawingOf('cam', [ZONE, { ...STOP, name: 's1' }, { ...ZONE, key: 3, kind: 'mask', name: '' }]);
    expect(drawing.zones[0]?.stop).toBeNull();
    expect(drawing.privacy_masks).toEqual([{ polygon: ZONE.points }]);
  });

  it('stays within the picture', () => {
    expect(placed([-0.2, 1.7])).toEqual([0, 1]);
    expect(placed([0.123456, 0.5])).toEqual([0.1235, 0.5]);
  });

  it('offers what has no zone yet, and a free name for a line', () => {
    expect(nextName('zone', [ZONE], ['n1', 's1'])).toBe('s1');
    expect(nextName('zone', [ZONE], ['n1'])).toBe('n1');
    expect(nextName('line', [{ ...STOP, kind: 'line', name: 'line-1' }], [])).toBe('line-2');
  });

  it('points an arrow from the walker’s left to the right, square to the line on the screen', () => {
    const arrow = arrowOf([[0, 0.5], [1, 0.5]], 'a', { width: 1000, height: 500 }, 40);
    expect(arrow).toEqual({ from: [500, 250], to: [500, 290] });
    expect(arrowOf([[0, 0.5], [1, 0.5]], 'b', { width: 1000, height: 500 }, 40).to).toEqual([500, 210]);
  });
});
