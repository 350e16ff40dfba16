import { visible } from '../errors/visible.ts';
import type { HistoryStep, ImageHistoryResult } from '../schema/operations/image-history.ts';
import { elapsed } from './elapsed.ts';
import { fileSize } from './quantity.ts';
import { table } from './table.ts';

const LONGEST = 45;

/** As `docker history` has it, the last step first; `isWhole` shortens nothing. */
export function describeHistory(
  { steps }: ImageHistoryResult,
  { now, isWhole }: { now: number; isWhole: boolean },
): string {
  const rows = steps.map((step) => [
    createdOf(step, now),
    shortened(visible((step.createdBy ?? '').replace(/\s+/g, ' ')), isWhole),
    fileSize(step.size),
    visible(step.comment ?? ''),
  ]);
  return table([['CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], ...rows]);
}

function createdOf({ createdAt }: HistoryStep, now: number): string {
  return createdAt === undefined || Number.isNaN(Date.parse(createdAt))
    ? ''
    : `${elapsed(createdAt, now)} ago`;
}

function shortened(text: string, isWhole: boolean): string {
  return isWhole || text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 3)}...`;
}
