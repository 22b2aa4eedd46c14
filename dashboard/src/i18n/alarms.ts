/** The strings of the alarms, in both languages. */

import type { AlarmCause, AlarmKind, FaultKind } from '../api/alarms';

export interface AlarmMessages {
  title: string;
  open: string;
  openNone: string;
  openNoneBody: string;
  past: string;
  pastNone: string;
  loading: string;
  strip: (count: string) => string;
  unseen: (count: string) => string;
  allSeen: string;
  show: string;
  kind: Record<AlarmKind, string>;
  cause: Record<AlarmCause, string>;
  fault: Record<FaultKind, string>;
  since: (clock: string, duration: string) => string;
  lasted: (clock: string, duration: string) => string;
  seenBy: (name: string, clock: string) => string;
  notSeen: string;
  acknowledge: string;
  done: (name: string, clock: string) => string;
  action: string;
  actionHint: string;
  note: string;
  more: (count: string) => string;
  left: (count: string) => string;
}

export const alarmsEn: AlarmMessages = {
  title: 'Alarms',
  open: 'Open now',
  openNone: 'No alarm is open',
  openNoneBody: 'Every box reports, every camera sees, no signal is dark.',
  past: 'The last seven days',
  pastNone: 'There was no other alarm.',
  loading: 'Loading the alarms …',
  strip: (count) => `Open alarms: ${count}`,
  unseen: (count) => `not acknowledged: ${count}`,
  allSeen: 'all acknowledged',
  show: 'Show them',
  kind: {
    signal_dark: 'Signal dark', no_report: 'Box silent', equipment: 'Equipment fault', spill_back: 'Queue spills back',
    cycle_failures: 'Queues do not clear', camera_down: 'Camera down', off_ai: 'Off AI',
  },
  cause: {
    never_reported: 'It has not reported since the service began.',
    silent: 'The camera has stopped reporting.',
    queue_full: 'The queue fills its lanes.',
    queue_left: 'Three greens in a row did not clear their queue.',
  },
  fault: { power: 'Power', lamp: 'Lamp', detector: 'Detector', door: 'Door open', comms: 'Connection' },
  since: (clock, duration) => `since ${clock}, for ${duration}`,
  lasted: (clock, duration) => `from ${clock}, lasted ${duration}`,
  seenBy: (name, clock) => `acknowledged by ${name} at ${clock}`,
  notSeen: 'not acknowledged',
  acknowledge: 'Acknowledge',
  done: (name, clock) => `${name}, ${clock}`,
  action: 'What was done',
  actionHint: 'such as: constable sent',
  note: 'Note it',
  more: (count) => `Show ${count} more`,
  left: (count) => `not shown: ${count}`,
};

export const alarmsHi: AlarmMessages = {
  title: 'चेतावनियाँ',
  open: 'अभी खुली',
  openNone: 'कोई चेतावनी खुली नहीं है',
  openNoneBody: 'हर नियंत्रक सूचना दे रहा है, हर कैमरा देख रहा है, कोई सिग्नल बंद नहीं है।',
  past: 'पिछले सात दिन',
  pastNone: 'और कोई चेतावनी नहीं थी।',
  loading: 'चेतावनियाँ आ रही हैं …',
  strip: (count) => `खुली चेतावनियाँ: ${count}`,
  unseen: (count) => `देखी नहीं गईं: ${count}`,
  allSeen: 'सब देखी जा चुकी हैं',
  show: 'दिखाएँ',
  kind: {
    signal_dark: 'सिग्नल बंद', no_report: 'नियंत्रक मौन', equipment: 'उपकरण में ख़राबी', spill_back: 'कतार पीछे तक भरी',
    cycle_failures: 'कतारें ख़त्म नहीं हो रहीं', camera_down: 'कैमरा बंद', off_ai: 'AI से हटा हुआ',
  },
  cause: {
    never_reported: 'सेवा शुरू होने के बाद से कोई सूचना नहीं आई।',
    silent: 'कैमरे ने सूचना देना बंद कर दिया है।',
    queue_full: 'कतार ने अपनी लेन भर दी है।',
    queue_left: 'लगातार तीन हरी बत्तियों में कतार ख़त्म नहीं हुई।',
  },
  fault: { power: 'बिजली', lamp: 'बत्ती', detector: 'संसूचक', door: 'दरवाज़ा खुला', comms: 'संपर्क' },
  since: (clock, duration) => `${clock} से, ${duration} से`,
  lasted: (clock, duration) => `${clock} से, ${duration} तक`,
  seenBy: (name, clock) => `${name} ने ${clock} पर देखी`,
  notSeen: 'देखी नहीं गई',
  acknowledge: 'देख लिया',
  done: (name, clock) => `${name} द्वारा, ${clock}`,
  action: 'क्या किया गया',
  actionHint: 'जैसे: सिपाही भेजा गया',
  note: 'दर्ज करें',
  more: (count) => `${count} और दिखाएँ`,
  left: (count) => `बाकी: ${count}`,
};
