import { expect, test } from 'vitest';
import { questionOf } from '../../src/conformance/probe-questions.ts';
import { call, call32, callX32 } from '../../src/scorecard/question.ts';

test('a call is asked by its name or number, and by the entry that is wanted', () => {
  expect(questionOf({ call: ['unshare', 5] })).toBe(call('unshare', 5));
  expect(questionOf({ call: [1000, 5] })).toBe('n 1000 5');
  expect(questionOf({ call: ['unshare', 5], entry: '32-bit' })).toBe(call32('unshare', 5));
  expect(questionOf({ call: ['unshare', 5], entry: 'x32' })).toBe(callX32('unshare', 5));
});

test('a name that is none is refused', () => {
  expect(() => questionOf({ call: ['unknown'] })).toThrow('the probe knows no system call "unknown"');
});
