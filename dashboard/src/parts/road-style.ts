/** How MapLibre draws the city's own roads, in the page's colours of this moment. */

import type { FeatureCollection } from 'geojson';
import type { StyleSpecification } from 'maplibre-gl';

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function roadStyle(roads: FeatureCollection): StyleSpecification {
  const width = (scale: number): unknown => [
    'interpolate', ['exponential', 1.5], ['zoom'],
    10, ['*', scale, ['match', ['get', 'class'], ['highway', 'arterial'], 2.4, 'sub-arterial', 1.6, 1.1]],
    16, ['*', scale, ['match', ['get', 'class'], ['highway', 'arterial'], 17, 'sub-arterial', 12, 8]],
  ];
  return {
    version: 8,
    sources: { roads: { type: 'geojson', data: roads } },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': colour('--surface') } },
      {
        id: 'roads',
        type: 'line',
        source: 'roads',
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: {
          'line-color': [
            'match', ['get', 'class'], ['highway', 'arterial'], colour('--road-major'), colour('--road'),
          ],
          'line-width': width(1) as number,
        },
      },
    ],
  };
}
