/** The strings of the green waves, in both languages. */

import type { Direction } from '../api/green-waves';

export interface WaveMessages {
  title: string;
  hint: string;
  basis: (share: string, basis: string) => string;
  corridor: string;
  program: string;
  /** A program's name: the plan's kind, and the part of the day where it has one. */
  programName: (program: string) => string;
  calendar: (name: string) => string;
  direction: Record<Direction, string>;
  towards: (name: string) => string;
  bands: string;
  section: string;
  wholeRoad: string;
  band: string;
  noCommonCycle: string;
  noSections: (least: string) => string;
  ofCycle: (share: string) => string;
  greens: string;
  junction: string;
  distance: string;
  cycle: string;
  offset: string;
  time: string;
  metres: string;
  seconds: (from: string, to: string) => string;
  loading: string;
  chart: (corridor: string, program: string) => string;
}

const PERIODS_HI: Record<string, string> = { night: 'रात', morning: 'सुबह', day: 'दिन', evening: 'शाम' };

export const wavesEn: WaveMessages = {
  title: 'Green waves',
  hint: 'Greens of the fixed plans by distance along the corridor. A band is the time in which a vehicle meets no red from end to end of its section.',
  basis: (share, basis) => `Worked out from the plans; vehicles drive at ${share} of the speed limit (${basis}).`,
  corridor: 'Corridor',
  program: 'Plans',
  programName: (program) => {
    if (program === 'today') return "Today's plan";
    const [kind, period] = program.split('.');
    return kind === 'webster' && period !== undefined ? `Coordinated, ${period}` : `Plan ${program}`;
  },
  calendar: (name) => `The calendar calls for: ${name}.`,
  direction: { outbound: 'there', inbound: 'back' },
  towards: (name) => `to ${name}`,
  bands: 'Bandwidth',
  section: 'From – to',
  wholeRoad: 'The whole corridor',
  band: 'none',
  noCommonCycle: 'The junctions have different cycles: there is no wave along the whole corridor.',
  noSections: (least) => `No two neighbours have a band of ${least} both ways.`,
  ofCycle: (share) => `${share} of the cycle`,
  greens: 'Greens by junction',
  junction: 'Junction',
  distance: 'Distance, m',
  cycle: 'Cycle, s',
  offset: 'Offset, s',
  time: 'Time, s',
  metres: 'm',
  seconds: (from, to) => `${from}–${to} s`,
  loading: 'Working out the green waves …',
  chart: (corridor, program) => `Time-space diagram of ${corridor}, ${program}. The tables below say the same.`,
};

export const wavesHi: WaveMessages = {
  title: 'हरी लहरें',
  hint: 'सड़क पर दूरी के अनुसार नियत योजनाओं की हरी बत्तियाँ। पट्टी वह समय है जिसमें वाहन को अपने खंड में कहीं लाल नहीं मिलता।',
  basis: (share, basis) =>
    `योजनाओं से निकाला हुआ; वाहन गति-सीमा के ${share} पर चलते हैं (${basis === 'assumed' ? 'माना हुआ' : basis})।`,
  corridor: 'गलियारा',
  program: 'योजनाएँ',
  programName: (program) => {
    if (program === 'today') return 'आज की योजना';
    const [kind, period] = program.split('.');
    return kind === 'webster' && period !== undefined ? `समन्वित, ${PERIODS_HI[period] ?? period}` : `योजना ${program}`;
  },
  calendar: (name) => `कैलेंडर के अनुसार अभी: ${name}।`,
  direction: { outbound: 'जाते हुए', inbound: 'लौटते हुए' },
  towards: (name) => `${name} की ओर`,
  bands: 'हरी पट्टी की चौड़ाई',
  section: 'कहाँ से – कहाँ तक',
  wholeRoad: 'पूरा गलियारा',
  band: 'कोई नहीं',
  noCommonCycle: 'चौराहों के चक्र अलग-अलग हैं: पूरे गलियारे पर कोई हरी लहर नहीं बनती।',
  noSections: (least) => `किन्हीं दो पड़ोसी चौराहों के बीच दोनों ओर ${least} की पट्टी नहीं है।`,
  ofCycle: (share) => `चक्र का ${share}`,
  greens: 'चौराहे के अनुसार हरी बत्ती',
  junction: 'चौराहा',
  distance: 'दूरी, मी॰',
  cycle: 'चक्र, से॰',
  offset: 'अंतर (ऑफ़सेट), से॰',
  time: 'समय, से॰',
  metres: 'मी॰',
  seconds: (from, to) => `${from}–${to} से॰`,
  loading: 'हरी लहरें निकाली जा रही हैं …',
  chart: (corridor, program) => `${corridor} का समय-दूरी आरेख, ${program}। नीचे की तालिकाओं में वही बातें हैं।`,
};
