import { existsSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRY_SIZE, logFileName } from './layout.ts';
import { dataNumbers } from './log-chain.ts';
import { LogPair } from './log-pair.ts';

/**
 * Puts right what a keeper that was killed, or a loss of power, has left of a log, so that the next keeper can go
 * on with it: a rotation is finished, and an index ends with an entry whose data is there. Only while no keeper
 * writes.
 */
export function mendLog(directory: string): void {
  const path = (kind: 'data' | 'index', number: number) => join(directory, logFileName(kind, number));
  for (const number of dataNumbers(directory)) {
    const isBetween =
      number > 0 && !existsSync(path('data', number - 1)) && existsSync(path('index', number - 1));
    if (isBetween) renameSync(path('index', number - 1), path('index', number));
  }
  if (existsSync(path('data', 0)) && existsSync(path('index', 0)))
    cutIndex(path('data', 0), path('index', 0));
}

function cutIndex(data: string, index: string): void {
  const pair = new LogPair(data, index);
  try {
    let count = pair.count();
    while (count > 0 && pair.entries(count - 1, 1).damaged) count -= 1;
    truncateSync(index, count * ENTRY_SIZE);
  } finally {
    pair.close();
  }
}
