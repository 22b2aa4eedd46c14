import { describe, expect, it } from 'vitest';
import { besideArm, clearance, depthInRoad, INBOUND_SIDE, onArm, reach } from './diagram';
import { labelOffset, placeLabels } from './labels';

const MIDDLE = { x: 100, y: 100 };

describe('junction diagram', () => {
  it('has north up and the incoming side on the drivers’ left', () => {
    expect(onArm(MIDDLE, 0, 50, 0)).toEqual({ x: 100, y: 50 });
    const east = onArm(MIDDLE, 90, 50, 0);
    expect(east.x).toBeCloseTo(150);
    expect(east.y).toBeCloseTo(100);
    // Coming from the north one drives south; left of that is east.
    expect(onArm(MIDDLE, 0, 50, INBOUND_SIDE * 10)).toEqual({ x: 110, y: 50 });
  });

  it('reaches the edge of the box', () => {
    expect(reach(200, 100, 0)).toBeCloseTo(50);
    expect(reach(200, 100, 90)).toBeCloseTo(100);
    expect(reach(200, 200, 45)).toBeCloseTo(Math.SQRT2 * 100);
  });

  it('clears the arms of each other: h / tan(d / 2)', () => {
    expect(clearance([0, 90, 180, 270], 20, 200)).toBeCloseTo(20);
    expect(clearance([0, 60, 180], 20, 200)).toBeCloseTo(20 / Math.tan(Math.PI / 6));
    expect(clearance([0, 5], 20, 80)).toBe(80);
    expect(clearance([30], 20, 80)).toBe(20);
  });

  it('places a box off the road, and off what is taken', () => {
    const ground = { frame: { width: 200, height: 200 }, middle: MIDDLE, bearings_deg: [0, 90], half: 20, taken: [] };
    const size = { width: 30, height: 16 };
    const first = besideArm(ground, 0, size, [80, 60], [-1, 1], 4);
    expect(first).toMatchObject({ x: 100 - 20 - 4 - 15, y: 20 });
    expect(depthInRoad(first, MIDDLE, 0, 20)).toBe(0);
    const second = besideArm({ ...ground, taken: [first] }, 0, size, [80, 60], [-1, 1], 4);
    expect(second.x).toBe(100 + 20 + 4 + 15);
    expect(depthInRoad({ x: 100, y: 40, width: 10, height: 10 }, MIDDLE, 0, 20)).toBe(25);
  });
});

describe('map labels', () => {
  it('go to the first free side, and are left out where none is', () => {
    const wish = (id: string, x: number, y: number) => ({ id, x, y, width: 40, height: 10 });
    const frame = { width: 200, height: 200 };
    const markers = [
      { id: 'a', x: 100, y: 100 },
      { id: 'b', x: 130, y: 100 },
    ];
    const sides = placeLabels([wish('a', 100, 100), wish('b', 130, 100)], markers, 10, frame);
    expect(sides.get('a')).toEqual({ across: -1, down: 0 });
    expect(sides.get('b')).toEqual({ across: 1, down: 0 });
    const tight = placeLabels([wish('a', 10, 10)], [{ id: 'a', x: 10, y: 10 }], 10, { width: 20, height: 20 });
    expect(tight.size).toBe(0);
  });

  it('stand clear of their own marker', () => {
    expect(labelOffset({ across: 1, down: 0 }, 40, 10, 10)).toEqual({ x: 13, y: -5 });
    expect(labelOffset({ across: 0, down: -1 }, 40, 10, 10)).toEqual({ x: -20, y: -23 });
  });
});
