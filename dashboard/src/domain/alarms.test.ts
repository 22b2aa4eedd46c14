import { describe, expect, it } from 'vitest';
import type { Alarm, PastAlarm } from '../api/alarms';
import { ALARM_CAUSES, ALARM_KINDS, FAULT_KINDS } from '../api/alarms';
import { en } from '../i18n/en';
import { hi } from '../i18n/hi';
import { camerasDown, causeInWords, unacknowledged, withActions } from './alarms';

function alarm(changes: Partial<Alarm>): Alarm {
  return {
    id: 'a', junction_id: 'tatmill', kind: 'signal_dark', cause: 'power_lost', detail: '', since_at: 100, ended_at: null,
    acknowledged_at: null, acknowledged_by: null, ...changes,
  };
}

describe('alarms', () => {
  it('say their cause in the words of what is at fault', () => {
    expect(causeInWords(alarm({}), en)).toBe(en.cause.power_lost);
    expect(causeInWords(alarm({ kind: 'camera_down', cause: 'frozen' }), hi)).toBe(hi.cameraState.frozen);
    // The same word for a camera and for a box: the kind decides.
    expect(causeInWords(alarm({ kind: 'camera_down', cause: 'lost' }), en)).toBe(en.cameraState.lost);
    expect(causeInWords(alarm({ kind: 'camera_down', cause: 'lost, silent' }), hi)).toBe(
      `${hi.cameraState.lost} · ${hi.alarms.cause.silent}`,
    );
    expect(camerasDown('cam-1, cam-2', en)).toBe('Camera: cam-1, cam-2');
    expect(camerasDown('cam-1: lost, cam-2: silent', hi)).toBe(
      `कैमरा: cam-1 (${hi.cameraState.lost}), cam-2 (${hi.alarms.cause.silent})`,
    );
    expect(causeInWords(alarm({ kind: 'no_report', cause: 'never_reported' }), en)).toBe(en.alarms.cause.never_reported);
    expect(causeInWords(alarm({ kind: 'equipment', cause: 'door, lamp' }), en)).toBe('Door open · Lamp');
    expect(causeInWords(alarm({ cause: 'of next year' }), en)).toBe('of next year');
  });

  it('wait until someone has acknowledged them', () => {
    expect(unacknowledged([alarm({ id: 'a' }), alarm({ id: 'b', acknowledged_at: 5 })]).map((one) => one.id)).toEqual(['a']);
  });

  it('are as new as the stream and as complete as the answer', () => {
    const answered: PastAlarm = { ...alarm({ cause: 'lamps_out' }), actions: [{ at: 1, actor: 'x', text: 'sent' }] };
    expect(withActions([alarm({}), alarm({ id: 'b' })], [answered])).toEqual([
      { ...answered, cause: 'power_lost' },
      alarm({ id: 'b' }),
    ]);
  });

  it('have words for every kind and cause', () => {
    for (const { alarms } of [en, hi]) {
      expect(Object.keys(alarms.kind).sort()).toEqual([...ALARM_KINDS].sort());
      expect(Object.keys(alarms.cause).sort()).toEqual([...ALARM_CAUSES].sort());
      expect(Object.keys(alarms.fault).sort()).toEqual([...FAULT_KINDS].sort());
    }
  });
});
