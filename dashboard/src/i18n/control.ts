/** The strings about taking a junction over, green corridors and decisions, in both languages. */

import type { OverrideKind } from '../api/control';

export interface ControlMessages {
  takeOver: string;
  takeOverHint: string;
  kind: string;
  kinds: Record<OverrideKind, string>;
  stage: string;
  plan: string;
  howLong: string;
  reason: string;
  reasonHint: string;
  begin: string;
  cancel: string;
  release: string;
  releaseHint: string;
  running: Record<OverrideKind, (what: string) => string>;
  left: (duration: string) => string;
  holdNeedsLamps: string;

  corridor: string;
  corridorHint: string;
  corridorTo: string;
  arrivesIn: string;
  now: string;
  speed: string;
  open: string;
  noCorridor: string;
  corridorOn: (stage: string) => string;
  greenIn: (duration: string) => string;
  greenNow: string;
  vehicleIn: (duration: string) => string;
  vehicleHere: string;
  close: string;
  closeHint: string;

  decision: string;
  chose: (stage: string, before: string) => string;
  choseAlone: (stage: string) => string;
  decisionHint: string;
  noDecision: string;
  decided: (ago: string) => string;

  history: string;
  noHistory: string;
}

export const controlEn: ControlMessages = {
  takeOver: 'Take over',
  takeOverHint: 'The safety guard stays: no minimum, clearance or longest red is given up.',
  kind: 'What',
  kinds: { hold: 'Hold this stage', stage: 'Go to a stage', plan: 'Run a plan' },
  stage: 'Stage',
  plan: 'Plan',
  howLong: 'How long',
  reason: 'Reason',
  reasonHint: 'At least three letters; it is kept in the audit.',
  begin: 'Take over',
  cancel: 'Cancel',
  release: 'Give back',
  releaseHint: 'The junction goes back to what timed it before.',
  running: {
    hold: (what) => `Held in stage ${what}`,
    stage: (what) => `Sent to stage ${what}`,
    plan: (what) => `Runs the plan ${what}`,
  },
  left: (duration) => `${duration} left`,
  holdNeedsLamps: 'Only a junction that reports its lamps can be held.',

  corridor: 'Green corridor',
  corridorHint: 'For an emergency vehicle from here along a corridor; each junction is green when it comes.',
  corridorTo: 'As far as',
  arrivesIn: 'It is here in',
  now: 'now',
  speed: 'Speed, km/h',
  open: 'Open the corridor',
  noCorridor: 'No corridor of the city leads through this junction.',
  corridorOn: (stage) => `A green corridor leads through, stage ${stage}`,
  greenIn: (duration) => `green in ${duration}`,
  greenNow: 'green now',
  vehicleIn: (duration) => `vehicle in ${duration}`,
  vehicleHere: 'vehicle passing',
  close: 'Close the corridor',
  closeHint: 'Every junction on it goes back to what timed it before.',

  decision: 'Why the AI chose',
  chose: (stage, before) => `Stage ${stage} before ${before}, because of:`,
  choseAlone: (stage) => `Stage ${stage}; no other was allowed.`,
  decisionHint: 'Part of the lead over the next best stage. Against the choice where it is below zero.',
  noDecision: 'The AI does not decide here now.',
  decided: (ago) => `decided ${ago}`,

  history: 'Changes of control',
  noHistory: 'None is known yet.',
};

export const controlHi: ControlMessages = {
  takeOver: 'नियंत्रण लें',
  takeOverHint: 'सुरक्षा गार्ड लागू रहता है: न्यूनतम हरी, ख़ाली समय और सबसे लंबी लाल बनी रहती है।',
  kind: 'क्या',
  kinds: { hold: 'यही चरण रोकें', stage: 'किसी चरण पर जाएँ', plan: 'योजना चलाएँ' },
  stage: 'चरण',
  plan: 'योजना',
  howLong: 'कितनी देर',
  reason: 'कारण',
  reasonHint: 'कम से कम तीन अक्षर; यह लेखे में रहेगा।',
  begin: 'नियंत्रण लें',
  cancel: 'रहने दें',
  release: 'वापस दें',
  releaseHint: 'चौराहा फिर पहले वाले नियंत्रण पर जाएगा।',
  running: {
    hold: (what) => `चरण ${what} पर रोका गया`,
    stage: (what) => `चरण ${what} पर भेजा गया`,
    plan: (what) => `योजना ${what} चल रही है`,
  },
  left: (duration) => `${duration} शेष`,
  holdNeedsLamps: 'केवल वही चौराहा रोका जा सकता है जो अपनी बत्तियाँ बताता है।',

  corridor: 'हरा गलियारा',
  corridorHint: 'आपातकालीन वाहन के लिए यहाँ से गलियारे पर; हर चौराहा उसके आने पर हरा होगा।',
  corridorTo: 'कहाँ तक',
  arrivesIn: 'यहाँ पहुँचेगा',
  now: 'अभी',
  speed: 'गति, कि॰मी॰/घं॰',
  open: 'गलियारा खोलें',
  noCorridor: 'इस चौराहे से शहर का कोई गलियारा नहीं जाता।',
  corridorOn: (stage) => `हरा गलियारा यहाँ से है, चरण ${stage}`,
  greenIn: (duration) => `${duration} में हरी`,
  greenNow: 'अभी हरी',
  vehicleIn: (duration) => `वाहन ${duration} में`,
  vehicleHere: 'वाहन निकल रहा है',
  close: 'गलियारा बंद करें',
  closeHint: 'इस पर का हर चौराहा फिर पहले वाले नियंत्रण पर जाएगा।',

  decision: 'AI ने क्यों चुना',
  chose: (stage, before) => `चरण ${stage}, न कि ${before}, इस कारण:`,
  choseAlone: (stage) => `चरण ${stage}; किसी और की अनुमति नहीं थी।`,
  decisionHint: 'अगले अच्छे चरण पर बढ़त में अंश। शून्य से नीचे हो तो चुनाव के विरुद्ध।',
  noDecision: 'यहाँ अभी AI निर्णय नहीं ले रहा।',
  decided: (ago) => `निर्णय ${ago}`,

  history: 'नियंत्रण में बदलाव',
  noHistory: 'अभी कोई ज्ञात नहीं।',
};
