/** Every English string of the page. `hi.ts` has the same keys; the type below holds them together. */

import type { TroubleKind } from '../api/ask';
import type { Turn } from '../api/site';
import type { CameraState, Cause, Mode, Origin } from '../api/types';
import type { Role } from '../live/session.svelte';
import type { View } from '../router.svelte';
import { alarmsEn, type AlarmMessages } from './alarms';
import { auditEn, type AuditMessages } from './audit';
import { compareEn, type CompareMessages } from './compare';
import { camerasEn, type CameraMessages } from './cameras';
import { controlEn, type ControlMessages } from './control';
import { engineerEn, type EngineerMessages } from './engineer';
import { learningEn, type LearningMessages } from './learning';
import { rehearsalEn, type RehearsalMessages } from './rehearsal';
import { wavesEn, type WaveMessages } from './waves';
import { publicEn, type PublicMessages } from './public';

export interface Messages {
  app: string;
  room: string;
  skip: string;
  nav: string;
  view: Record<View, string>;
  role: Record<Role, string>;
  notAllowed: (view: string) => string;
  notAllowedBody: (role: string) => string;
  loadingView: string;
  viewNotLoaded: string;
  viewNotLoadedBody: string;
  language: string;
  theme: Record<'auto' | 'light' | 'dark', string>;
  themeSwitch: (now: string) => string;

  origin: Record<Origin, string>;
  originLong: Record<Origin, string>;
  live: string;
  waiting: string;
  stale: string;
  ago: (duration: string) => string;
  clockHint: string;
  silentTitle: (duration: string) => string;
  standingTitle: (duration: string) => string;
  staleBody: (clock: string) => string;
  reconnecting: string;

  loadingCity: string;
  cityFailed: string;
  cityFailedBody: string;
  retry: string;
  trouble: Record<TroubleKind, string>;
  troubleAwayBody: string;
  toldInEnglish: string;
  signIn: string;
  signOut: (name: string) => string;
  userName: string;
  password: string;
  signInTrouble: Record<'wrong' | 'slow' | 'away', string>;
  openAccess: string;
  openAccessBody: string;
  noMap: string;
  noMapBody: string;
  mapNotLoaded: string;

  hotspots: string;
  hotspotsHint: string;
  search: string;
  all: string;
  attention: string;
  filter: string;
  noMatch: string;
  allWell: string;

  tileControl: string;
  tileDelay: string;
  tileQueue: string;
  tileCameras: string;
  tileLevels: string;
  ofJunctions: (known: string, all: string) => string;
  ofApproaches: (known: string, all: string) => string;
  longest: (metres: string, where: string) => string;
  camerasOk: string;
  camerasFault: (n: string) => string;
  camerasAllWell: string;
  delayHint: string;

  unknown: string;
  unit: { veh: string; m: string; delay: string; s: string; pcuH: string };
  level: string;
  levelUnknown: string;
  upTo: (seconds: string) => string;
  over: (seconds: string) => string;
  legend: string;
  legendUnit: string;
  legendShape: Record<'adaptive' | 'table' | 'out', string>;
  zoomIn: string;
  zoomOut: string;
  zoomFit: string;
  map: string;

  back: string;
  thana: string;
  placeBasis: (basis: string) => string;
  /** What a fact of the city model stands on. */
  basis: Record<string, string>;
  basisPartly: string;
  noJunction: (id: string) => string;
  diagram: string;
  diagramHint: string;
  north: string;
  approach: string;
  lamps: string;
  queue: string;
  length: string;
  inView: string;
  seen: string;
  neverSeen: string;
  queueUnknown: string;
  turn: Record<Turn, string>;
  lamp: Record<'r' | 'y' | 'G' | 'none', string>;
  group: Record<'vehicle' | 'pedestrian', string>;
  groupElsewhere: string;
  lampsUnknown: string;
  lampsUnknownBody: string;
  lampsReported: (duration: string) => string;
  perApproach: string;

  why: string;
  mode: Record<Mode, string>;
  modeExplained: Record<Mode, string>;
  cause: Record<Cause, string>;
  since: (duration: string) => string;
  ladder: string;
  rungs: readonly [string, string, string, string, string];
  notes: string;

  stages: string;
  stageNow: string;
  changing: string;
  score: string;
  scoreHint: string;
  noStage: string;

  figures: string;
  delay: string;
  throughput: string;
  camera: string;
  cameraState: Record<CameraState, string>;
  cameraNone: string;
  cameraLast: (duration: string) => string;

  alarms: AlarmMessages;
  publicPage: PublicMessages;
  compare: CompareMessages;
  audit: AuditMessages;
  cameras: CameraMessages;
  control: ControlMessages;
  engineer: EngineerMessages;
  learning: LearningMessages;
  rehearsal: RehearsalMessages;
  waves: WaveMessages;
}

export const en: Messages = {
  app: 'Chauraha',
  room: 'traffic control room',
  skip: 'Skip to the main part',
  nav: 'Views',
  view: {
    city: 'City', junction: 'Junction', alarms: 'Alarms', compare: 'Compare', report: 'Daily report',
    rehearsal: 'Rehearsal', engineer: 'Engineer', audit: 'Audit',
  },
  role: { viewer: 'viewer', operator: 'operator', engineer: 'engineer', admin: 'admin' },
  notAllowed: (view) => `“${view}” is not open to you`,
  notAllowedBody: (role) => `It needs the role ${role}. An admin can give it to you.`,
  loadingView: 'Loading the view …',
  viewNotLoaded: 'The view could not be loaded',
  viewNotLoadedBody: 'The service may be away, or newer than this page. Load the page again.',
  language: 'Language',
  theme: { auto: 'Colours as the device has them', light: 'Light colours', dark: 'Dark colours' },
  themeSwitch: (now) => `${now}. Change`,

  origin: { measured: 'Measured', simulated: 'Simulated' },
  originLong: {
    measured: 'Figures measured on the street',
    simulated: 'Figures from the simulated street, not from the real one',
  },
  live: 'Live',
  waiting: 'Waiting for the first figures',
  stale: 'Not live',
  ago: (duration) => `${duration} ago`,
  clockHint: "The service's time",
  silentTitle: (duration) => `No news from the timing service for ${duration}`,
  standingTitle: (duration) => `The timing service's clock has stood still for ${duration}`,
  staleBody: (clock) => `What you see is as of ${clock} and is shown in grey. Signals go on without this page.`,
  reconnecting: 'Trying to connect again.',

  loadingCity: 'Loading the city …',
  cityFailed: 'The timing service does not answer',
  cityFailedBody: 'The page tries again by itself every five seconds. The signals do not need this page.',
  retry: 'Try now',
  trouble: {
    away: 'The timing service does not answer',
    signed_out: 'You are signed out',
    forbidden: 'Your role does not allow this',
    refused: 'The service refused this',
  },
  troubleAwayBody: 'The signals do not need this page.',
  toldInEnglish: 'In its own words',
  signIn: 'Sign in',
  signOut: (name) => `Sign out ${name}`,
  userName: 'User name',
  password: 'Password',
  signInTrouble: {
    wrong: 'No such name and password.',
    slow: 'Too many tries. Wait a minute.',
    away: 'The timing service does not answer.',
  },
  openAccess: 'Open access.',
  openAccessBody: 'Whoever uses this machine may do everything here. For trying out only.',
  noMap: 'The map cannot be drawn here',
  noMapBody: 'This browser has no WebGL. The list of junctions works without it.',
  mapNotLoaded: 'The rest of the page works without it. Load the page again to try once more.',

  hotspots: 'Junctions by delay',
  hotspotsHint: 'worst first',
  search: 'Find a junction or thana',
  all: 'All',
  attention: 'Needs attention',
  filter: 'Which junctions',
  noMatch: 'No junction of that name.',
  allWell: 'No junction needs attention.',

  tileControl: 'Junctions by control',
  tileDelay: 'Mean control delay',
  tileQueue: 'Vehicles queued',
  tileCameras: 'Cameras',
  tileLevels: 'Level of service',
  ofJunctions: (known, all) => `known at ${known} of ${all} junctions`,
  ofApproaches: (known, all) => `known on ${known} of ${all} approaches`,
  longest: (metres, where) => `longest ${metres} m, ${where}`,
  camerasOk: 'working',
  camerasFault: (n) => `${n} lost or ill`,
  camerasAllWell: 'none lost',
  delayHint: 'weighted by PCU passed',

  unknown: 'Unknown',
  unit: { veh: 'veh', m: 'm', delay: 's/PCU', s: 's', pcuH: 'PCU/h' },
  level: 'Level of service',
  levelUnknown: 'level of service unknown',
  upTo: (seconds) => `to ${seconds}`,
  over: (seconds) => `over ${seconds}`,
  legend: 'Level of service (Indo-HCM)',
  legendUnit: 'delay, s/PCU',
  legendShape: { adaptive: 'AI or actuated', table: 'fixed plan or by hand', out: 'dark or flashing' },
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoomFit: 'Whole city',
  map: 'Map of the junctions. The list of junctions holds the same.',

  back: 'City map',
  thana: 'Thana',
  placeBasis: (basis) => `layout: ${basis}`,
  basis: { sourced: 'sourced', approx: 'approximate', memory: 'from memory', assumed: 'assumed' },
  basisPartly: 'assumed in part',
  noJunction: (id) => `There is no junction “${id}” in this city.`,
  diagram: 'Lamps and queues',
  diagramHint: 'north is up, traffic keeps left',
  north: 'N',
  approach: 'Approach',
  lamps: 'Lamps',
  queue: 'Queue',
  length: 'Length',
  inView: 'In view',
  seen: 'Seen',
  neverSeen: 'never seen',
  queueUnknown: 'queue unknown',
  turn: { left: 'left', straight: 'straight', right: 'right', u_turn: 'U-turn' },
  lamp: { r: 'red', y: 'amber', G: 'green', none: 'unknown' },
  group: { vehicle: 'vehicles', pedestrian: 'pedestrians' },
  groupElsewhere: 'Other lamps',
  lampsUnknown: 'Lamps unknown',
  lampsUnknownBody: 'The junction has not reported its lamps.',
  lampsReported: (duration) => `lamps reported ${duration} ago`,
  perApproach: 'By approach',

  why: 'Mode and why',
  mode: {
    ai: 'AI', actuated: 'Actuated', fixed: 'Fixed plan', manual: 'Manual', hold: 'Hold', isolated: 'Isolated',
    flash: 'Flashing', dark: 'Dark',
  },
  modeExplained: {
    ai: 'The AI policy chooses the stage from what the camera counts.',
    actuated: 'The green runs on while vehicles come and ends at a gap.',
    fixed: 'The signal runs its fixed plan for this time of day.',
    manual: 'A person chooses the stage.',
    hold: 'The controller keeps its last timing for a moment.',
    isolated: "The controller runs its own table, without the service's clock.",
    flash: 'All lamps flash: drive with care, give way.',
    dark: 'No lamp is known to be lit.',
  },
  cause: {
    as_planned: 'Working as planned.',
    starting: 'It has just started and takes over once fresh counts have come.',
    no_counts: 'No counts have come from this junction’s camera.',
    stale_counts: 'The camera’s last counts are too old to time a signal by.',
    implausible_counts: 'The counts cannot be right, so they are not used.',
    no_policy: 'The service has no AI policy loaded.',
    policy_error: 'The AI policy failed at this junction.',
    guard_veto: 'The safety guard refused what was proposed.',
    no_poll: 'The controller has stopped asking the service for timings.',
    lease_over: 'The controller lost the service, so it times the junction itself.',
    clock_untrusted: 'The controller’s clock cannot be trusted, so it keeps no common time.',
    table_invalid: 'The controller’s table of plans is not valid.',
    conflict_monitor: 'The conflict monitor saw lamps that must not be lit together.',
    police: 'The police at the junction have taken it over.',
    operator: 'The control room has taken it over.',
    power_lost: 'The junction has no mains: no lamp burns.',
    lamps_out: 'No lamp burns at this junction.',
    corridor: 'A green corridor for an emergency vehicle leads through it.',
    level_crossing: 'A level crossing beside it is shut; what leads over it waits.',
    night_flash: 'By its calendar this junction flashes at this hour.',
    no_status: 'The junction sends no report; power or connection may be gone.',
  },
  since: (duration) => `for ${duration}`,
  ladder: 'Fallback ladder',
  rungs: ['Adaptive', 'Hold', 'Fixed plan', 'Isolated', 'Flashing'],
  notes: 'Notes from the service',

  stages: 'Stages',
  stageNow: 'Stage now',
  changing: 'changing',
  score: 'Score',
  scoreHint: 'The AI takes the stage with the highest score that the guard allows.',
  noStage: 'The stage is not known.',

  figures: 'Figures',
  delay: 'Control delay',
  throughput: 'Throughput',
  camera: 'Camera',
  cameraState: {
    ok: 'Working', frozen: 'Picture frozen', black: 'Picture black', blurred: 'Picture blurred',
    covered: 'Lens covered', moved: 'Camera has moved', lost: 'Stream lost', unfamiliar: 'View not known to the weights',
  },
  cameraNone: 'Nothing has come from a camera yet',
  cameraLast: (duration) => `last report ${duration} ago`,

  alarms: alarmsEn,
  publicPage: publicEn,
  compare: compareEn,
  audit: auditEn,
  cameras: camerasEn,
  control: controlEn,
  engineer: engineerEn,
  learning: learningEn,
  rehearsal: rehearsalEn,
  waves: wavesEn,
};
