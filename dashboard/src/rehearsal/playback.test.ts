import { describe, expect, it } from 'vitest';
import { Playback, runClock } from './playback.svelte';

function playing(speed: '1' | '10' = '10'): Playback {
  const playback = new Playback();
  playback.end_s = 100;
  playback.speed = speed;
  playback.playing = true;
  return playback;
}

describe('playback', () => {
  it('goes as fast as it is told, and stands while something is not there yet', () => {
    const playback = playing();
    playback.advance(1000, 984, true);
    expect(playback.exact_s).toBeCloseTo(0.16);
    playback.advance(1016, 1000, false);
    expect(playback.exact_s).toBeCloseTo(0.16);
  });

  it('does not jump after a stall', () => {
    const playback = playing();
    playback.advance(60_000, 1000, true);
    expect(playback.exact_s).toBeCloseTo(2.5);
  });

  it('stops at the end, and begins anew from there', () => {
    const playback = playing();
    playback.seek(99.9);
    playback.advance(100, 0, true);
    expect([playback.exact_s, playback.shown_s, playback.playing]).toEqual([100, 100, false]);
    playback.toggle();
    expect([playback.exact_s, playback.playing]).toEqual([0, true]);
  });

  it('stays within the run', () => {
    const playback = playing();
    playback.seek(-5);
    expect(playback.exact_s).toBe(0);
    playback.seek(500);
    expect(playback.shown_s).toBe(100);
  });

  it('tells the time of a run', () => {
    expect([runClock(0), runClock(245.9), runClock(3750)]).toEqual(['0:00', '4:05', '1:02:30']);
  });
});
