/** Alarms of the service: what is wrong, who saw to it, what was done. `_at` are Unix seconds. */

import { get, send } from './ask';

/** The gravest first. */
export const ALARM_KINDS = [
  'signal_dark', 'no_report', 'equipment', 'spill_back', 'cycle_failures', 'camera_down', 'off_ai',
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** Causes that are an alarm's only; the others are a junction's or a camera's. */
export const ALARM_CAUSES = ['never_reported', 'silent', 'queue_full', 'queue_left'] as const;
export type AlarmCause = (typeof ALARM_CAUSES)[number];

export const FAULT_KINDS = ['power', 'lamp', 'detector', 'door', 'comms'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Alarm {
  id: string;
  junction_id: string;
  kind: AlarmKind;
  /** A cause of a junction, a state of a camera, a cause of alarms alone, or kinds of faults with commas between. */
  cause: string;
  detail: string;
  since_at: number;
  ended_at: number | null;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
}

export interface AlarmAction {
  at: number;
  actor: string;
  text: string;
}

export interface PastAlarm extends Alarm {
  actions: AlarmAction[];
}

export interface Alarms {
  begin_at: number;
  end_at: number;
  alarms: PastAlarm[];
}

export const loadAlarms = (days: number): Promise<Alarms> => get<Alarms>('v1/alarms', { days });

export const acknowledge = (id: string): Promise<PastAlarm> => send<PastAlarm>(`v1/alarms/${id}/acknowledge`, {});

export const noteAction = (id: string, text: string): Promise<PastAlarm> =>
  send<PastAlarm>(`v1/alarms/${id}/actions`, { text });
