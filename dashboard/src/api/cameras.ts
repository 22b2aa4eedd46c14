/** A junction's cameras, the one still that may be asked of them, and the camera file of what is drawn on it. */

import { get, send, Trouble } from './ask';
import type { CameraState, Origin } from './types';

export interface HeardCamera {
  id: string;
  state: CameraState;
  age_s: number;
  origin: Origin;
  /** Whether a still is asked for, or waits to be looked at. */
  still: 'none' | 'asked' | 'ready';
}

/** A point in fractions of the picture's width and height. */
export type Point = readonly [number, number];

/** What was drawn, as the service takes it. */
export interface Drawing {
  id: string;
  lines: { name: string; points: readonly Point[] }[];
  zones: { lane_group_id: string; polygon: readonly Point[]; stop: string | null; lanes: number }[];
  privacy_masks: { polygon: readonly Point[] }[];
}

/** What was looked at, and what was found. */
export type CameraCheck = { ok: boolean } & (
  | { name: 'camera file'; facts: { lines: number; zones: number; movements: number; privacy_masks: number } }
  | { name: 'junction'; facts: { lane_groups: number; never_seen: string[] } }
);

export interface CameraFile {
  file_name: string;
  toml: string;
  checks: CameraCheck[];
}

const pathOf = (junctionId: string): string => `v1/junctions/${encodeURIComponent(junctionId)}`;
const stillPath = (junctionId: string, cameraId: string): string =>
  `${pathOf(junctionId)}/cameras/${encodeURIComponent(cameraId)}/still`;

export const loadCameras = async (junctionId: string): Promise<HeardCamera[]> =>
  (await get<{ cameras: HeardCamera[] }>(`${pathOf(junctionId)}/cameras`)).cameras;

export const askStill = (junctionId: string, cameraId: string, reason: string): Promise<unknown> =>
  send(stillPath(junctionId, cameraId), { reason });

/** The picture, decoded: it is never an address that something else could keep. Raises Trouble. */
export async function loadStill(junctionId: string, cameraId: string): Promise<ImageBitmap> {
  try {
    const answer = await fetch(stillPath(junctionId, cameraId));
    if (answer.ok) return await createImageBitmap(await answer.blob());
  } catch {
    // What the service or the browser said of it tells nobody more.
  }
  throw new Trouble('away');
}

export const makeCameraFile = (junctionId: string, drawing: Drawing): Promise<CameraFile> =>
  send(`${pathOf(junctionId)}/camera-file`, drawing);
