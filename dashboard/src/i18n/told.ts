/**
 * What the service, the guard and the boxes say in English, in Hindi. Their words are patterns here; what none of them
 * fits is null, and shown as it came, with its language marked.
 */

type Words = (...parts: string[]) => string;

const TOLD: [RegExp, Words][] = [
  [/^(?:guard: )?a change is under way$/, () => 'सुरक्षा गार्ड: बत्ती अभी बदल रही है'],
  [/^(?:guard: )?maximum green$/, () => 'सुरक्षा गार्ड: अधिकतम हरा समय पूरा हुआ'],
  [/^(?:guard: )?maximum red of another group$/, () => 'सुरक्षा गार्ड: किसी और दिशा का अधिकतम लाल समय पूरा होने को है'],
  [/^(?:guard: )?minimum green of (\S+): (\S+) s left$/, (group, s) => `सुरक्षा गार्ड: ${group} का न्यूनतम हरा समय, ${s} से॰ बाकी`],
  [/^(?:guard: )?maximum green of (\S+), which stays green$/, (group) => `सुरक्षा गार्ड: ${group} हरा रहता और उसका अधिकतम हरा समय पूरा हो जाता`],
  [/^(?:guard: )?maximum red of (\S+)$/, (group) => `सुरक्षा गार्ड: ${group} का अधिकतम लाल समय`],
  [/^(?:guard: )?(\S+) has only just turned red$/, (group) => `सुरक्षा गार्ड: ${group} अभी-अभी लाल हुआ है`],
  [/^(?:guard: )?no stage (\S+) here$/, (stage) => `सुरक्षा गार्ड: चरण ${stage} यहाँ नहीं है`],
  [/^(?:guard: )?the box's own green has not had its minimum$/, () => 'सुरक्षा गार्ड: नियंत्रक के अपने हरे का न्यूनतम समय पूरा नहीं हुआ'],
  [/^control refused: (\S+)$/, (why) => `नियंत्रक ने आदेश नहीं माना: ${REFUSAL[why] ?? why}`],
  [/^conflict monitor: (\S+) and (\S+) together$/, (a, b) => `टकराव-निगरानी: ${a} और ${b} एक साथ`],
  [/^(?:lamp: )?no lamp of (\S+) burns$/, (group) => `${group} की कोई बत्ती नहीं जल रही`],
  [/^(?:power: )?(?:no mains|mains lost)$/, () => 'बिजली नहीं है'],
  [/^(?:door: )?open$/, () => 'दरवाज़ा खुला है'],
  [/^comms: NTCIP: (.+)$/, (why) => `नियंत्रक से संपर्क में बाधा (NTCIP): ${why}`],
  [/^(\S+): camera is (\S+)$/, (group, state) => `${group}: कैमरे की दशा ठीक नहीं (${state})`],
  [/^(\S+): (\d+) vehicles in view, the road holds (\d+)$/, (group, n, most) => `${group}: ${n} वाहन बताए गए, सड़क पर ${most} ही आ सकते हैं`],
  [/^(\S+): (\d+) vehicles crossed in (\S+) s, at most (\d+) can$/, (group, n, s, most) => `${group}: ${s} से॰ में ${n} वाहन निकले बताए गए, ${most} से अधिक नहीं निकल सकते`],
  [/^(\S+): (\d+) queued, (\d+) in view$/, (group, n, seen) => `${group}: कतार में ${n}, पर दिख रहे ${seen}`],
  [/^(\S+): a queue of (\S+) m, the camera reaches (\S+) m$/, (group, m, reach) => `${group}: ${m} मी॰ की कतार बताई गई, कैमरा ${reach} मी॰ तक ही देखता है`],
  [/^deciding failed: (\S+)$/, (error) => `निर्णय में त्रुटि: ${error}`],
];

const REFUSAL: Readonly<Record<string, string>> = {
  malformed: 'पढ़ा नहीं जा सका', junction: 'किसी और चौराहे का था', site_hash: 'चौराहे का वर्णन बदल गया है',
  unknown_key: 'कुंजी अनजान है', signature: 'हस्ताक्षर सही नहीं', seq: 'पुराना था', future_stamp: 'भविष्य के समय का था',
  expired: 'समय बीत चुका था', unknown_stage: 'अनजान चरण', unknown_plan: 'अनजान योजना',
};

/** Of the question's fields, or of the answer's status. */
const REFUSED: [RegExp, string][] = [
  [/^plan_id$/, 'यह योजना यहाँ नहीं है, या सुरक्षा गार्ड इसे नहीं चलने देता।'],
  [/^stage(_id)?$/, 'यह चरण इस चौराहे पर नहीं है।'],
  [/^kind$/, 'नियंत्रक की सूचना नहीं आ रही, इसलिए चालू चरण रोका नहीं जा सकता; चरण या योजना चुनें।'],
  [/^route(\.|$)/, 'रास्ते का कोई चौराहा इस समय किसी और हरे गलियारे में है, या रास्ता ठीक नहीं है।'],
  [/^reason$/, 'कारण लिखना ज़रूरी है।'],
  [/^ttl_s$/, 'इतनी देर के लिए नहीं हो सकता।'],
  [/^text$/, 'लिखे हुए शब्द ठीक नहीं हैं।'],
  [/^policy(_id)?(\.|$)/, 'यह नीति इस समय ऐसे नहीं चुनी जा सकती।'],
  [/^(from|to|every|days)$/, 'यह समय-सीमा ठीक नहीं है।'],
  [/(^|: )zones?(\.|$|\b)/, 'लेन-समूह का कोई क्षेत्र ठीक नहीं है।'],
  [/(^|: )lines?(\.|$|\b)/, 'कोई रेखा ठीक नहीं है: नाम अलग-अलग हों, दोनों बिंदु दूर हों।'],
  [/(^|: )privacy_masks?(\.|$|\b)/, 'निजता का कोई पर्दा ठीक नहीं है।'],
  [/^id$/, 'नाम ठीक नहीं है।'],
  [/^404$/, 'यह अब वहाँ नहीं है।'],
  [/^405$/, 'यह नहीं किया जा सकता।'],
  [/^409$/, 'इस बीच कुछ बदल गया है।'],
  [/^413$/, 'यह बहुत बड़ा है।'],
  [/^429$/, 'बहुत जल्दी-जल्दी पूछा गया; थोड़ा ठहरें।'],
];

/** The Hindi of what was told, or null. */
export function toldInHindi(told: string): string | null {
  for (const [pattern, words] of TOLD) {
    const found = pattern.exec(told);
    if (found) return words(...found.slice(1));
  }
  return null;
}

/** What a refusal was about in Hindi, or null. */
export const refusedInHindi = (field: string): string | null =>
  REFUSED.find(([pattern]) => pattern.test(field))?.[1] ?? null;
