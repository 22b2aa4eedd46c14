/**
 * Vehicles and lamps on a canvas over the map. A canvas of two dimensions, because the map under it then stands still:
 * where WebGL is drawn by the processor, a map that is drawn anew for each frame costs more than all vehicles.
 */

import type { Scene } from './reel';

/** Where the map is: the point of the world in the canvas's middle, and the canvas's pixels in one world. */
export interface Camera {
  x: number;
  y: number;
  world_px: number;
  width: number;
  height: number;
  /** The canvas's pixels in one of the page's. */
  ratio: number;
}

export interface Look {
  by: 'motion' | 'kind';
  /** Colour by class, then of what stands and of what moves. */
  kinds: readonly string[];
  standing: string;
  moving: string;
  /** Length and width by class. */
  bodies_m: readonly (readonly [number, number])[];
}

/** Slower than this is standing, as everywhere here: 5 km/h. */
export const STANDING_MPS = 5 / 3.6;
/** Further than this in a second nobody drives: SUMO has moved a stuck vehicle. */
const JUMP_M = 60;
/** From this many of the page's pixels a metre on, vehicles are drawn as bodies, else as dots. */
const BODY_PX_M = 1.2;
const DOT_PX = 3;
const EDGE_PX = 12;

/** "#rrggbb" as a pixel of an image, as the processor holds it (little-endian). */
export function pixelOf(colour: string): number {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}

/**
 * The vehicles' canvas. Far away a vehicle is a few pixels, written straight into the picture: thousands of rectangles
 * given to the canvas one by one take longer. Near, it is a body of its class's size.
 */
export class VehicleLayer {
  #image: ImageData | null = null;
  #pixels = new Uint32Array(0);

  constructor(readonly context: CanvasRenderingContext2D) {}

  /** Draws that second of the run and tells how many vehicles are in sight. `world_m` is metres in one world. */
  draw(scene: Scene, time_s: number, camera: Camera, world_m: number, look: Look): number {
    const { width, height, world_px } = camera;
    const { begins, lasts, starts, kind, east, south } = scene;
    const inChunk = Math.min(Math.max(time_s - scene.first_s, 0), scene.moments - 1);
    const m = Math.floor(inChunk);
    const part = inChunk - m;
    const px_m = world_px / world_m;
    const still2 = (STANDING_MPS / world_m) ** 2;
    const jump = JUMP_M / world_m;
    const edge = EDGE_PX * camera.ratio;
    const left = width / 2 - camera.x * world_px;
    const top = height / 2 - camera.y * world_px;
    const byKind = look.by === 'kind';
    const bodies = px_m >= BODY_PX_M * camera.ratio;
    const dots = bodies ? null : this.#blank(width, height);
    const size = Math.max(2, Math.round(DOT_PX * camera.ratio));
    const paints = look.kinds.map(pixelOf);
    const [standing, moving] = [pixelOf(look.standing), pixelOf(look.moving)];
    if (bodies) this.#clear(width, height);
    let seen = 0;
    for (let track = 0; track < begins.length; track += 1) {
      const i = m - (begins[track] as number);
      const last = (lasts[track] as number) - 1;
      if (i < 0 || i > last) continue;
      const at = (starts[track] as number) + i;
      let x = east[at] as number;
      let y = south[at] as number;
      const to = i < last ? at + 1 : i > 0 ? at - 1 : at;
      const dx = (east[to] as number) - x;
      const dy = (south[to] as number) - y;
      if (i < last && Math.abs(dx) + Math.abs(dy) < jump) {
        x += dx * part;
        y += dy * part;
      }
      const px = left + x * world_px;
      const py = top + y * world_px;
      if (px < -edge || py < -edge || px > width + edge || py > height + edge) continue;
      seen += 1;
      const stands = dx * dx + dy * dy < still2;
      const k = kind[track] as number;
      if (dots === null) {
        this.context.fillStyle = byKind ? (look.kinds[k] as string) : stands ? look.standing : look.moving;
        this.#body(look.bodies_m[k] as readonly [number, number], scene.heading[at] as number, px, py, px_m);
      } else {
        const paint = byKind ? (paints[k] as number) : stands ? standing : moving;
        const x0 = Math.max(0, Math.round(px - size / 2));
        const x1 = Math.min(width, x0 + size);
        const y1 = Math.min(height, Math.round(py + size / 2));
        for (let row = Math.max(0, Math.round(py - size / 2)); row < y1; row += 1) {
          for (let pixel = row * width + x0; pixel < row * width + x1; pixel += 1) dots[pixel] = paint;
        }
      }
    }
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    if (this.#image !== null && dots !== null) this.context.putImageData(this.#image, 0, 0);
    return seen;
  }

  #body([length, wide]: readonly [number, number], heading: number, px: number, py: number, px_m: number): void {
    const angle = (heading / 128) * Math.PI;
    const [ahead, up] = [Math.sin(angle), Math.cos(angle)];
    this.context.setTransform(up, ahead, -ahead, up, px, py);
    this.context.fillRect((-wide * px_m) / 2, 0, wide * px_m, length * px_m); // behind the front bumper
  }

  #clear(width: number, height: number): void {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, width, height);
  }

  #blank(width: number, height: number): Uint32Array {
    if (this.#image === null || this.#image.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    } else {
      this.#pixels.fill(0);
    }
    return this.#pixels;
  }
}

/** A junction's arms: the bearing of each, and the places of its signal groups in a moment's lamps. */
export interface Arms {
  x: number;
  y: number;
  name: string;
  arms: { bearing_deg: number; groups: number[] }[];
}

const NEAR_PX = 6;
const FAR_PX = 12;
const WIDE_PX = 4;
/** At fewer of the page's pixels a metre than this, lamps are drawn half as large: they would hide the roads. */
const SMALL_BELOW_PX_M = 0.1;
/** From this many of the page's pixels a metre on, junctions are named. */
const NAME_PX_M = 0.3;

/** Draws each arm's brightest lamp: towards the junction, so many pixels or metres from its middle. */
export function drawLamps(
  context: CanvasRenderingContext2D, junctions: readonly Arms[], lamps: Uint8Array, camera: Camera, world_m: number,
  paint: { red: string; amber: string; green: string; off: string; edge: string; ink: string },
): void {
  const { ratio } = camera;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, camera.width, camera.height);
  // In the page's own pixels from here on.
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const [width, height, world_px] = [camera.width / ratio, camera.height / ratio, camera.world_px / ratio];
  const colours = [paint.off, paint.red, paint.amber, paint.green];
  const px_m = world_px / world_m;
  const size = px_m < SMALL_BELOW_PX_M ? 0.5 : 1;
  const [near, far] = [NEAR_PX * size, FAR_PX * size];
  const out = Math.max(0, 14 * px_m - near); // outside the crossing itself, once that can be seen
  context.lineCap = 'butt';
  context.font = "600 12px 'Noto Sans Devanagari'";
  context.textAlign = 'center';
  for (const { x, y, name, arms } of junctions) {
    const px = width / 2 + (x - camera.x) * world_px;
    const py = height / 2 + (y - camera.y) * world_px;
    if (px < -60 || py < -60 || px > width + 60 || py > height + 60) continue;
    for (const [wide, edge] of [[WIDE_PX * size + 2, true], [WIDE_PX * size, false]] as const) {
      for (const arm of arms) {
        const brightest = arm.groups.reduce((best, group) => Math.max(best, lamps[group] ?? 0), 0);
        const angle = (arm.bearing_deg / 180) * Math.PI;
        const [ahead, up] = [Math.sin(angle), -Math.cos(angle)];
        const [from, to] = edge ? [near - 1, far + 1] : [near, far];
        context.strokeStyle = edge ? paint.edge : (colours[brightest] as string);
        context.lineWidth = wide;
        context.beginPath();
        context.moveTo(px + ahead * (from + out), py + up * (from + out));
        context.lineTo(px + ahead * (to + out), py + up * (to + out));
        context.stroke();
      }
    }
    if (px_m < NAME_PX_M) continue;
    context.strokeStyle = paint.edge;
    context.lineWidth = 3;
    context.strokeText(name, px, py - out - far - 6);
    context.fillStyle = paint.ink;
    context.fillText(name, px, py - out - far - 6);
  }
}
