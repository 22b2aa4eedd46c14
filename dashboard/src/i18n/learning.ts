/** The strings of the learning curves, in both languages. */

import type { RunState } from '../api/runs';

export interface LearningMessages {
  title: string;
  hint: string;
  source: string;
  runs: string;
  policies: string;
  loading: string;
  none: string;
  noneBody: string;
  noCurve: string;
  noCurveBody: string;
  state: Record<RunState, string>;
  written: (ago: string) => string;
  steps: (count: string) => string;
  trained: (duration: string) => string;
  on: (scenario: string, street: string, seed: string) => string;
  broken: (count: string) => string;
  basis: string;
  delay: string;
  ours: string;
  rival: string;
  reward: string;
  entropy: string;
  axis: string;
  evaluations: string;
  atSteps: string;
  unsafe: string;
  best: string;
  chart: (what: string) => string;
}

export const learningEn: LearningMessages = {
  title: 'Learning curves',
  hint: 'How a policy learned: its delay in simulation on streets with seeds that it was not trained on, and its reward in training.',
  source: 'Run or policy',
  runs: 'Training runs',
  policies: 'Policies, as their cards tell',
  loading: 'Reading the curves …',
  none: 'No training run is here',
  noneBody: "Put a run's folder, or a copy of it, into the folder runs of the service's data.",
  noCurve: 'There is no curve',
  noCurveBody: 'The run has made no update yet, or the card does not tell how the policy learned.',
  state: { written: 'Runs, or has just ended', ended: 'Ended', broken_off: 'Broken off' },
  written: (ago) => `last written ${ago}`,
  steps: (count) => `${count} decisions`,
  trained: (duration) => `trained for ${duration}`,
  on: (scenario, street, seed) => `${scenario}, ${street}, seed ${seed}`,
  broken: (count) => `Rows that could not be read: ${count}. They are left out.`,
  basis: 'simulated',
  delay: 'Delay at evaluations, s/veh',
  ours: 'policy',
  rival: 'best rival',
  reward: 'reward',
  entropy: 'entropy',
  axis: 'Decisions',
  evaluations: 'Evaluations',
  atSteps: 'After decisions',
  unsafe: 'Unsafe',
  best: 'best so far',
  chart: (what) => `${what} by decisions learned from. The table below has the evaluations.`,
};

export const learningHi: LearningMessages = {
  title: 'सीखने के ग्राफ़',
  hint: 'नीति कैसे सीखी: जिन बीजों पर सिखाई नहीं गई उन पर अनुकरण में उसकी देरी, और सिखाते समय का इनाम।',
  source: 'प्रशिक्षण या नीति',
  runs: 'प्रशिक्षण',
  policies: 'नीतियाँ, जैसा उनके कार्ड बताते हैं',
  loading: 'ग्राफ़ पढ़े जा रहे हैं …',
  none: 'यहाँ कोई प्रशिक्षण नहीं है',
  noneBody: 'प्रशिक्षण का फ़ोल्डर या उसकी प्रति सेवा के डेटा के runs फ़ोल्डर में रखें।',
  noCurve: 'कोई ग्राफ़ नहीं है',
  noCurveBody: 'प्रशिक्षण में अभी कोई सुधार नहीं हुआ, या कार्ड नहीं बताता कि नीति कैसे सीखी।',
  state: { written: 'चल रहा है या अभी समाप्त हुआ', ended: 'समाप्त', broken_off: 'बीच में रुका' },
  written: (ago) => `पिछली बार लिखा गया: ${ago}`,
  steps: (count) => `${count} निर्णय`,
  trained: (duration) => `${duration} सिखाया गया`,
  on: (scenario, street, seed) => `${scenario}, ${street}, बीज ${seed}`,
  broken: (count) => `जो पंक्तियाँ पढ़ी नहीं गईं: ${count}। वे छोड़ दी गई हैं।`,
  basis: 'अनुकरण',
  delay: 'मूल्यांकन में देरी, से॰/वाहन',
  ours: 'नीति',
  rival: 'सबसे अच्छा प्रतिद्वंद्वी',
  reward: 'इनाम',
  entropy: 'एन्ट्रॉपी',
  axis: 'निर्णय',
  evaluations: 'मूल्यांकन',
  atSteps: 'इतने निर्णयों के बाद',
  unsafe: 'असुरक्षित',
  best: 'अब तक सबसे अच्छा',
  chart: (what) => `${what}, सीखे गए निर्णयों के अनुसार। मूल्यांकन नीचे की तालिका में हैं।`,
};
