/** The ground of every map: the city's own roads, whole in the frame until somebody moves them. */

import { Map as GlMap, prewarm, setWorkerUrl, type PaddingOptions } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { City } from '../api/types';
import { roadStyle } from './road-style';

setWorkerUrl(workerUrl);
// The worker starts beside the rest of the page, not after it, and serves every map that comes.
prewarm();

export interface GroundOptions {
  maxZoom: number;
  /** Around the junctions, in a map of that width in pixels. */
  padding: (width: number) => PaddingOptions | number;
}

export class Ground {
  readonly map: GlMap;
  readonly #city: City;
  readonly #options: GroundOptions;
  #painted: string;
  /** Whether somebody looks elsewhere than at the whole city. */
  #moved = false;

  constructor(map: GlMap, city: City, options: GroundOptions, painted: string) {
    this.map = map;
    this.#city = city;
    this.#options = options;
    this.#painted = painted;
    map.on('movestart', (event) => {
      if ('originalEvent' in event && event.originalEvent) this.#moved = true;
    });
    map.on('resize', () => {
      if (!this.#moved) this.fit();
    });
  }

  /** The whole city; on from here it stays whole when the frame changes. */
  fit(animate = false): void {
    const lons = this.#city.junctions.map((one) => one.lon);
    const lats = this.#city.junctions.map((one) => one.lat);
    if (lons.length === 0) return;
    this.#moved = false;
    this.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], {
      padding: this.#options.padding(this.map.getContainer().clientWidth),
      animate,
      maxZoom: 16,
    });
  }

  zoom(by: number, animate: boolean): void {
    this.#moved = true;
    this.map.zoomTo(this.map.getZoom() + by, { animate });
  }

  /** Elsewhere than at the whole city, at once. */
  go(to: Parameters<GlMap['jumpTo']>[0]): void {
    this.#moved = true;
    this.map.jumpTo(to);
  }

  /** In the colours of that theme. */
  paint(theme: string): void {
    if (theme === this.#painted) return;
    this.#painted = theme;
    document.documentElement.dataset.theme = theme;
    this.map.setStyle(roadStyle(this.#city.map));
  }
}

/** Lays the roads in `holder`; null in a browser without WebGL. Neither keyboard nor screen reader stops at it. */
export function layGround(holder: HTMLElement, city: City, theme: string, options: GroundOptions): Ground | null {
  let map: GlMap;
  try {
    map = new GlMap({
      container: holder, style: roadStyle(city.map), attributionControl: false, dragRotate: false,
      pitchWithRotate: false, minZoom: 9, maxZoom: options.maxZoom, fadeDuration: 0,
    });
  } catch {
    return null;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disable();
  // On a phone one finger scrolls the page; two fingers zoom the map.
  if (matchMedia('(max-width: 900px)').matches) map.dragPan.disable();
  map.getCanvas().setAttribute('tabindex', '-1');
  map.getCanvas().setAttribute('aria-hidden', 'true');
  return new Ground(map, city, options, theme);
}
