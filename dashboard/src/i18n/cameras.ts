/** The strings of the engineer's cameras: the still, the drawing on it, the camera file, in both languages. */

import type { CameraCheck } from '../api/cameras';
import type { Kind } from '../domain/drawing';

export interface CameraMessages {
  title: string;
  hint: string;
  onlyEngineers: string;
  junction: string;
  loading: string;
  none: string;
  noneBody: string;
  ask: string;
  askHint: string;
  stillAsked: string;
  stillReady: string;
  stillMissed: string;
  show: string;
  ownPicture: string;
  ownPictureHint: string;
  notAPicture: string;
  pictureOf: (camera: string) => string;
  pictureOwn: string;
  away: string;
  takeAway: string;
  board: string;
  boardHint: string;
  draws: string;
  kind: Record<Kind, string>;
  kindHint: Record<Kind, string>;
  laneGroup: string;
  lineName: string;
  nameHint: string;
  close: string;
  undo: string;
  drop: string;
  cornerSet: (number: string, across: string, down: string) => string;
  corner: (number: string, shape: string) => string;
  shapes: string;
  noShapes: string;
  shape: string;
  lanes: string;
  lanesHint: string;
  edit: (shape: string) => string;
  remove: (shape: string) => string;
  file: string;
  fileHint: string;
  cameraId: string;
  make: string;
  keep: string;
  changed: string;
  check: Record<CameraCheck['name'], string>;
  counted: (lines: string, zones: string, masks: string) => string;
  covered: (zones: string, laneGroups: string) => string;
  neverSeen: (laneGroups: string) => string;
  good: string;
  wrong: string;
}

export const camerasEn: CameraMessages = {
  title: 'Lanes of a camera',
  hint: 'Draw where each lane group stands, where it leaves and what nobody may see. A camera file comes of it.',
  onlyEngineers: 'Only engineers ask for a still and make camera files.',
  junction: 'Junction',
  loading: 'Asking for the cameras …',
  none: 'No camera of this junction has reported',
  noneBody: 'A camera can be asked once its counter reports over HTTP. Until then, open a picture from this computer.',
  ask: 'Ask for a still',
  askHint: 'One picture, the only one that is ever asked for. Nobody stores it; the question stands in the audit.',
  stillAsked: 'Asked; it comes with the next counts.',
  stillReady: 'A still is here.',
  stillMissed: 'The camera sent none. One that reports by MQTT, or in a simulation, has no picture to send.',
  show: 'Show it',
  ownPicture: 'Open a picture',
  ownPictureHint: 'from this computer; it does not leave this browser',
  notAPicture: 'This file is no picture that the browser knows.',
  pictureOf: (camera) => `Still of ${camera}`,
  pictureOwn: 'Picture from this computer',
  away: 'It is gone as soon as you leave this view.',
  takeAway: 'Take it away',
  board: 'Drawing board',
  boardHint: 'Click the corners, or move the cross with the arrow keys (with Shift further), set a corner with Space, close with Enter, take one back with Backspace.',
  draws: 'Draw',
  kind: { zone: 'Lane group', stop: 'Stop line', line: 'Counting line', mask: 'Privacy mask' },
  kindHint: {
    zone: 'An area with at least three corners, in order around it: where the lane group’s vehicles stand.',
    stop: 'Two points: vehicles that leave the lane group’s area over it have been served. The arrow shows the way out.',
    line: 'Two points; vehicles are counted over it, both ways. The arrow shows direction a.',
    mask: 'An area that is painted over before anything looks at the picture.',
  },
  laneGroup: 'Lane group',
  lineName: 'Name of the line',
  nameHint: 'Latin letters, digits and . - _',
  close: 'Close the area',
  undo: 'Take the corner back',
  drop: 'Drop',
  cornerSet: (number, across, down) => `Corner ${number}: ${across} across, ${down} down`,
  corner: (number, shape) => `Corner ${number}, ${shape}: arrow keys move it`,
  shapes: 'What is drawn',
  noShapes: 'Nothing is drawn yet.',
  shape: 'Shape',
  lanes: 'Side by side',
  lanesHint: 'vehicles that stand beside each other',
  edit: (shape) => `Move the corners: ${shape}`,
  remove: (shape) => `Remove: ${shape}`,
  file: 'Camera file',
  fileHint: 'It holds what is drawn here. Source, weights and key file come from the camera’s own file, or are added by hand.',
  cameraId: 'Camera',
  make: 'Check it',
  keep: 'Download',
  changed: 'The drawing has changed since: check it again.',
  check: { 'camera file': 'Camera file', junction: 'Junction' },
  counted: (lines, zones, masks) => `Lines: ${lines}; lane groups: ${zones}; privacy masks: ${masks}.`,
  covered: (zones, laneGroups) => `${zones} of ${laneGroups} lane groups are drawn.`,
  neverSeen: (laneGroups) => `This camera will never see: ${laneGroups}.`,
  good: 'in order',
  wrong: 'not in order',
};

export const camerasHi: CameraMessages = {
  title: 'कैमरे की लेन',
  hint: 'बनाएँ कि हर लेन-समूह कहाँ खड़ा होता है, कहाँ से निकलता है और क्या किसी को नहीं दिखना चाहिए। इससे कैमरा-फ़ाइल बनती है।',
  onlyEngineers: 'चित्र माँगना और कैमरा-फ़ाइल बनाना केवल अभियंता कर सकते हैं।',
  junction: 'चौराहा',
  loading: 'कैमरे पूछे जा रहे हैं …',
  none: 'इस चौराहे के किसी कैमरे ने सूचना नहीं दी',
  noneBody: 'कैमरे से तभी माँगा जा सकता है जब उसका गणक HTTP से सूचना दे। तब तक इस कंप्यूटर से चित्र खोलें।',
  ask: 'एक स्थिर चित्र माँगें',
  askHint: 'केवल एक चित्र, और इसके सिवा कभी कोई नहीं माँगा जाता। इसे कोई नहीं रखता; माँगना लेखा-जाँच में लिखा जाता है।',
  stillAsked: 'माँगा गया; अगली गिनती के साथ आएगा।',
  stillReady: 'चित्र आ गया है।',
  stillMissed: 'कैमरे ने चित्र नहीं भेजा। MQTT से सूचना देने वाले या अनुकरण के कैमरे के पास चित्र नहीं होता।',
  show: 'दिखाएँ',
  ownPicture: 'चित्र खोलें',
  ownPictureHint: 'इस कंप्यूटर से; यह इस ब्राउज़र से बाहर नहीं जाता',
  notAPicture: 'यह फ़ाइल ऐसा चित्र नहीं है जिसे ब्राउज़र जानता हो।',
  pictureOf: (camera) => `${camera} का स्थिर चित्र`,
  pictureOwn: 'इस कंप्यूटर का चित्र',
  away: 'यह दृश्य छोड़ते ही चित्र हट जाता है।',
  takeAway: 'चित्र हटाएँ',
  board: 'रेखांकन पट्ट',
  boardHint: 'कोनों पर क्लिक करें, या तीर-कुंजियों से निशान चलाएँ (Shift के साथ तेज़), Space से कोना लगाएँ, Enter से बंद करें, Backspace से एक कोना वापस लें।',
  draws: 'क्या बनाएँ',
  kind: { zone: 'लेन-समूह', stop: 'रुकने की रेखा', line: 'गिनती की रेखा', mask: 'निजता का पर्दा' },
  kindHint: {
    zone: 'कम से कम तीन कोनों का क्षेत्र, क्रम से चारों ओर: जहाँ इस लेन-समूह के वाहन खड़े होते हैं।',
    stop: 'दो बिंदु: जो वाहन लेन-समूह का क्षेत्र इस पर से छोड़ते हैं वे निकल गए। तीर निकलने की दिशा है।',
    line: 'दो बिंदु; इस पर दोनों ओर के वाहन गिने जाते हैं। तीर दिशा a है।',
    mask: 'वह क्षेत्र जो चित्र को कुछ भी देखे उससे पहले ढक दिया जाता है।',
  },
  laneGroup: 'लेन-समूह',
  lineName: 'रेखा का नाम',
  nameHint: 'रोमन अक्षर, अंक और . - _',
  close: 'क्षेत्र बंद करें',
  undo: 'कोना वापस लें',
  drop: 'छोड़ दें',
  cornerSet: (number, across, down) => `कोना ${number}: बाएँ से ${across}, ऊपर से ${down}`,
  corner: (number, shape) => `कोना ${number}, ${shape}: तीर-कुंजियों से चलता है`,
  shapes: 'क्या बना है',
  noShapes: 'अभी कुछ नहीं बना है।',
  shape: 'आकृति',
  lanes: 'साथ-साथ',
  lanesHint: 'अगल-बगल खड़े वाहन',
  edit: (shape) => `कोने चलाएँ: ${shape}`,
  remove: (shape) => `हटाएँ: ${shape}`,
  file: 'कैमरा-फ़ाइल',
  fileHint: 'इसमें वही है जो यहाँ बना है। स्रोत, भार और कुंजी की पंक्तियाँ कैमरे की अपनी फ़ाइल से लें या हाथ से लिखें।',
  cameraId: 'कैमरा',
  make: 'जाँचें',
  keep: 'डाउनलोड करें',
  changed: 'इसके बाद रेखांकन बदला है: फिर जाँचें।',
  check: { 'camera file': 'कैमरा-फ़ाइल', junction: 'चौराहा' },
  counted: (lines, zones, masks) => `रेखाएँ: ${lines}; लेन-समूह: ${zones}; निजता के पर्दे: ${masks}।`,
  covered: (zones, laneGroups) => `${laneGroups} में से ${zones} लेन-समूह बने हैं।`,
  neverSeen: (laneGroups) => `यह कैमरा इन्हें कभी नहीं देखेगा: ${laneGroups}।`,
  good: 'ठीक है',
  wrong: 'ठीक नहीं',
};
