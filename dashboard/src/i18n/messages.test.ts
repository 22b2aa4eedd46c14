import { describe, expect, it } from 'vitest';
import { CAMERA_STATES, CAUSES, MODES } from '../api/types';
import { en } from './en';
import { hi } from './hi';

/** Every text of a language with the way to it; functions are called with signs in place of words. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String((value as (...a: string[]) => string)('{1}', '{2}'))]];
  return Object.entries(value as object).flatMap(([key, part]) => texts(part, `${path}.${key}`));
}

describe('messages', () => {
  it('hold the same keys and no empty text in both languages', () => {
    const [english, hindi] = [texts(en), texts(hi)];
    expect(hindi.map(([path]) => path).sort()).toEqual(english.map(([path]) => path).sort());
    for (const [path, text] of [...english, ...hindi]) expect(text.trim(), path).not.toBe('');
  });

  it('use every figure that they are given, in both languages', () => {
    const hindi = new Map(texts(hi));
    for (const [path, text] of texts(en)) {
      for (const sign of ['{1}', '{2}']) expect(hindi.get(path)?.includes(sign), `${path} ${sign}`).toBe(text.includes(sign));
    }
  });

  it('are Hindi in the Hindi file: nothing but AI is left in Latin letters alone', () => {
    for (const [path, text] of texts(hi)) {
      if (text === 'AI') continue;
      expect(text, path).toMatch(/[\u0900-\u097f]/);
    }
  });

  it('explain every mode, cause and camera state', () => {
    for (const messages of [en, hi]) {
      expect(Object.keys(messages.mode).sort()).toEqual([...MODES].sort());
      expect(Object.keys(messages.cause).sort()).toEqual([...CAUSES].sort());
      expect(Object.keys(messages.cameraState).sort()).toEqual([...CAMERA_STATES].sort());
    }
  });
});
