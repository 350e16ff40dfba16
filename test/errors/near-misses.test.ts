import { expect, test } from 'vitest';
import { didYouMean, nearMisses } from '../../src/errors/near-misses.ts';

const known = ['SIGTERM', 'SIGTRAP', 'SIGKILL'];

test('a swapped letter finds the name that was meant', () => {
  expect(nearMisses('SIGTREM', known)).toEqual(['SIGTERM']);
});

test('case does not count', () => {
  expect(nearMisses('sigkil', known)).toEqual(['SIGKILL']);
});

test('a word that is like none of them finds nothing', () => {
  expect(nearMisses('banana', known)).toEqual([]);
  expect(didYouMean('banana', known)).toBe('');
});

test('the misses are written as the end of an error', () => {
  expect(didYouMean('SIGKIL', known)).toBe('; did you mean SIGKILL');
});

test('names that are equally near are all offered', () => {
  expect(didYouMean('SIGT', ['SIGA', 'SIGB', 'SIGABRT'])).toBe('; did you mean SIGA or SIGB');
});
