/** Alarms in words, and which of them still wait for someone. */

import { ALARM_CAUSES, FAULT_KINDS, type Alarm, type AlarmCause, type FaultKind } from '../api/alarms';
import { CAMERA_STATES, CAUSES, type CameraState, type Cause } from '../api/types';
import type { Messages } from '../i18n/en';

const isIn = <T extends string>(known: readonly T[], word: string): word is T => known.includes(word as T);

/** Why, in the page's language; a word that this page does not know yet is shown as it came. */
export function causeInWords(alarm: Alarm, t: Messages): string {
  if (alarm.kind === 'equipment') {
    return alarm.cause
      .split(', ')
      .map((kind) => (isIn<FaultKind>(FAULT_KINDS, kind) ? t.alarms.fault[kind] : kind))
      .join(' · ');
  }
  if (alarm.kind === 'camera_down') {
    return alarm.cause
      .split(', ')
      .map((cause) => cameraTrouble(cause, t))
      .join(' · ');
  }
  if (isIn<AlarmCause>(ALARM_CAUSES, alarm.cause)) return t.alarms.cause[alarm.cause];
  return isIn<Cause>(CAUSES, alarm.cause) ? t.cause[alarm.cause] : alarm.cause;
}

function cameraTrouble(cause: string, t: Messages): string {
  if (isIn<AlarmCause>(ALARM_CAUSES, cause)) return t.alarms.cause[cause];
  return isIn<CameraState>(CAMERA_STATES, cause) ? t.cameraState[cause] : cause;
}

/** The cameras that are down; where they differ, each with its cause. */
export function camerasDown(detail: string, t: Messages): string {
  const down = detail.split(', ').map((one) => {
    const [id = '', cause] = one.split(': ');
    return cause === undefined ? id : `${id} (${cameraTrouble(cause, t)})`;
  });
  return `${t.cameras.cameraId}: ${down.join(', ')}`;
}

export const unacknowledged = (alarms: readonly Alarm[]): Alarm[] => alarms.filter((one) => one.acknowledged_at === null);

/** Open alarms as the stream has them now, with what the last answer knows was done about each. */
export function withActions<T extends Alarm>(open: readonly Alarm[], answered: readonly T[]): (Alarm | T)[] {
  const known = new Map(answered.map((one) => [one.id, one]));
  return open.map((alarm) => ({ ...known.get(alarm.id), ...alarm }));
}
