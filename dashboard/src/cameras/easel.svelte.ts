/** What is being drawn for a junction's camera. Shapes stay while the page is open; the picture goes with the view. */

import type { Point } from '../api/cameras';
import { isArea, leastPoints, nextName, placed, type Kind, type Shape } from '../domain/drawing';

class Easel {
  #junctionId = '';
  #laneGroupIds: readonly string[] = [];
  #next = 1;
  shapes = $state.raw<readonly Shape[]>([]);
  kind = $state<Kind>('zone');
  name = $state('');
  /** Corners of the shape that is not closed yet. */
  pending = $state.raw<readonly Point[]>([]);
  /** The shape whose corners can be moved. */
  chosen = $state<number | null>(null);
  readonly closable = $derived(isArea(this.kind) && this.pending.length >= leastPoints(this.kind));

  /** Another junction's drawing begins with nothing. */
  of(junctionId: string, laneGroupIds: readonly string[]): void {
    if (junctionId === this.#junctionId) return;
    this.#junctionId = junctionId;
    this.#laneGroupIds = laneGroupIds;
    this.shapes = [];
    this.draw(this.kind);
  }

  /** What the next corners are of; what was not closed is dropped. */
  draw(kind: Kind): void {
    this.drop();
    this.kind = kind;
    this.name = nextName(kind, this.shapes, this.#laneGroupIds);
  }

  add(point: Point): void {
    this.chosen = null;
    this.pending = [...this.pending, placed(point)];
    if (!isArea(this.kind) && this.pending.length === leastPoints(this.kind)) this.close();
  }

  back(): void {
    this.pending = this.pending.slice(0, -1);
  }

  drop(): void {
    this.pending = [];
    this.chosen = null;
  }

  close(): void {
    if (this.pending.length < leastPoints(this.kind)) return;
    const key = this.#next++;
    this.shapes = [...this.shapes, { key, kind: this.kind, name: this.name, points: this.pending, lanes: 1 }];
    this.draw(this.kind);
    this.chosen = key;
  }

  change(key: number, to: Partial<Shape>): void {
    this.shapes = this.shapes.map((one) => (one.key === key ? { ...one, ...to } : one));
  }

  move(key: number, index: number, point: Point): void {
    const shape = this.shapes.find((one) => one.key === key);
    if (shape) this.change(key, { points: shape.points.map((one, i) => (i === index ? placed(point) : one)) });
  }

  remove(key: number): void {
    this.shapes = this.shapes.filter((one) => one.key !== key);
    if (this.chosen === key) this.chosen = null;
  }
}

export const easel = new Easel();
