/** Colours of vehicle classes; those of standing and moving ones are in app.css, as they follow light and dark. */

const KIND_PAINT: Readonly<Record<string, string>> = {
  two_wheeler: '#d55e00',
  car: '#0072b2',
  auto_rickshaw: '#009e73',
  e_rickshaw: '#8fbf3f',
  bus: '#cc2f7b',
  truck: '#7a4a21',
  lcv: '#b08a3c',
  bicycle: '#8a63c7',
  cycle_rickshaw: '#56b4e9',
};
/** Of a class that this page does not know. */
const OTHER = '#808a88';

/** A colour for each class, in their order. */
export const kindPaints = (classes: readonly string[]): string[] => classes.map((one) => KIND_PAINT[one] ?? OTHER);
