/** One run's chunks: loaded when they are wanted, the next one ahead, the ones not used for longest forgotten. */

import { loadChunk, type Box, type ChunkEntry } from '../api/rehearsals';
import { decodeChunk, type Chunk } from './chunk';
import { place, type Placing } from './place';

const KEPT = 5;
const AHEAD = 2;

export interface Scene extends Chunk {
  /** Places of the positions, as parts of the world from the placing's origin. */
  east: Float32Array;
  south: Float32Array;
}

type Loaded = Scene | 'loading' | Error;

export class Reel {
  #entries: readonly ChunkEntry[] = [];
  readonly #scenes = new Map<string, Loaded>();

  /** `changed` is called when a chunk has come, or could not be had. */
  constructor(
    readonly id: string,
    readonly box: Box,
    readonly placing: Placing,
    readonly changed: () => void,
  ) {}

  /** The run's chunks so far; a recording that goes on gets more. */
  set entries(entries: readonly ChunkEntry[]) {
    this.#entries = entries;
  }

  /** Seconds recorded. */
  get end_s(): number {
    const last = this.#entries.at(-1);
    return last === undefined ? 0 : last.first_s + last.moments - 1;
  }

  /** The scene of that second of the run (of its end, after that); null while it is loaded or if there is none. */
  at(time_s: number): Scene | null {
    const index = this.#indexAt(time_s);
    for (let ahead = 0; ahead <= AHEAD; ahead += 1) this.#want(this.#entries[index + ahead]);
    const found = this.#scenes.get(this.#entries[index]?.file ?? '');
    return found === undefined || found === 'loading' || found instanceof Error ? null : found;
  }

  /** What went wrong with that second's chunk. */
  troubleAt(time_s: number): Error | null {
    const found = this.#scenes.get(this.#entries[this.#indexAt(time_s)]?.file ?? '');
    return found instanceof Error ? found : null;
  }

  /** Asks again for what could not be had. */
  retry(): void {
    for (const [file, one] of this.#scenes) if (one instanceof Error) this.#scenes.delete(file);
    this.changed();
  }

  #indexAt(time_s: number): number {
    const after = this.#entries.findIndex((one) => one.first_s + one.moments - 1 > time_s);
    return after < 0 ? this.#entries.length - 1 : after;
  }

  #want(entry: ChunkEntry | undefined): void {
    if (entry === undefined) return;
    const found = this.#scenes.get(entry.file);
    if (found !== undefined) {
      this.#scenes.delete(entry.file); // to the end: used last
      this.#scenes.set(entry.file, found);
      return;
    }
    for (const file of this.#scenes.keys()) {
      if (this.#scenes.size < KEPT) break;
      this.#scenes.delete(file);
    }
    this.#scenes.set(entry.file, 'loading');
    void this.#load(entry);
  }

  async #load(entry: ChunkEntry): Promise<void> {
    let loaded: Loaded;
    try {
      const chunk = decodeChunk(await loadChunk(this.id, entry.file));
      const { x, y } = place(this.placing, this.box, chunk.x, chunk.y);
      loaded = { ...chunk, east: x, south: y };
    } catch (error) {
      loaded = error instanceof Error ? error : new Error(String(error));
    }
    if (this.#scenes.has(entry.file)) this.#scenes.set(entry.file, loaded);
    this.changed();
  }
}
