/** The strings of the compare view and of the daily report, in both languages. */

import type { Grouping } from '../api/figures';
import type { Basis } from '../domain/comparison';
import type { PeriodName } from '../domain/period';

export interface CompareMessages {
  title: string;
  period: string;
  periods: Record<PeriodName, string>;
  periodHint: Record<PeriodName, string>;
  grouping: string;
  groupings: Record<Grouping, string>;
  thana: string;
  everyThana: string;
  begin: string;
  days: string;
  dayCount: (days: string) => string;
  against: string;
  festival: string;
  ordinaryDay: (date: string) => string;
  dateBasis: (basis: string) => string;
  dateOfCalendar: string;
  noFestival: string;
  noFestivalBody: string;
  chooseDates: string;
  chooseDatesBody: string;

  loading: string;
  nothing: string;
  nothingBody: string;
  notFresh: string;

  worst: Record<Grouping, string>;
  worstUnknown: string;
  table: string;
  name: string;
  delayNow: string;
  delayThen: string;
  change: string;
  changeHint: string;
  excess: string;
  excessUnit: string;
  excessHint: string;
  throughput: string;
  basisHead: string;
  basis: Record<Basis, string>;
  seenShare: (percent: string) => string;
  range: (low: string, high: string) => string;
  noRange: string;
  verdict: Record<'better' | 'worse' | 'unclear' | 'unknown', string>;
  quarters: (count: string) => string;
  asOf: (clock: string, age: string) => string;

  course: string;
  courseHint: string;
  courseLoading: string;
  courseFailed: string;
  seriesNow: string;
  seriesThen: string;
  openJunction: string;
  layout: string;
  modes: string;
  longestQueue: string;

  csv: string;
  print: string;
  report: string;

  reportTitle: (city: string) => string;
  reportDay: string;
  reportAgainst: (day: string) => string;
  reportCity: string;
  reportWorst: string;
  reportThanas: string;
  reportModes: string;
  reportFoot: string;
  figure: string;
  queueMean: string;
  cycleFailures: string;
}

export const compareEn: CompareMessages = {
  title: 'Compare',
  period: 'Time',
  periods: { today: 'Today', week: 'Last 7 days', month: 'Last 4 weeks', festival: 'Festival', own: 'Two times' },
  periodHint: {
    today: 'against the same hours a week ago',
    week: 'against the 7 days before',
    month: 'against the 4 weeks before, with as many of each weekday',
    festival: 'A festival or holiday, and the last same weekday that is none.',
    own: 'before and after a change',
  },
  grouping: 'By',
  groupings: { junction: 'Junctions', thana: 'Thanas', corridor: 'Corridors', city: 'City' },
  thana: 'Thana',
  everyThana: 'All thanas',
  begin: 'From',
  days: 'For',
  dayCount: (days) => `${days} days`,
  against: 'Compared with the time from',
  festival: 'Which festival',
  ordinaryDay: (date) => `Compared with ${date}.`,
  dateBasis: (basis) => `The festival’s date: ${basis}.`,
  dateOfCalendar: 'The festival’s date is that of the signals’ calendar.',
  noFestival: 'No festival has a name here yet',
  noFestivalBody: 'Festivals stand in the city’s names.toml or in the signals’ calendar. “Two times” compares any two days.',
  chooseDates: 'Choose two days',
  chooseDatesBody: 'The first must lie in the past.',

  loading: 'Adding up the figures …',
  nothing: 'No camera saw anything in this time',
  nothingBody: 'What nobody saw is unknown, not zero. Choose another time or thana.',
  notFresh: 'Not renewed',

  worst: { junction: 'Worst junction', thana: 'Worst thana', corridor: 'Worst corridor', city: 'The city' },
  worstUnknown: 'Nothing is known of any junction here in this time.',
  table: 'The worst first',
  name: 'Name',
  delayNow: 'Delay',
  delayThen: 'Before',
  change: 'Change',
  changeHint: 'Change of the delay with its 95 % range; it does not say what caused it.',
  excess: 'Waited too long',
  excessUnit: 'PCU·h',
  excessHint: 'PCU hours waited beyond level of service C',
  throughput: 'Throughput',
  basisHead: 'Basis',
  basis: { measured: 'measured', simulated: 'simulated', mixed: 'measured and simulated', unseen: 'not seen' },
  seenShare: (percent) => `${percent} of the time seen`,
  range: (low, high) => `${low} to ${high}`,
  noRange: 'too short for a range',
  verdict: { better: 'less delay', worse: 'more delay', unclear: 'no clear change', unknown: 'not known both times' },
  quarters: (count) => `from ${count} quarters of an hour`,
  asOf: (clock, age) => `up to ${clock}, asked ${age}`,

  course: 'Delay over time',
  courseHint: 'stopped delay in s/PCU, a lower estimate of control delay',
  courseLoading: 'Drawing …',
  courseFailed: 'The course could not be had.',
  seriesNow: 'This time',
  seriesThen: 'Time before',
  openJunction: 'Look at the junction now',
  layout: 'Layout',
  modes: 'Control',
  longestQueue: 'Longest queue',

  csv: 'CSV download',
  print: 'Print or PDF',
  report: 'Daily report',

  reportTitle: (city) => `${city}: traffic signals, daily report`,
  reportDay: 'Day',
  reportAgainst: (day) => `against ${day}`,
  reportCity: 'The city',
  reportWorst: 'The ten worst junctions',
  reportThanas: 'By thana',
  reportModes: 'Share of time by control',
  reportFoot: 'Delay is the stopped delay by queue counting, a lower estimate of control delay. What no camera saw is unknown and not counted.',
  figure: 'Figure',
  queueMean: 'Mean queue',
  cycleFailures: 'Greens that left a queue',
};

export const compareHi: CompareMessages = {
  title: 'तुलना',
  period: 'समय',
  periods: { today: 'आज', week: 'पिछले 7 दिन', month: 'पिछले 4 सप्ताह', festival: 'त्योहार', own: 'दो समय' },
  periodHint: {
    today: 'एक सप्ताह पहले के इन्हीं घंटों से',
    week: 'उससे पहले के 7 दिनों से',
    month: 'उससे पहले के 4 सप्ताह से, हर वार उतनी ही बार',
    festival: 'त्योहार या छुट्टी, और उससे पहले का उसी वार का सामान्य दिन।',
    own: 'बदलाव से पहले और बाद',
  },
  grouping: 'किसके अनुसार',
  groupings: { junction: 'चौराहे', thana: 'थाने', corridor: 'गलियारे', city: 'शहर' },
  thana: 'थाना',
  everyThana: 'सभी थाने',
  begin: 'कब से',
  days: 'कितने दिन',
  dayCount: (days) => `${days} दिन`,
  against: 'किस दिन से तुलना',
  festival: 'कौन सा त्योहार',
  ordinaryDay: (date) => `तुलना ${date} से।`,
  dateBasis: (basis) => `त्योहार की तिथि का आधार: ${basis}।`,
  dateOfCalendar: 'त्योहार की तिथि सिग्नलों के कैलेंडर की है।',
  noFestival: 'यहाँ अभी किसी त्योहार का नाम नहीं है',
  noFestivalBody: 'त्योहार शहर की names.toml या सिग्नलों के कैलेंडर में लिखे जाते हैं। “दो समय” से कोई भी दो दिन मिलाए जा सकते हैं।',
  chooseDates: 'दो दिन चुनें',
  chooseDatesBody: 'पहला दिन बीता हुआ होना चाहिए।',

  loading: 'आँकड़े जोड़े जा रहे हैं …',
  nothing: 'इस समय किसी कैमरे ने कुछ नहीं देखा',
  nothingBody: 'जो किसी ने नहीं देखा वह अज्ञात है, शून्य नहीं। दूसरा समय या थाना चुनें।',
  notFresh: 'नए आँकड़े नहीं आए',

  worst: { junction: 'सबसे ख़राब चौराहा', thana: 'सबसे ख़राब थाना', corridor: 'सबसे ख़राब गलियारा', city: 'पूरा शहर' },
  worstUnknown: 'इस समय यहाँ के किसी चौराहे के बारे में कुछ ज्ञात नहीं।',
  table: 'सबसे ख़राब पहले',
  name: 'नाम',
  delayNow: 'देरी',
  delayThen: 'पहले',
  change: 'बदलाव',
  changeHint: 'देरी में बदलाव और उसकी 95 % सीमा; कारण इससे पता नहीं चलता।',
  excess: 'अधिक प्रतीक्षा',
  excessUnit: 'PCU·घं॰',
  excessHint: 'सेवा स्तर C से आगे प्रतीक्षा के PCU घंटे',
  throughput: 'प्रवाह',
  basisHead: 'आधार',
  basis: { measured: 'मापा हुआ', simulated: 'अनुकरण', mixed: 'मापा हुआ और अनुकरण', unseen: 'देखा नहीं गया' },
  seenShare: (percent) => `${percent} समय देखा गया`,
  range: (low, high) => `${low} से ${high}`,
  noRange: 'सीमा के लिए समय कम है',
  verdict: { better: 'देरी घटी', worse: 'देरी बढ़ी', unclear: 'स्पष्ट बदलाव नहीं', unknown: 'दोनों समय ज्ञात नहीं' },
  quarters: (count) => `${count} पंद्रह-मिनट अंशों से`,
  asOf: (clock, age) => `${clock} बजे तक, ${age} पूछा गया`,

  course: 'समय के साथ देरी',
  courseHint: 'रुके रहने की देरी, से॰/PCU; नियंत्रण देरी इससे कम नहीं',
  courseLoading: 'रेखा बन रही है …',
  courseFailed: 'समय के साथ देरी नहीं मिल सकी।',
  seriesNow: 'यह समय',
  seriesThen: 'पहले का समय',
  openJunction: 'चौराहा अभी देखें',
  layout: 'बनावट',
  modes: 'नियंत्रण',
  longestQueue: 'सबसे लंबी कतार',

  csv: 'CSV डाउनलोड',
  print: 'प्रिंट या PDF',
  report: 'दैनिक रिपोर्ट',

  reportTitle: (city) => `${city}: यातायात सिग्नल, दैनिक रिपोर्ट`,
  reportDay: 'दिन',
  reportAgainst: (day) => `तुलना: ${day}`,
  reportCity: 'पूरा शहर',
  reportWorst: 'दस सबसे ख़राब चौराहे',
  reportThanas: 'थाने के अनुसार',
  reportModes: 'नियंत्रण के अनुसार समय का अंश',
  reportFoot: 'देरी कतार गिनकर निकाली गई रुके रहने की देरी है; नियंत्रण देरी इससे कम नहीं। जो किसी कैमरे ने नहीं देखा वह अज्ञात है और जोड़ा नहीं गया।',
  figure: 'आँकड़ा',
  queueMean: 'औसत कतार',
  cycleFailures: 'जिन हरी बत्तियों में कतार बची',
};
