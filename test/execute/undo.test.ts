import { expect, test } from 'vitest';
import { Stacks, UndoStack } from '../../src/execute/undo.ts';

/** A stack to which three things were done, of which the second is started again when all else is undone. */
function fill(stack: UndoStack, name: string, log: string[]): void {
  const write = (words: string) => async () => void log.push(words);
  stack.push(name, write(`${name} one`));
  stack.lastly(write(`${name} two`));
  stack.push(name, write(`${name} three`));
}

test('what is for the end comes when all else is undone, and once', async () => {
  const log: string[] = [];
  const stack = new UndoStack();
  fill(stack, 'a', log);
  await stack.all();
  await stack.all();
  expect(log).toEqual(['a three', 'a one', 'a two']);
});

test('what is for the end is not done where all is well', async () => {
  const log: string[] = [];
  const stack = new UndoStack();
  fill(stack, 'a', log);
  await stack.settle();
  await stack.all();
  expect(log).toEqual([]);
});

test('of several stacks the last is undone first, and what is for the end comes behind all, the first first', async () => {
  const log: string[] = [];
  const stacks = new Stacks();
  for (const name of ['a', 'b']) fill(stacks.add(), name, log);
  expect(await stacks.undo()).toEqual([]);
  expect(log).toEqual(['b three', 'b one', 'a three', 'a one', 'a two', 'b two']);
});

test('one that is undone by itself leaves what is for the end to the others', async () => {
  const log: string[] = [];
  const stacks = new Stacks();
  const [first, second] = [stacks.add(), stacks.add()];
  fill(first, 'a', log);
  fill(second, 'b', log);
  second.push('b', () => Promise.reject(new Error('b fails')));
  await expect(second.all()).rejects.toThrow('b fails');
  expect(log).toEqual(['b three', 'b one']);
  expect(await stacks.undo()).toEqual([]);
  expect(log).toEqual(['b three', 'b one', 'a three', 'a one', 'a two', 'b two']);
});
