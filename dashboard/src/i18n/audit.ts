/** The strings of the audit view, in both languages. */

export interface AuditMessages {
  hint: string;
  actor: string;
  action: string;
  subject: string;
  time: string;
  detail: string;
  number: string;
  search: string;
  clear: string;
  loading: string;
  nothing: string;
  nothingBody: string;
  empty: string;
  older: string;
  noOlder: string;
  chain: string;
  chainLoading: string;
  chainHolds: (rows: string) => string;
  chainBroken: (rows: string) => string;
  chainHint: string;
  head: string;
  verifyAgain: string;
  csv: string;
  /** What is said of an action in the page's words; others are shown as they are written. */
  actions: Record<string, string>;
  /** The same of what is told about it. */
  told: Record<string, string>;
}

export const auditEn: AuditMessages = {
  hint: 'Every sign-in, override and change, newest first. A row cannot be changed or taken away without breaking the chain.',
  actor: 'Who',
  action: 'Did what',
  subject: 'To what',
  time: 'When',
  detail: 'Detail',
  number: 'No.',
  search: 'Search',
  clear: 'Clear',
  loading: 'Reading the audit …',
  nothing: 'No act holds these words',
  nothingBody: 'Take a word away, or search for a part of it.',
  empty: 'Nobody has done anything yet',
  older: 'Older ones',
  noOlder: 'There are no older ones.',
  chain: 'The chain',
  chainLoading: 'Walking the chain …',
  chainHolds: (rows) => `The chain holds: each of ${rows} rows follows from the one before.`,
  chainBroken: (rows) => `The chain is broken after row ${rows}. Keep the database as it is and call who looks after it.`,
  chainHint: 'Note this elsewhere; it shows later whether somebody wrote a new chain.',
  head: 'Last row',
  verifyAgain: 'Verify again',
  csv: 'CSV download',
  actions: {
    login: 'signed in', 'login.refused': 'was refused', logout: 'signed out', override: 'override',
    'user.add': 'made a user', 'user.change': 'changed a user', 'user.remove': 'removed a user',
    'key.add': 'made a key', 'key.rotate': 'changed a key', 'key.revoke': 'revoked a key',
    'policy promote': 'made a policy live', 'policy rollback': 'took a policy back',
    'policy shadow': 'began a shadow', 'policy end_shadow': 'ended a shadow',
    'still ask': 'asked for a still', 'still show': 'looked at a still',
    'alarm acknowledge': 'acknowledged an alarm', 'alarm action': 'noted an action',
    'corridor open': 'opened a green corridor', 'corridor close': 'closed a green corridor',
    'crossing shut': 'said that a level crossing is shut', 'crossing open': 'said that a level crossing is open',
    'signing.rotate': 'changed the signing key', 'signing.forget': 'dropped an old signing key',
  },
  told: {
    kind: 'Kind', stage_id: 'Stage', plan_id: 'Plan', reason: 'Reason', why: 'Why', text: 'Words', from_at: 'From',
    until_at: 'Until', since_at: 'Since', ends_at: 'Ends', opens_at: 'Opens', address: 'Address', role: 'Role',
    camera_id: 'Camera', junction_id: 'Junction', alarm: 'Alarm', route: 'Route', speed_kmh: 'Speed, km/h',
    overlap_s: 'Both for, s', sha256: 'File', password: 'Password', name: 'Name', id: 'Number',
  },
};

export const auditHi: AuditMessages = {
  hint: 'हर साइन इन, हस्तक्षेप और बदलाव, नया पहले। किसी पंक्ति को बदलने या हटाने से कड़ी टूट जाती है।',
  actor: 'किसने',
  action: 'क्या किया',
  subject: 'किस पर',
  time: 'कब',
  detail: 'विवरण',
  number: 'क्रम',
  search: 'खोजें',
  clear: 'साफ़ करें',
  loading: 'लेखा पढ़ा जा रहा है …',
  nothing: 'इन शब्दों वाला कोई काम नहीं मिला',
  nothingBody: 'कोई शब्द हटाएँ, या उसका कुछ अंश खोजें।',
  empty: 'अभी किसी ने कुछ नहीं किया है',
  older: 'पुराने देखें',
  noOlder: 'इससे पुराने नहीं हैं।',
  chain: 'कड़ी',
  chainLoading: 'कड़ी जाँची जा रही है …',
  chainHolds: (rows) => `कड़ी सही है: ${rows} पंक्तियों में से हर एक पिछली से जुड़ी है।`,
  chainBroken: (rows) => `पंक्ति ${rows} के बाद कड़ी टूटी है। डेटाबेस को वैसा ही रहने दें और ज़िम्मेदार व्यक्ति को बुलाएँ।`,
  chainHint: 'इसे कहीं और लिख लें; बाद में पता चलेगा कि किसी ने नई कड़ी तो नहीं बनाई।',
  head: 'अंतिम पंक्ति',
  verifyAgain: 'फिर जाँचें',
  csv: 'CSV डाउनलोड',
  actions: {
    login: 'साइन इन किया', 'login.refused': 'साइन इन नहीं हुआ', logout: 'साइन आउट किया', override: 'हस्तक्षेप',
    'user.add': 'उपयोगकर्ता बनाया', 'user.change': 'उपयोगकर्ता बदला', 'user.remove': 'उपयोगकर्ता हटाया',
    'key.add': 'कुंजी बनाई', 'key.rotate': 'कुंजी बदली', 'key.revoke': 'कुंजी रद्द की',
    'policy promote': 'नीति लागू की', 'policy rollback': 'नीति वापस ली',
    'policy shadow': 'छाया शुरू की', 'policy end_shadow': 'छाया बंद की',
    'still ask': 'स्थिर चित्र माँगा', 'still show': 'स्थिर चित्र देखा',
    'alarm acknowledge': 'चेतावनी देखी', 'alarm action': 'की गई कार्रवाई लिखी',
    'corridor open': 'हरा गलियारा खोला', 'corridor close': 'हरा गलियारा बंद किया',
    'crossing shut': 'रेल फाटक बंद बताया', 'crossing open': 'रेल फाटक खुला बताया',
    'signing.rotate': 'हस्ताक्षर-कुंजी बदली', 'signing.forget': 'पुरानी हस्ताक्षर-कुंजी हटाई',
  },
  told: {
    kind: 'प्रकार', stage_id: 'चरण', plan_id: 'योजना', reason: 'कारण', why: 'क्यों', text: 'शब्द', from_at: 'कब से',
    until_at: 'कब तक', since_at: 'कब से', ends_at: 'अंत', opens_at: 'खुलने का समय', address: 'पता', role: 'भूमिका',
    camera_id: 'कैमरा', junction_id: 'चौराहा', alarm: 'चेतावनी', route: 'रास्ता', speed_kmh: 'गति, किमी/घं',
    overlap_s: 'दोनों चलेंगी, से॰', sha256: 'फ़ाइल', password: 'पासवर्ड', name: 'नाम', id: 'संख्या',
  },
};
