/** The strings of the engineer's view, in both languages. */

import type { PolicyAct } from '../api/policies';
import type { EngineerPart } from '../engineer/part.svelte';

export interface EngineerMessages {
  parts: string;
  part: Record<EngineerPart, string>;
  hint: string;
  loading: string;
  policies: string;
  live: string;
  liveNotRunning: string;
  liveNotRunningBody: string;
  shadow: string;
  cannotRun: string;
  created: string;
  interval: string;
  file: string;
  notes: string;
  started: string;
  act: Record<PolicyAct, string>;
  actHint: Record<PolicyAct, string>;
  reason: string;
  reasonHint: string;
  confirm: (what: string) => string;
  cancel: string;
  onlyEngineers: string;
  done: Record<PolicyAct, string>;

  results: string;
  resultsBasis: (scenario: string, seeds: string) => string;
  noResults: string;
  controller: string;
  /** What ways of timing are called; others by their own name. */
  controllers: Record<string, string>;
  delay: string;
  stops: string;
  queue: string;
  throughput: string;
  unsafe: string;

  compared: string;
  comparedHint: string;
  noShadow: string;
  decisions: string;
  agreement: string;
  forbidden: string;
  queues: string;
  queuesHint: string;
  liveShort: string;
  candidateShort: string;
  skipped: string;
  errors: string;
  time: string;
  notYet: string;
  ended: string;
  since: (when: string) => string;
  byJunction: string;
  junction: string;
}

export const engineerEn: EngineerMessages = {
  parts: 'What is shown',
  part: { policies: 'Policies', learning: 'Learning', waves: 'Green waves', cameras: 'Cameras' },
  hint: 'Policies on disk, what their cards say, and which one times the junctions. Each change needs a reason and is in the audit.',
  loading: 'Reading the policies …',
  policies: 'Policies',
  live: 'Live',
  liveNotRunning: 'The live policy cannot run',
  liveNotRunningBody: 'The junctions are on actuated control until one is promoted that can.',
  shadow: 'In the shadow',
  cannotRun: 'Cannot run',
  created: 'Made',
  interval: 'Decides every',
  file: 'SHA-256',
  notes: 'Notes on the card',
  started: 'the one that the service was started with',
  act: { promote: 'Promote', shadow: 'Try in the shadow', end_shadow: 'End the shadow', rollback: 'Roll back' },
  actHint: {
    promote: 'It times the junctions from the next second.',
    shadow: 'It decides beside the live one; nothing that it says reaches a junction.',
    end_shadow: 'Its figures are gone with it.',
    rollback: 'The policy before the last promotion times the junctions again.',
  },
  reason: 'Reason',
  reasonHint: 'At least three letters; it is kept in the audit.',
  confirm: (what) => `Confirm: ${what}`,
  cancel: 'Cancel',
  onlyEngineers: 'Only an engineer may change which policy runs.',
  done: { promote: 'Promoted.', shadow: 'The shadow has begun.', end_shadow: 'The shadow has ended.', rollback: 'Rolled back.' },

  results: 'Evaluation on the card',
  resultsBasis: (scenario, seeds) => `simulated: ${scenario}, seeds: ${seeds}`,
  noResults: 'The card holds no evaluation.',
  controller: 'Controller',
  controllers: { policy: 'This policy', fixed: "Today's plans", webster: 'Webster', actuated: 'Actuated', 'max-pressure': 'Max pressure', lookahead: 'Look-ahead' },
  delay: 'Delay, s/veh',
  stops: 'Stops',
  queue: 'Queue, veh',
  throughput: 'Arrived, veh',
  unsafe: 'Unsafe',

  compared: 'How the shadow compares',
  comparedHint: 'Both are asked about the same moments. A shadow learns nothing while no junction is on AI.',
  noShadow: 'No policy is in the shadow.',
  decisions: 'Decisions',
  agreement: 'Same choice',
  forbidden: 'Forbidden by the guard',
  queues: 'PCU given green',
  queuesHint: 'PCU queued where its choice gives green: more is better.',
  liveShort: 'live',
  candidateShort: 'shadow',
  skipped: 'Skipped while busy',
  errors: 'Failed',
  time: 'Time to decide',
  notYet: 'nothing to compare yet',
  ended: 'It has ended by itself after failures.',
  since: (when) => `since ${when}`,
  byJunction: 'By junction, the least agreement first',
  junction: 'Junction',
};

export const engineerHi: EngineerMessages = {
  parts: 'क्या दिखे',
  part: { policies: 'नीतियाँ', learning: 'सीखना', waves: 'हरी लहरें', cameras: 'कैमरे' },
  hint: 'रखी हुई नीतियाँ, उनके कार्ड की बातें, और कौन सी नीति चौराहे चला रही है। हर बदलाव के लिए कारण चाहिए और वह लेखे में रहता है।',
  loading: 'नीतियाँ पढ़ी जा रही हैं …',
  policies: 'नीतियाँ',
  live: 'लागू',
  liveNotRunning: 'लागू नीति नहीं चल सकती',
  liveNotRunningBody: 'जब तक चल सकने वाली नीति लागू न हो, चौराहे वाहन-संवेदी नियंत्रण पर हैं।',
  shadow: 'छाया में',
  cannotRun: 'नहीं चल सकती',
  created: 'बनी',
  interval: 'निर्णय का अंतर',
  file: 'SHA-256 चिह्न',
  notes: 'कार्ड की टिप्पणियाँ',
  started: 'जिससे सेवा शुरू हुई',
  act: { promote: 'लागू करें', shadow: 'छाया में आज़माएँ', end_shadow: 'छाया बंद करें', rollback: 'पिछली पर लौटें' },
  actHint: {
    promote: 'अगले सेकंड से यही चौराहे चलाएगी।',
    shadow: 'यह लागू नीति के साथ निर्णय लेती है; इसकी कोई बात चौराहे तक नहीं पहुँचती।',
    end_shadow: 'इसके आँकड़े भी चले जाएँगे।',
    rollback: 'पिछली बार लागू करने से पहले की नीति फिर चौराहे चलाएगी।',
  },
  reason: 'कारण',
  reasonHint: 'कम से कम तीन अक्षर; यह लेखे में रहेगा।',
  confirm: (what) => `पक्का: ${what}`,
  cancel: 'रहने दें',
  onlyEngineers: 'कौन सी नीति चले, यह केवल अभियंता बदल सकता है।',
  done: { promote: 'लागू हुई।', shadow: 'छाया शुरू हुई।', end_shadow: 'छाया बंद हुई।', rollback: 'पिछली पर लौटे।' },

  results: 'कार्ड पर मूल्यांकन',
  resultsBasis: (scenario, seeds) => `अनुकरण: ${scenario}, बीज: ${seeds}`,
  noResults: 'कार्ड पर कोई मूल्यांकन नहीं है।',
  controller: 'विधि',
  controllers: { policy: 'यह नीति', fixed: 'आज की योजनाएँ', webster: 'वेबस्टर योजना', actuated: 'माँग के अनुसार', 'max-pressure': 'अधिकतम दबाव', lookahead: 'आगे की गणना' },
  delay: 'देरी, से॰/वाहन',
  stops: 'रुकना',
  queue: 'कतार, वाहन',
  throughput: 'पहुँचे, वाहन',
  unsafe: 'असुरक्षित',

  compared: 'छाया की तुलना',
  comparedHint: 'दोनों से एक ही क्षण के बारे में पूछा जाता है। जब कोई चौराहा AI पर न हो तब छाया कुछ नहीं सीखती।',
  noShadow: 'कोई नीति छाया में नहीं है।',
  decisions: 'निर्णय',
  agreement: 'एक ही चुनाव',
  forbidden: 'गार्ड ने रोके',
  queues: 'हरी पाने वाले PCU',
  queuesHint: 'जहाँ इसका चुनाव हरी देता है वहाँ कतार के PCU: अधिक अच्छा।',
  liveShort: 'लागू',
  candidateShort: 'छाया',
  skipped: 'व्यस्त होने से छूटे',
  errors: 'विफल',
  time: 'निर्णय का समय',
  notYet: 'अभी तुलना को कुछ नहीं',
  ended: 'विफलताओं के बाद यह अपने आप बंद हुई।',
  since: (when) => `${when} से`,
  byJunction: 'चौराहे के अनुसार, सबसे कम सहमति पहले',
  junction: 'चौराहा',
};
