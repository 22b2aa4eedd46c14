/** The strings of the rehearsal's view, in both languages. */

import type { RehearsalFault, Run } from '../api/rehearsals';

export interface RehearsalMessages {
  hint: string;
  loading: string;
  none: string;
  noneBody: string;
  unreadable: string;
  choose: string;
  about: (minutes: string, seed: string) => string;
  cut: string;
  cutBody: (ai: string, fixed: string) => string;
  run: Record<Run, string>;
  runMap: (run: string) => string;
  notRecorded: string;
  ended: string;
  waiting: string;
  damaged: string;
  simulated: string;

  play: string;
  pause: string;
  speed: string;
  times: (factor: string) => string;
  time: string;
  timeOf: (now: string, end: string) => string;
  faults: string;
  faultKind: Record<RehearsalFault['kind'], string>;
  until: (from: string, to: string) => string;
  toTheEnd: string;
  jumpTo: (what: string) => string;

  now: string;
  delay: string;
  delayHint: string;
  queue: string;
  queueHint: string;
  running: string;
  notIn: string;
  difference: string;
  less: string;
  more: string;
  same: string;
  course: string;

  colourBy: string;
  colours: Record<'motion' | 'kind', string>;
  standing: string;
  moving: string;
  kinds: Record<string, string>;
  lamps: string;
  lamp: Record<'red' | 'amber' | 'green' | 'off', string>;
  legend: string;

  different: string;
  differentHint: string;
  junction: string;
  show: (junction: string) => string;

  report: string;
  final: string;
  unsafe: string;
  arrived: string;
  noReport: string;
}

export const rehearsalEn: RehearsalMessages = {
  hint: 'The simulated street, recorded twice over the same vehicles: timed by the AI and on the fixed plans of today.',
  loading: 'Reading the recordings …',
  none: 'There is no recording yet',
  noneBody: 'Make one where the simulation runs: chauraha rehearse --minutes 30 --record runs/rehearsals/evening',
  unreadable: 'Cannot be replayed',
  choose: 'Recording',
  about: (minutes, seed) => `${minutes} min, seed ${seed}`,
  cut: 'Not complete',
  cutBody: (ai, fixed) => `Cut short, or still being made: AI up to ${ai}, fixed plans up to ${fixed}.`,
  run: { ai: 'AI', fixed: 'Fixed plans' },
  runMap: (run) => `Map of the run: ${run}`,
  notRecorded: 'This run was not recorded',
  ended: 'The recording of this run ends here',
  waiting: 'Loading …',
  damaged: 'This minute of the recording cannot be read',
  simulated: 'simulated',

  play: 'Play',
  pause: 'Pause',
  speed: 'Speed',
  times: (factor) => `${factor}×`,
  time: 'Time of the run',
  timeOf: (now, end) => `${now} of ${end}`,
  faults: 'What was broken on purpose',
  faultKind: { 'server-down': 'timing service killed', 'camera-lost': 'camera lost', 'signal-dark': 'no mains' },
  until: (from, to) => `${from} to ${to}`,
  toTheEnd: 'the end',
  jumpTo: (what) => `Jump to: ${what}`,

  now: 'At this moment',
  delay: 'Mean delay so far',
  delayHint: 'Time lost by each vehicle that was due, the wait to get into the street counted.',
  queue: 'Queued at the junctions',
  queueHint: 'Vehicles slower than 5 km/h in front of the stop lines.',
  running: 'On the street',
  notIn: 'Waiting to get in',
  difference: 'AI against fixed',
  less: 'less with AI',
  more: 'more with AI',
  same: 'no difference',
  course: 'Mean delay so far over the run',

  colourBy: 'Colours of the vehicles',
  colours: { motion: 'standing or moving', kind: 'class' },
  standing: 'standing (below 5 km/h)',
  moving: 'moving',
  kinds: {
    two_wheeler: 'two-wheeler', auto_rickshaw: 'auto-rickshaw', e_rickshaw: 'e-rickshaw', car: 'car', lcv: 'light goods',
    truck: 'truck', bus: 'bus', cycle_rickshaw: 'cycle-rickshaw', bicycle: 'bicycle',
  },
  lamps: 'Lamps',
  lamp: { red: 'red', amber: 'amber', green: 'green', off: 'dark or flashing' },
  legend: 'Legend',

  different: 'Where the queues differ most now',
  differentHint: 'Vehicles queued, simulated, at this moment.',
  junction: 'Junction',
  show: (junction) => `Show ${junction} on both maps`,

  report: 'What came of it',
  final: 'Mean delay at the end',
  unsafe: 'Unsafe events',
  arrived: 'Arrived',
  noReport: 'The report is written when both runs have ended.',
};

export const rehearsalHi: RehearsalMessages = {
  hint: 'अनुकरण की सड़कें, उन्हीं वाहनों के साथ दो बार दर्ज: एक बार AI से, एक बार आज के स्थिर प्लान से।',
  loading: 'रिकॉर्डिंग पढ़ी जा रही हैं …',
  none: 'अभी कोई रिकॉर्डिंग नहीं है',
  noneBody: 'जहाँ अनुकरण चलता है वहाँ बनाएँ: chauraha rehearse --minutes 30 --record runs/rehearsals/evening',
  unreadable: 'दोबारा नहीं चल सकती',
  choose: 'रिकॉर्डिंग',
  about: (minutes, seed) => `${minutes} मि॰, बीज ${seed}`,
  cut: 'अधूरी',
  cutBody: (ai, fixed) => `बीच में रुकी या अभी बन रही है: AI ${ai} तक, स्थिर प्लान ${fixed} तक।`,
  run: { ai: 'AI', fixed: 'स्थिर प्लान' },
  runMap: (run) => `इसका नक्शा: ${run}`,
  notRecorded: 'यह दर्ज नहीं हुआ',
  ended: 'इसकी रिकॉर्डिंग यहाँ ख़त्म होती है',
  waiting: 'आ रहा है …',
  damaged: 'रिकॉर्डिंग का यह मिनट पढ़ा नहीं जा सकता',
  simulated: 'अनुकरण',

  play: 'चलाएँ',
  pause: 'रोकें',
  speed: 'गति',
  times: (factor) => `${factor} गुना`,
  time: 'रिकॉर्डिंग का समय',
  timeOf: (now, end) => `${end} में से ${now}`,
  faults: 'जान-बूझकर क्या बिगाड़ा गया',
  faultKind: { 'server-down': 'टाइमिंग सेवा बंद', 'camera-lost': 'कैमरा गायब', 'signal-dark': 'बिजली नहीं' },
  until: (from, to) => `${from} से ${to}`,
  toTheEnd: 'अंत',
  jumpTo: (what) => `यहाँ जाएँ: ${what}`,

  now: 'इस क्षण',
  delay: 'अब तक औसत देरी',
  delayHint: 'हर वाहन का खोया समय, सड़क पर आने का इंतज़ार भी गिना।',
  queue: 'चौराहों पर कतार',
  queueHint: 'रुकने की रेखा के आगे 5 किमी/घं॰ से धीमे वाहन।',
  running: 'सड़क पर',
  notIn: 'आने के इंतज़ार में',
  difference: 'स्थिर के मुकाबले AI',
  less: 'AI से कम',
  more: 'AI से ज़्यादा',
  same: 'कोई अंतर नहीं',
  course: 'अब तक औसत देरी, समय के साथ',

  colourBy: 'वाहनों के रंग',
  colours: { motion: 'रुके या चलते', kind: 'प्रकार' },
  standing: 'रुके (5 किमी/घं॰ से कम)',
  moving: 'चलते',
  kinds: {
    two_wheeler: 'दोपहिया', auto_rickshaw: 'ऑटो', e_rickshaw: 'ई-रिक्शा', car: 'कार', lcv: 'छोटी मालगाड़ी',
    truck: 'ट्रक', bus: 'बस', cycle_rickshaw: 'साइकिल-रिक्शा', bicycle: 'साइकिल',
  },
  lamps: 'बत्तियाँ',
  lamp: { red: 'लाल', amber: 'पीली', green: 'हरी', off: 'बुझी या टिमटिमाती' },
  legend: 'संकेत',

  different: 'अभी कतारों में सबसे ज़्यादा अंतर कहाँ',
  differentHint: 'इस क्षण कतार में वाहन, अनुकरण से।',
  junction: 'चौराहा',
  show: (junction) => `${junction} दोनों नक्शों पर दिखाएँ`,

  report: 'नतीजा',
  final: 'अंत में औसत देरी',
  unsafe: 'असुरक्षित घटनाएँ',
  arrived: 'पहुँचे',
  noReport: 'दोनों के पूरे होने पर नतीजा लिखा जाता है।',
};
